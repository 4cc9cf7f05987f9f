"""A batch of messages from the log: one transaction of state, outgoing events and checkpoint.

First all messages are taken together. When one of them fails, the transaction is rolled back and
the batch is taken again message by message, each inside a savepoint, so that only the failing ones
are set aside. Order is kept in both ways: what is about the same as a parked message waits
behind it, and is taken, in order, as soon as that one is taken or given up.
"""

import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import unquote

import structlog
from contracts.event import Event
from contracts.operations import MessageRetried
from contracts.outcomes import NotYet, Refused
from sqlalchemy import Connection, Row
from sqlalchemy.exc import DBAPIError

from kit import checkpoint, parking
from kit.database import is_away
from kit.heard import Heard
from kit.line import Line, about
from kit.outbox import Said
from kit.service import Service
from kit.settings import Settings
from kit.tracing import TRACES
from kit.turn import Cause, Turn

log = structlog.get_logger()


class Batch:
    """What a service does with the messages that arrived together.

    What is said of all of them belongs to `traceparent`. `parked` names the outcomes that waited
    for the operator in the end.
    """

    def __init__(
        self, service: Service, settings: Settings, now: datetime, traceparent: str | None = None
    ) -> None:
        self.service = service
        self.settings = settings
        self.now = now
        self.traceparent = traceparent
        self.parked: list[parking.Failure] = []
        self._line = Line(())

    def take_all(self, connection: Connection, messages: Sequence[Heard], up_to: int) -> None:
        """Take every message that is new, or raise what the first failing one raised.

        The checkpoint then says `up_to`: messages up to there that are not given concern nobody.
        """
        self._take(connection, messages, up_to, careful=False)

    def take_each(self, connection: Connection, messages: Sequence[Heard], up_to: int) -> None:
        """The same, but a message that fails is parked."""
        self._take(connection, messages, up_to, careful=True)

    def _take(
        self, connection: Connection, messages: Sequence[Heard], up_to: int, *, careful: bool
    ) -> None:
        before = checkpoint.read(connection)
        if up_to <= before:
            return
        turn = Turn(self.service, connection, self.now)
        new = [each for each in messages if each.position > before]
        self._look_at(turn, new)
        if heard := [each for each in new if self.service.hears(each.subject)]:
            turn.begin(before, self.traceparent)
            if self.service.hear is not None:
                up_to = self.service.hear(turn.store, heard)
            else:
                self._line = parking.read_line(connection)
                self._take_in(turn, heard, careful=careful)
            turn.finish(_cause(heard[-1], self.traceparent))
        checkpoint.advance(connection, before, up_to)

    def _look_at(self, turn: Turn, messages: Sequence[Heard]) -> None:
        seen = [each for each in messages if self.service.sees(each.subject)]
        if self.service.beside is not None and seen:
            self.service.beside.look(turn.store, seen)

    def _take_in(self, turn: Turn, messages: Sequence[Heard], *, careful: bool) -> None:
        if not careful:
            self.service.prepare(turn.store, [each.event for each in messages])
        for heard in messages:
            if self._line and parking.holds_back(turn.connection, self._line, heard, self.now):
                turn.store.position = max(turn.store.position, heard.position)
            elif careful:
                self.take_or_park(turn, heard)
            else:
                _take_one(turn, heard)

    def take_or_park(self, turn: Turn, heard: Heard, tries: int = 1) -> bool:
        """Take one message inside a savepoint; set it aside when it fails. Whether it was taken."""
        for attempt in range(1, self.settings.bug_tries + 1):
            try:
                with turn.savepoint():
                    _take_one(turn, heard)
            except NotYet as error:
                return self._park(turn, heard, "not_yet", str(error), tries)
            except Refused as refused:
                return self._park(turn, heard, "refused", str(refused), tries)
            except Exception as error:
                if isinstance(error, DBAPIError) and is_away(error):
                    raise
                if attempt == self.settings.bug_tries:
                    return self._park(turn, heard, "bug", _where(error), attempt)
            else:
                break
        parking.release(turn.connection, self._line, heard)
        return True

    def _park(
        self, turn: Turn, heard: Heard, outcome: parking.Failure, reason: str, tries: int
    ) -> bool:
        too_early = outcome == "not_yet"
        retry_at = parking.next_try(self.settings, tries, self.now) if too_early else None
        parking.park(
            turn.connection,
            heard,
            outcome=outcome,
            reason=reason,
            tries=tries,
            now=self.now,
            retry_at=retry_at,
        )
        self._line.add(heard.position, about(heard))
        if retry_at is None:
            self._tell_operator(turn, heard, outcome, reason)
        return False

    def _tell_operator(
        self, turn: Turn, heard: Heard, outcome: parking.Failure, reason: str
    ) -> None:
        log.warning("parked", outcome=outcome, reason=reason, **_facts(heard))
        event = parking.parked_event(self.service.name, heard, outcome, reason)
        _say(turn, "park a message", heard, lambda: (event,))
        self.parked.append(outcome)

    def take_parked(self, connection: Connection) -> int:
        """Try again every parked message that is due; give back how many were due."""
        due = parking.waiting(connection, self.now)[: self.settings.batch_size]
        if not due:
            return 0
        turn = self._turn_again(connection)
        for row in due:
            self._take_again(turn, row)
        last = parking.heard_again(due[-1])
        turn.finish(_cause(last, last.traceparent))
        return len(due)

    def act(
        self, connection: Connection, kind: parking.Action, position: int, **why: str
    ) -> list[Said]:
        """Retry or discard a parked message for the operator; `why` has `by` and `reason`.

        What was said: the operator's action, then what followed from it. NotFound when nothing is
        parked there; Refused when what is to be retried waits behind another one.
        """
        row = parking.find(connection, position)
        if kind is MessageRetried and row.outcome == "behind":
            raise Refused("waits_behind", f"it {row.reason}: retry or discard that one")
        turn = self._turn_again(connection)
        begun = len(turn.said)
        heard = parking.heard_again(row)
        event = parking.action_event(self.service.name, heard, kind, turn.store.position, **why)
        _say(turn, event.type, heard, lambda: (event,))
        log.warning(kind.type, **why, **_facts(heard))
        if kind is MessageRetried:
            self._take_again(turn, row)
        else:
            parking.release(connection, self._line, heard)
            self._let_up(turn, heard.edition)
        parking.hurry(connection, heard.edition, self.now)
        turn.finish(_cause(heard, heard.traceparent))
        return turn.said[begun:]

    def _turn_again(self, connection: Connection) -> Turn:
        turn = Turn(self.service, connection, self.now)
        turn.begin(checkpoint.read(connection), self.traceparent)
        self._line = parking.read_line(connection)
        return turn

    def _take_again(self, turn: Turn, row: Row[Any]) -> None:
        if self.take_or_park(turn, parking.heard_again(row), row.tries + 1):
            self._let_up(turn, row.edition)

    def _let_up(self, turn: Turn, edition: str) -> None:
        for heard in parking.let_up(turn.connection, self._line, edition):
            self.take_or_park(turn, heard)


def _take_one(turn: Turn, heard: Heard) -> None:
    handler = turn.service.handlers.get(type(heard.event))
    turn.store.position = max(turn.store.position, heard.position)
    if handler is not None:
        _say(turn, f"take {heard.event_type}", heard, partial(handler, heard.event, turn.store))


def _say(turn: Turn, name: str, heard: Heard, work: Callable[[], Iterable[Event] | None]) -> None:
    span = TRACES.span(name, [heard.traceparent])
    # A message of which nothing follows by itself is seen in the span of its batch.
    if turn.take(work, _cause(heard, span.traceparent)):
        span.end()


def _cause(heard: Heard, traceparent: str | None) -> Cause:
    correlation = unquote(heard.headers.get("ce-correlationid", heard.event_id))
    return Cause(correlation, heard.event_id or None, traceparent)


def _facts(heard: Heard) -> dict[str, object]:
    correlation = heard.headers.get("ce-correlationid")
    return {"position": heard.position, "type": heard.event_type, "correlation": correlation}


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (in {last.name}, line {last.lineno})"
