"""Notices of what the public must not know yet: they wait until no stage holds them back."""

from collections.abc import Iterable

from contracts.freezing import StandingsUnfrozen
from contracts.ids import EditionId, StageId
from kit.store import Store
from sqlalchemy import select, update

from notification_service.freezings import over_at
from notification_service.tables import notices


class HoldingStore(Store):
    """Which notices the frozen stages hold back."""

    def let_go(self, edition: EditionId) -> None:
        """What no frozen stage of the edition holds back any more can be sent."""
        held = select(notices.c.notice, notices.c.held_by).where(
            notices.c.edition == edition, notices.c.held_by != ""
        )
        for row in self.connection.execute(held).all():
            left = " ".join(self.still_frozen(edition, row.held_by.split()))
            changed = update(notices).where(notices.c.notice == row.notice)
            self.connection.execute(changed.values(held_by=left))

    def still_frozen(self, edition: EditionId, stages: Iterable[StageId]) -> list[StageId]:
        """Those that still hold back what they marked, in order.

        All but those that are known to have been unfrozen: a freezing may be one that nobody here
        could read.
        """
        named = list(stages)
        over = over_at(self.connection, edition, self.position) if named else set()
        return [each for each in named if each not in over]


def keep_unfrozen(event: StandingsUnfrozen, store: HoldingStore) -> None:
    """The notices that only this stage held back go out."""
    store.let_go(event.edition)
