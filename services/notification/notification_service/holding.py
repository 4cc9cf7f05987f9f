"""Notices of what the public must not know yet: they wait until no stage holds them back."""

from collections.abc import Iterable

from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.ids import EditionId, StageId
from kit.store import Store
from sqlalchemy import delete, insert, select, update

from notification_service.tables import frozen_stages, notices


class HoldingStore(Store):
    """Which stages are frozen, and which notices they hold back."""

    def freeze(self, edition: EditionId, stage: StageId) -> None:
        """The stage is frozen."""
        if not self.still_frozen(edition, (stage,)):
            self.connection.execute(insert(frozen_stages), {"edition": edition, "stage": stage})

    def unfreeze(self, edition: EditionId, stage: StageId) -> None:
        """The stage is not frozen any more; what it alone held back can be sent."""
        here = (frozen_stages.c.edition == edition, frozen_stages.c.stage == stage)
        self.connection.execute(delete(frozen_stages).where(*here))
        held = select(notices.c.notice, notices.c.held_by).where(
            notices.c.edition == edition, notices.c.held_by != ""
        )
        for row in self.connection.execute(held).all():
            left = " ".join(self.still_frozen(edition, row.held_by.split()))
            changed = update(notices).where(notices.c.notice == row.notice)
            self.connection.execute(changed.values(held_by=left))

    def still_frozen(self, edition: EditionId, stages: Iterable[StageId]) -> list[StageId]:
        """Those of the stages that are frozen now, in the same order."""
        named = list(stages)
        if not named:
            return []
        query = select(frozen_stages.c.stage).where(frozen_stages.c.edition == edition)
        known = set(self.connection.scalars(query))
        return [each for each in named if each in known]


def keep_frozen(event: StandingsFrozen, store: HoldingStore) -> None:
    """Applicants are told nothing that this stage comes to from here on."""
    store.freeze(event.edition, event.stage)


def keep_unfrozen(event: StandingsUnfrozen, store: HoldingStore) -> None:
    """The notices that only this stage held back go out."""
    store.unfreeze(event.edition, event.stage)
