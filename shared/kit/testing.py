"""Given / when / then: a rule or a handler is tested as facts, with the real tables in memory.

given(service, opened, admitted).when(lambda store: hand_in(store, sheet)).then(SheetSubmitted)
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self

from contracts.envelope import Envelope, encode
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool
from uuid_utils import uuid7

from kit import tables
from kit.heard import Heard
from kit.service import Service
from kit.turn import Cause, Turn

NOON = datetime(2019, 9, 2, 4, 0, tzinfo=UTC)
CAUSE = Cause("test")


class Given:
    """A service with a store of its own, to which things have happened."""

    def __init__(self, service: Service, connection: Connection, now: datetime = NOON) -> None:
        self.service = service
        self.connection = connection
        self.now = now
        self.position = 0
        self.said: list[Event] = []
        self.refusal: Refused | NotYet | None = None

    def at(self, now: datetime) -> Self:
        """From here on it is `now`."""
        self.now = now
        return self

    def heard(self, *events: Event) -> Self:
        """These events of other services arrived, each at the next position of the log."""
        for each in events:
            self._turn(partial(self._take, each), heard=1)
        return self

    def _take(self, event: Event, store: Any) -> Iterable[Event] | None:
        beside = self.service.beside
        if beside and type(event) in beside.events:
            beside.look(store, (self._message(event),))
        handler = self.service.handlers.get(type(event))
        assert handler or beside, f"{self.service.name} does not react to {event.type}"
        return handler(event, store) if handler else None

    def _message(self, event: Event) -> Heard:
        envelope = Envelope.around(
            event, id=str(uuid7()), time=self.now, correlation="test", causation=None
        )
        return Heard(self.position, event.subject(), envelope.headers(), encode(event))

    def when(self, decide: Callable[[Any], Iterable[Event] | None]) -> Self:
        """A command is decided; what it says, or why it was refused, is there for `then`."""
        self.said = []
        self.refusal = None
        try:
            with self.connection.begin_nested():
                self._turn(decide)
        except (Refused, NotYet) as refusal:
            self.refusal = refusal
        return self

    def done(self, *decisions: Callable[[Any], Iterable[Event] | None]) -> Self:
        """These commands were decided before, none of them refused."""
        for decide in decisions:
            self.when(decide)
            assert self.refusal is None, self.refusal
        return self

    def _turn(self, work: Callable[[Any], Iterable[Event] | None], heard: int = 0) -> None:
        turn = Turn(self.service, self.connection, self.now)
        turn.begin(self.position)
        self.position += heard
        turn.store.position = self.position
        turn.take(lambda: work(turn.store), CAUSE)
        turn.finish(CAUSE)
        self.said = [each.event for each in turn.said]

    def then(self, *events: Event) -> Self:
        """Exactly these events were said by the last step."""
        assert self.refusal is None, self.refusal
        assert self.said == list(events)
        return self

    def then_refused(self, code: str) -> Self:
        """The last command was refused with this code, and nothing was said."""
        assert isinstance(self.refusal, Refused), f"not refused; said {self.said}"
        assert self.refusal.code == code, self.refusal
        return self

    def store(self) -> Any:
        """The service's store as it is now."""
        return self.service.store(self.connection, self.now, self.position)


def given(service: Service, *events: Event, now: datetime = NOON) -> Given:
    """A service with an empty store in memory, which has heard these events."""
    # The collector may let go of the connection in whatever thread runs then.
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    connection = engine.connect()
    for metadata in (tables.metadata, service.metadata):
        metadata.create_all(connection)
    return Given(service, connection, now).heard(*events)
