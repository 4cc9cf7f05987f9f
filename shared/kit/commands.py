"""Commands from outside: those that arrive together share one transaction (group commit).

Each is answered after its own work is on disk; one that is refused does not disturb the others.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from contracts.event import Event
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from uuid_utils import uuid7

from kit.clock import Clock
from kit.database import Database, is_away
from kit.outbox import Said
from kit.service import Service
from kit.tracing import REQUEST
from kit.turn import Cause, Turn

Decide = Callable[[Any], Iterable[Event] | None]


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

    async def run(self, decide: Decide, correlation: str | None = None) -> list[Said]:
        """Let `decide(store)` decide, keep and say what it returns; raises what it raises.

        When this returns, the state and the events are on disk.
        """
        answer: asyncio.Future[list[Said]] = asyncio.get_running_loop().create_future()
        cause = Cause(correlation or str(uuid7()), traceparent=REQUEST.get())
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

    def _decide(self, connection: Connection, group: list[Waiting]) -> list[list[Said] | Exception]:
        turn = Turn(self.service, connection, self.clock.now())
        outcomes = [_outcome(turn, waiting) for waiting in group]
        turn.finish(group[-1].cause)
        return outcomes


def _outcome(turn: Turn, waiting: Waiting) -> list[Said] | Exception:
    try:
        with turn.savepoint():
            return turn.take(lambda: waiting.decide(turn.store), waiting.cause)
    except Exception as error:
        if isinstance(error, DBAPIError) and is_away(error):
            raise
        return error
