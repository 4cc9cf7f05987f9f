"""Commands from outside: those that arrive together share one transaction (group commit).

Each is answered after its own work is on disk; one that is refused does not disturb the others.
They are decided in order, and each sees what those before it did. When one of several fails, all
are undone and decided again, each inside a savepoint: a command may be decided twice.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from contracts.event import Event
from sqlalchemy import Connection
from uuid_utils import uuid7

from kit import checkpoint
from kit.clock import Clock
from kit.database import Database, Unavailable
from kit.outbox import Said
from kit.service import Service
from kit.tracing import REQUEST
from kit.turn import Cause, Turn

Decide = Callable[[Any], Iterable[Event] | None]
Outcome = list[Said] | Exception


@dataclass(frozen=True)
class Reading:
    """A command that says what it will read: those that share a transaction read it together."""

    key: Any
    decide: Decide

    def __call__(self, store: Any) -> Iterable[Event] | None:
        """Decide."""
        return self.decide(store)


@dataclass
class Waiting:
    """A command that waits for its turn, and for its answer."""

    decide: Decide
    cause: Cause
    answer: "asyncio.Future[list[Said]]"


class Commands:
    """Runs commands in order; `committed` is called after each transaction that said something."""

    def __init__(
        self, service: Service, database: Database, clock: Clock, committed: Callable[[], None]
    ) -> None:
        self.service = service
        self.database = database
        self.clock = clock
        self.committed = committed
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()

    async def run(
        self, decide: Decide, correlation: str | None = None, causation: str | None = None
    ) -> list[Said]:
        """Let `decide(store)` decide, keep and say what it returns; raises what it raises.

        When this returns, the state and the events are on disk. `causation` is the event that it
        follows from, of a command that nobody outside gave.
        """
        answer: asyncio.Future[list[Said]] = asyncio.get_running_loop().create_future()
        cause = Cause(correlation or str(uuid7()), causation, REQUEST.get())
        self._waiting.append(Waiting(decide, cause, answer))
        self._arrived.set()
        return await answer

    async def serve(self) -> None:
        """Take what waits, again and again."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            group, self._waiting = self._waiting, []
            await self._take(group)

    async def _take(self, group: list[Waiting]) -> None:
        try:
            outcomes = await self.database.write(lambda connection: self._decide(connection, group))
        except Exception as error:  # noqa: BLE001 - whatever the store raised is each caller's answer
            outcomes = [error] * len(group)
        self.committed()
        for waiting, outcome in zip(group, outcomes, strict=True):
            if waiting.answer.cancelled():
                continue
            if isinstance(outcome, Exception):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)

    def _decide(self, connection: Connection, group: list[Waiting]) -> list[Outcome]:
        turn = Turn(self.service, connection, self.clock.now())
        outcomes: list[Outcome]
        try:
            with turn.savepoint():
                turn.begin(checkpoint.read(connection))
                turn.store.read_ahead(_keys(group))
                outcomes = [_take(turn, each) for each in group]
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it raised is an answer
            # A savepoint for each costs about as much as a sheet: so only when one of them fails.
            turn = Turn(self.service, connection, turn.now)
            turn.begin(checkpoint.read(connection))
            outcomes = [error] if len(group) == 1 else [_outcome(turn, each) for each in group]
        turn.finish(group[-1].cause)
        return outcomes


def _keys(group: list[Waiting]) -> list[Any]:
    return [each.decide.key for each in group if isinstance(each.decide, Reading)]


def _outcome(turn: Turn, waiting: Waiting) -> Outcome:
    try:
        with turn.savepoint():
            return _take(turn, waiting)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it raised is an answer
        return error


def _take(turn: Turn, waiting: Waiting) -> list[Said]:
    return turn.take(lambda: waiting.decide(turn.store), waiting.cause)
