"""What the public sees of a stage while it is frozen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from contracts.freezing import PlaceRevealed, StandingsFrozen
from contracts.ids import Digest, EditionId, ProposalId, StageId
from contracts.ranking import DecisionAsked
from kit.store import Store
from pydantic_core import from_json, to_json
from sqlalchemy import bindparam, delete, insert, select, update

from ranking_service.rules import score_text
from ranking_service.store import tables
from ranking_service.store.records import Frozen, ShownRow
from ranking_service.store.rows import at, number

STAGES = select(tables.frozen.c.stage).where(
    tables.frozen.c.edition == bindparam("edition"), tables.frozen.c.unfrozen_at.is_(None)
)


@dataclass
class FreezeStore(Store):
    """Which stages are frozen, since when, and what the public sees of them."""

    _frozen: dict[EditionId, frozenset[StageId]] = field(default_factory=dict)

    def frozen_stages(self, edition: EditionId) -> frozenset[StageId]:
        """The stages of the edition that are frozen now."""
        # Asked for every event that is said: read once in a transaction.
        if edition not in self._frozen:
            found = self.connection.scalars(STAGES, {"edition": edition})
            self._frozen[edition] = frozenset(found)
        return self._frozen[edition]

    def frozen(self, edition: EditionId, stage: StageId) -> Frozen | None:
        """What the public sees of the stage; None when it is not frozen now."""
        here = at(tables.frozen, edition=edition, stage=stage)
        query = select(tables.frozen).where(here, tables.frozen.c.unfrozen_at.is_(None))
        row = self.connection.execute(query).one_or_none()
        if row is None:
            return None
        return Frozen(
            position=row.position,
            rulebook_digest=row.rulebook_digest,
            rows=_rows_in(row.rows),
            asked=None if row.asked is None else DecisionAsked.model_validate_json(row.asked),
            revealed=self._revealed(edition, stage),
        )

    def unfrozen_at(self, edition: EditionId, stage: StageId) -> datetime | None:
        """When the stage was unfrozen the last time; None when it never was, or is frozen."""
        here = at(tables.frozen, edition=edition, stage=stage)
        return self.connection.scalar(select(tables.frozen.c.unfrozen_at).where(here))

    def freeze(
        self,
        event: StandingsFrozen,
        rulebook_digest: Digest,
        rows: Iterable[ShownRow],
        asked: DecisionAsked | None,
    ) -> None:
        """From here on the public sees these rows of the stage."""
        row = {
            "edition": event.edition,
            "stage": event.stage,
            "position": event.position,
            "rulebook_digest": rulebook_digest,
            "rows": _text_of(rows),
            "asked": None if asked is None else asked.model_dump_json(),
            "unfrozen_at": None,
        }
        self.put(tables.frozen, [row])
        here = at(tables.revealed, edition=event.edition, stage=event.stage)
        self.connection.execute(delete(tables.revealed).where(here))
        self._frozen.clear()

    def reveal(self, event: PlaceRevealed) -> None:
        """The public sees the final place of this proposal."""
        key = {"edition": event.edition, "stage": event.stage, "proposal": event.proposal}
        self.connection.execute(insert(tables.revealed), key)

    def unfreeze(self, edition: EditionId, stage: StageId) -> None:
        """The public sees the live standings of the stage."""
        here = at(tables.frozen, edition=edition, stage=stage)
        self.connection.execute(update(tables.frozen).where(here).values(unfrozen_at=self.now))
        self._frozen.clear()

    def _revealed(self, edition: EditionId, stage: StageId) -> frozenset[ProposalId]:
        here = at(tables.revealed, edition=edition, stage=stage)
        return frozenset(self.connection.scalars(select(tables.revealed.c.proposal).where(here)))


def _text_of(rows: Iterable[ShownRow]) -> str:
    told = [each._replace(score=score_text(each.score)) for each in rows]  # type: ignore[arg-type] # as text
    return to_json(told).decode()


def _rows_in(text: str) -> tuple[ShownRow, ...]:
    rows = (ShownRow(*each) for each in from_json(text))
    return tuple(each._replace(score=number(each.score)) for each in rows)  # type: ignore[arg-type] # as text
