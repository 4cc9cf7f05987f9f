"""One turn: a transaction in which a service takes messages or commands and says what follows."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.outcomes import Refused
from contracts.stream import EVENT_BYTES_MAX
from sqlalchemy import Connection
from uuid_utils import uuid7

from kit import outbox
from kit.cause import Cause
from kit.outbox import Said
from kit.service import Service

__all__ = ["Cause", "Turn"]


class Turn:
    """The work of one transaction. What is said is kept in order and written at the end."""

    def __init__(self, service: Service, connection: Connection, now: datetime) -> None:
        self.service = service
        self.connection = connection
        self.now = now
        self.store = service.store(connection, now)
        self.said: list[Said] = []

    def begin(self, position: int, traceparent: str | None = None) -> None:
        """Say what the clock brings, before anything is taken; the log was taken to `position`."""
        self.store.position = position
        if brought := tuple(self.service.begin(self.store)):
            self.take(lambda: brought, Cause(str(uuid7()), None, traceparent))

    def take(self, work: Callable[[], Iterable[Event] | None], cause: Cause) -> list[Said]:
        """Do `work`, say the events that it returns, and give back what was said.

        An own event with a row in the service's table is taken at once, and what follows from it
        is said too. When anything raises, nothing of this work is said.
        """
        before = len(self.said)
        self.store.cause = cause
        try:
            if events := work():
                self._say_all(events, cause)
        except BaseException:
            del self.said[before:]
            raise
        return self.said[before:]

    def _say_all(self, events: Iterable[Event], cause: Cause) -> None:
        waiting = deque((event, cause) for event in events)
        while waiting:
            event, cause = waiting.popleft()
            said = self._say(event, cause)
            handler = self.service.handlers.get(type(said.event))
            if handler is None or said.event.source != self.service.name:
                continue
            following = Cause(cause.correlation, said.envelope.id, cause.traceparent)
            self.store.cause = following
            waiting.extend((each, following) for each in handler(said.event, self.store) or ())

    def _say(self, event: Event, cause: Cause) -> Said:
        if event.said_by() != self.service.name:
            raise AssertionError(f"{self.service.name} may not say {event.type}")
        event = self.service.mark(self.store, event)
        envelope = Envelope.around(
            event,
            id=str(uuid7()),
            time=self.now,
            correlation=cause.correlation,
            causation=cause.causation,
        )
        said = Said(event, envelope, cause.traceparent, self.store.position)
        _must_fit(said)
        self.said.append(said)
        return said

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What raises in here leaves nothing behind, neither in the tables nor in the store."""
        # Said by itself: SQLAlchemy compiles its own savepoints anew each time, at three times the
        # cost, which is a fifth of what a command costs in its transaction.
        tell = self.connection.exec_driver_sql
        tell("SAVEPOINT turn")
        try:
            yield
            self.store.flush()
        except BaseException:
            self.store.forget()
            if not self.connection.invalidated:
                tell("ROLLBACK TO SAVEPOINT turn")
                tell("RELEASE SAVEPOINT turn")
            raise
        tell("RELEASE SAVEPOINT turn")

    def finish(self, cause: Cause) -> None:
        """Say what follows from the whole turn, and write down everything that was said."""
        self.take(lambda: self.service.finish(self.store), cause)
        self.store.flush()
        outbox.append(self.connection, self.said)


def _must_fit(said: Said) -> None:
    # The server would refuse it for ever, and everything that is said after it would wait.
    if (size := len(said.body)) > EVENT_BYTES_MAX:
        raise Refused(
            "event_too_large",
            f"{said.event.type} would have {size} bytes; an event has at most {EVENT_BYTES_MAX}",
        )
