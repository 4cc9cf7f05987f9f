"""A store to throw away, on which ranking's own handlers work; nothing they say is published."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from kit import checkpoint, parking, tables
from kit.heard import Heard
from kit.line import Line, about
from kit.settings import sqlite_url
from kit.store import MEMORY
from kit.turn import Cause, Turn
from ranking_service.api.bodies import Standings
from ranking_service.api.standings import standings_of
from ranking_service.app import SERVICE
from ranking_service.store import Giver, Key, RankingStore, Sheet, nothing_beside
from sqlalchemy import Connection, create_engine, event

NOW = datetime(1970, 1, 1, tzinfo=UTC)
"""Ranking reads no clock: what it says follows from the log alone."""

CAUSE = Cause("replay")
GARBAGE_OBJECTS = 50_000
QUICK = ("journal_mode=MEMORY", "synchronous=OFF", "temp_store=MEMORY", "cache_size=-65536")


class _Silent(Turn):
    """A turn that writes down nothing of what is said: there is no outbox to publish from."""

    def finish(self, cause: Cause) -> None:
        self.take(lambda: self.service.finish(self.store), cause)
        self.store.flush()


class Scratch:
    """What ranking would hold after the messages that it was given, in their order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.beside: Callable[[Key], Mapping[Giver, Sheet]] = nothing_beside
        self._line = Line(())

    def take(self, messages: Sequence[Heard], up_to: int) -> list[Event]:
        """Take these messages; what ranking says of them. One that is refused is set aside."""
        with self._transaction(up_to):
            turn = self._together(messages) or self._one_by_one(messages)
            self._again(turn)
            turn.finish(CAUSE)
        return [each.event for each in turn.said]

    def take_own(self, decided: Event, up_to: int) -> list[Event]:
        """Take what a command said; what followed from it. Refused where it could not be said."""
        with self._transaction(up_to):
            turn = self._turn(up_to)
            with turn.savepoint():
                turn.take(lambda: (decided,), CAUSE)
            turn.finish(CAUSE)
        return [each.event for each in turn.said[1:]]

    def set_aside(self, message: Heard, outcome: parking.Failure) -> None:
        """Park the message untried, as ranking did: it is taken again when it is said to be."""
        with self._transaction(message.position):
            self._park(message, outcome, "set aside at the time", again=False)

    def take_again(self, position: int, up_to: int) -> list[Event]:
        """Take a parked message, and what waits behind it, when ranking had come to `up_to`."""
        return self._decide(position, up_to, self._take_or_park)

    def give_up(self, position: int, up_to: int) -> list[Event]:
        """Discard a parked message, and take what waits behind it."""
        return self._decide(position, up_to, lambda _, message: self._release(message))

    def fail_again(self, position: int, up_to: int, outcome: parking.Failure) -> list[Event]:
        """A parked message could not be taken when it was tried again."""
        return self._decide(
            position,
            up_to,
            lambda _, message: self._park(message, outcome, "failed again", again=False),
        )

    def _decide(
        self, position: int, up_to: int, what: Callable[[Turn, Heard], None]
    ) -> list[Event]:
        with self._transaction(up_to):
            turn = self._turn(up_to)
            self._line = parking.read_line(self._connection)
            for row in parking.waiting(self._connection):
                if row.position == position:
                    what(turn, parking.heard_again(row))
                    self._let_up(turn, row.edition)
            self._again(turn)
            turn.finish(CAUSE)
        return [each.event for each in turn.said]

    def _release(self, message: Heard) -> None:
        parking.release(self._connection, self._line, message)

    def work(self, work: Callable[[Any], None], up_to: int) -> None:
        """Do this work on the store as ranking does in a turn: what follows from it is done too."""
        with self._transaction(up_to):
            turn = self._turn(up_to)
            work(turn.store)
            turn.finish(CAUSE)

    def parked(self) -> dict[int, tuple[str, str]]:
        """The messages that could not be taken: outcome and reason, by position."""
        with self._connection.begin():
            rows = parking.waiting(self._connection)
        found = (row for row in rows if row.outcome != "behind")
        return {row.position: (row.outcome, row.reason) for row in found}

    def waits(self) -> bool:
        """Whether a message is parked, so that others may have to wait behind it."""
        with self._connection.begin():
            return bool(parking.read_line(self._connection))

    def standings(self, edition: str, stage: str) -> Standings:
        """The standings of a stage as they are now; NotFound when it is not known."""
        with self.store() as store:
            return standings_of(store, edition, stage)

    @contextmanager
    def store(self) -> Iterator[RankingStore]:
        """Ranking's store, to read."""
        with self._connection.begin():
            yield RankingStore(self._connection, NOW, beside=self.beside)

    @contextmanager
    def _transaction(self, up_to: int) -> Iterator[None]:
        try:
            with self._connection.begin():
                yield
                before = checkpoint.read(self._connection)
                checkpoint.advance(self._connection, before, max(before, up_to))
        except BaseException:
            self._connection.info.pop(MEMORY, None)
            raise

    def _turn(self, position: int = 0) -> Turn:
        turn = _Silent(SERVICE, self._connection, NOW)
        turn.store = RankingStore(self._connection, NOW, position, beside=self.beside)
        return turn

    def _together(self, messages: Sequence[Heard]) -> Turn | None:
        turn = self._turn()
        try:
            with turn.savepoint():
                SERVICE.prepare(turn.store, [each.event for each in messages])
                for each in self._free(messages):
                    _take_one(turn, each)
        except Exception:  # noqa: BLE001 - whichever message it was is found one by one
            return None
        return turn

    def _free(self, messages: Sequence[Heard]) -> Iterator[Heard]:
        # Each one that is given is taken or parked before the next is looked at.
        self._line = parking.read_line(self._connection)
        for each in messages:
            if not (self._line and parking.holds_back(self._connection, self._line, each, NOW)):
                yield each

    def _one_by_one(self, messages: Sequence[Heard]) -> Turn:
        turn = self._turn()
        for each in self._free(messages):
            self._take_or_park(turn, each)
        return turn

    def _again(self, turn: Turn) -> None:
        for row in parking.waiting(self._connection, NOW):
            self._take_or_park(turn, parking.heard_again(row))
            self._let_up(turn, row.edition)

    def _let_up(self, turn: Turn, edition: str) -> None:
        for each in parking.let_up(self._connection, self._line, edition):
            self._take_or_park(turn, each)

    def _take_or_park(self, turn: Turn, message: Heard) -> None:
        try:
            with turn.savepoint():
                _take_one(turn, message)
        except NotYet as error:
            self._park(message, "not_yet", str(error))
        except Refused as error:
            self._park(message, "refused", str(error))
        except Exception as error:  # noqa: BLE001 - as a service does with whatever a handler raises
            self._park(message, "bug", f"{type(error).__name__}: {error}")
        else:
            self._release(message)

    def _park(
        self, message: Heard, outcome: parking.Failure, reason: str, *, again: bool = True
    ) -> None:
        parking.park(
            self._connection,
            message,
            outcome=outcome,
            reason=reason,
            tries=1,
            now=NOW,
            retry_at=NOW if again and outcome == "not_yet" else None,
        )
        self._line.add(message.position, about(message))


def _take_one(turn: Turn, message: Heard) -> None:
    handler = SERVICE.handlers.get(type(message.event))
    turn.store.position = max(turn.store.position, message.position)
    if handler is not None:
        turn.take(partial(handler, message.event, turn.store), CAUSE)


@contextmanager
def scratch() -> Iterator[Scratch]:
    """An empty store in a file of its own, so that memory is bounded; gone at the end."""
    with TemporaryDirectory(prefix="sayembara-replay-") as folder, _rare_collections():
        engine = create_engine(sqlite_url(Path(folder) / "scratch.db"))
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        with engine.connect() as connection:
            with connection.begin():
                for metadata in (tables.metadata, SERVICE.metadata):
                    metadata.create_all(connection)
            yield Scratch(connection)
        engine.dispose()


@contextmanager
def _rare_collections() -> Iterator[None]:
    # A batch makes many objects and leaves none: as in a service, the collector is called rarely.
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _set_up(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in QUICK:
        connection.execute(f"PRAGMA {pragma}")
