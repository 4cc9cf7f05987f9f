"""When a stage is frozen, and what the public sees of it then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from contracts.freezing import PlaceRevealed, StandingsFrozen
from contracts.ids import Digest, EditionId, ProposalId, StageId
from contracts.ranking import DecisionAsked
from contracts.stage import Stage
from kit.store import Store
from pydantic_core import from_json, to_json
from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from ranking_service.rules import score_text
from ranking_service.store import tables
from ranking_service.store.records import Frozen, ShownRow
from ranking_service.store.rows import at, number

STAGES = select(tables.frozen.c.stage).where(
    tables.frozen.c.edition == bindparam("edition"), tables.frozen.c.unfrozen_at.is_(None)
)

_M, _F = tables.moments.c, tables.frozen.c
COME = (
    select(_M.freeze_at, _M.edition, _M.stage)
    .outerjoin_from(
        tables.moments, tables.frozen, and_(_F.edition == _M.edition, _F.stage == _M.stage)
    )
    .where(
        _M.freeze_at <= bindparam("now", type_=_M.freeze_at.type),
        or_(_F.stage.is_(None), _F.unfrozen_at < _M.freeze_at),
    )
)
NEXT = select(func.min(_M.freeze_at)).where(
    _M.freeze_at > bindparam("now", type_=_M.freeze_at.type)
)
NEXT_MOMENT = "the next moment of a rulebook"
"""What the memory holds while every moment up to now is done: the one that comes then."""

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class FreezeStore(Store):
    """Which stages are frozen, since when, and what the public sees of them."""

    _frozen: dict[EditionId, frozenset[StageId]] = field(default_factory=dict)

    def keep_moments(self, edition: EditionId, stages: Iterable[Stage]) -> None:
        """When the rulebook freezes these stages, in place of what it said before."""
        here = at(tables.moments, edition=edition)
        self.connection.execute(delete(tables.moments).where(here))
        rows = [
            {"edition": edition, "stage": each.id, "freeze_at": each.freeze_at}
            for each in stages
            if each.freeze_at is not None
        ]
        if rows:
            self.connection.execute(insert(tables.moments), rows)
        self.memory.pop(NEXT_MOMENT, None)

    def come(self) -> list[tuple[datetime, EditionId, StageId]]:
        """The stages whose moment has come, which are not frozen, nor were unfrozen since."""
        return [tuple(row) for row in self.connection.execute(COME, {"now": self.now})]

    def waits(self) -> bool:
        """Whether every moment up to now is known to be done."""
        following: datetime | None = self.memory.get(NEXT_MOMENT)
        return following is not None and self.now < following

    def wait(self) -> None:
        """Every moment up to now is done. Not for a handler: a message may be undone by itself."""
        self.memory[NEXT_MOMENT] = self.connection.scalar(NEXT, {"now": self.now}) or NEVER

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
        self.memory.pop(NEXT_MOMENT, None)

    def reveal(self, event: PlaceRevealed) -> None:
        """The public sees the final place of this proposal."""
        key = {"edition": event.edition, "stage": event.stage, "proposal": event.proposal}
        self.connection.execute(insert(tables.revealed), key)

    def unfreeze(self, edition: EditionId, stage: StageId) -> None:
        """The public sees the live standings of the stage."""
        here = at(tables.frozen, edition=edition, stage=stage)
        self.connection.execute(update(tables.frozen).where(here).values(unfrozen_at=self.now))
        self._frozen.clear()
        self.memory.pop(NEXT_MOMENT, None)

    def _revealed(self, edition: EditionId, stage: StageId) -> frozenset[ProposalId]:
        here = at(tables.revealed, edition=edition, stage=stage)
        return frozenset(self.connection.scalars(select(tables.revealed.c.proposal).where(here)))


def _text_of(rows: Iterable[ShownRow]) -> str:
    told = [each._replace(score=score_text(each.score)) for each in rows]  # type: ignore[arg-type] # as text
    return to_json(told).decode()


def _rows_in(text: str) -> tuple[ShownRow, ...]:
    rows = (ShownRow(*each) for each in from_json(text))
    return tuple(each._replace(score=number(each.score)) for each in rows)  # type: ignore[arg-type] # as text
