"""Messages taken once more, on a rebuilt store: what a service said then is said no second time.

The service's own events are taken from the log, each at the moment at which it was said, whether a
command or a reaction said it. What the handlers return now is held back: it is on the log, or it is
not to be said.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote

from contracts.event import SUBJECT_ROOT, Event
from contracts.operations import MessageDiscarded, MessageEvent, MessageRetried
from sqlalchemy import Connection, Row

from kit import checkpoint, parking
from kit.batch import Batch
from kit.heard import Heard
from kit.outbox import TAKEN_HEADER, Said
from kit.turn import Cause, Turn

CAUSE = Cause("rebuild")


class CannotTake(RuntimeError):
    """What the service said itself cannot be taken any more: its code no longer fits its log."""


class Held(Turn):
    """A turn whose effects are held back."""

    def take(self, work: Callable[[], Iterable[Event] | None], cause: Cause) -> list[Said]:
        """Do `work`, and say nothing."""
        self.store.cause = cause
        tuple(work() or ())
        return []

    def finish(self, cause: Cause) -> None:
        """Write what the store holds back."""
        self.take(lambda: self.service.finish(self.store), cause)
        self.store.flush()


def is_own(service: str, message: Heard) -> bool:
    """Whether the service said it itself."""
    return message.subject.startswith(f"{SUBJECT_ROOT}.{service}.")


def taken_before(own: Heard) -> int:
    """The last message that the service had taken when it said this event.

    What was said before services wrote that down was said right before it came on the log.
    """
    found = own.headers.get(TAKEN_HEADER, "")
    return int(found) if found.isdecimal() else own.position - 1


def in_order(others: Sequence[Heard], own: Sequence[Heard]) -> list[Heard]:
    """What was taken and what was said then, in the order in which that was."""
    found, waiting = [], list(reversed(others))
    for said in own:
        while waiting and waiting[-1].position <= taken_before(said):
            found.append(waiting.pop())
        found.append(said)
    return found + waiting[::-1]


class Again(Batch):
    """Takes messages of others and the service's own, in the order in which they were taken."""

    def take_again(self, connection: Connection, messages: Sequence[Heard], up_to: int) -> None:
        """Take these; the checkpoint then says `up_to`."""
        before = checkpoint.read(connection)
        try:
            turn = Held(self.service, connection, self.now)
            with turn.savepoint():
                self._take_steps(turn, messages, careful=False)
                turn.finish(CAUSE)
        except CannotTake:
            raise
        except Exception:  # noqa: BLE001 - one failed: each is taken alone, and it is parked
            turn = Held(self.service, connection, self.now)
            self._take_steps(turn, messages, careful=True)
            turn.finish(CAUSE)
        checkpoint.advance(connection, before, max(before, up_to))

    def _take_steps(self, turn: Turn, messages: Sequence[Heard], *, careful: bool) -> None:
        self._line = parking.read_line(turn.connection)
        others = [each for each in messages if not is_own(self.service.name, each)]
        if not careful:
            self.service.prepare(turn.store, [each.event for each in others])
        for each in messages:
            self.now = turn.store.now = each.said_at or self.now
            if is_own(self.service.name, each):
                self._take_own(turn, each)
            elif self._line and parking.holds_back(turn.connection, self._line, each, self.now):
                turn.store.position = max(turn.store.position, each.position)
            elif careful:
                turn.store.flush()
                self.take_or_park(turn, each)
            else:
                self._hand(turn, each, each.position)
        self._take_what_came_too_early(turn)

    def _hand(self, turn: Turn, message: Heard, position: int) -> None:
        handler = self.service.handlers.get(type(message.event))
        turn.store.position = max(turn.store.position, position)
        if handler is not None:
            turn.take(partial(handler, message.event, turn.store), _cause(message))

    def _take_own(self, turn: Turn, own: Heard) -> None:
        if self._line:
            self._act_on_parked(turn, own)
        try:
            self._hand(turn, own, taken_before(own))
        except Exception as error:
            where = f"position {own.position}, {own.event_type}"
            raise CannotTake(f"{where}, which this service said itself: {error}") from error

    def _act_on_parked(self, turn: Turn, own: Heard) -> None:
        event, cause = own.event, own.headers.get("ce-causationid", "")
        for row in parking.waiting(turn.connection):
            if isinstance(event, MessageDiscarded) and row.position == event.position:
                turn.store.flush()
                parking.release(turn.connection, self._line, parking.heard_again(row))
                self._let_up(turn, row.edition)
            elif isinstance(event, MessageRetried) and row.position == event.position:
                self._take_once_more(turn, row)
            elif not isinstance(event, MessageEvent) and row.event_id == cause:
                # Something follows from it: it was taken after all, right before this.
                self._take_once_more(turn, row)

    def _take_once_more(self, turn: Turn, row: Row[Any]) -> None:
        turn.store.flush()
        self._take_again(turn, row)

    def _take_what_came_too_early(self, turn: Turn) -> None:
        for row in parking.waiting(turn.connection) if self._line else ():
            if row.outcome == "not_yet":
                self._take_once_more(turn, row)


def _cause(message: Heard) -> Cause:
    correlation = unquote(message.headers.get("ce-correlationid", message.event_id))
    return Cause(correlation, message.event_id or None, message.traceparent)
