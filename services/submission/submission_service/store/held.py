"""What was heard of proposals while a stage is frozen: kept, and not shown."""

from collections.abc import Iterable

from contracts.envelope import decode, encode
from contracts.event import Event
from contracts.ids import EditionId, ProposalId, StageId
from kit.store import Store
from sqlalchemy import delete, func, insert, select

from submission_service.store import tables


class HeldStore(Store):
    """Which stages are frozen, and what they hold back."""

    def freeze(self, edition: EditionId, stage: StageId) -> None:
        """The stage is frozen."""
        if not self.is_any_frozen(edition, (stage,)):
            self.connection.execute(insert(tables.frozen), {"edition": edition, "stage": stage})

    def unfreeze(self, edition: EditionId, stage: StageId) -> None:
        """The stage is not frozen any more."""
        here = (tables.frozen.c.edition == edition, tables.frozen.c.stage == stage)
        self.connection.execute(delete(tables.frozen).where(*here))

    def is_any_frozen(self, edition: EditionId, stages: Iterable[StageId]) -> bool:
        """Whether one of these stages is frozen."""
        named = set(stages)
        query = select(tables.frozen.c.stage).where(tables.frozen.c.edition == edition)
        return bool(named) and not named.isdisjoint(self.connection.scalars(query))

    def hold(self, event: Event, proposal: ProposalId, held_by: Iterable[StageId]) -> None:
        """Keep the event of the proposal until none of these stages is frozen."""
        h = tables.held.c
        last = self.connection.scalar(select(func.max(h.number)).where(h.edition == event.edition))
        row = {
            "edition": event.edition,
            "number": (last or 0) + 1,
            "proposal": proposal,
            "held_by": " ".join(held_by),
            "event_type": event.type,
            "content": encode(event).decode(),
        }
        self.connection.execute(insert(tables.held), row)

    def let_go(self, edition: EditionId) -> list[Event]:
        """What no frozen stage holds any more, in the order in which it was heard."""
        h = tables.held.c
        rows = self.connection.execute(
            select(tables.held).where(h.edition == edition).order_by(h.number)
        )
        free = [each for each in rows if not self.is_any_frozen(edition, each.held_by.split())]
        if free:
            numbers = [each.number for each in free]
            gone = delete(tables.held).where(h.edition == edition, h.number.in_(numbers))
            self.connection.execute(gone)
        return [decode(each.event_type, each.content.encode()) for each in free]

    def is_held(self, edition: EditionId, proposal: ProposalId) -> bool:
        """Whether something of the proposal is held back."""
        h = tables.held.c
        query = select(h.number).where(h.edition == edition, h.proposal == proposal).limit(1)
        return self.connection.scalar(query) is not None
