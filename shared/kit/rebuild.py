"""A service's store made anew from the log, beside the one at work, and put in its place.

Everything is read from the log, from its first message on; only what is `kept` comes from the store
at work. While that goes on the service works as ever. For the last few messages, and to change
over, whoever wants to write waits some milliseconds, and nobody is refused.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

from contracts.envelope import Envelope
from contracts.operations import NO_EDITION, StoreRebuilt, TableDiffers
from contracts.written import Office, Reason
from pydantic import BaseModel
from sqlalchemy import Connection
from uuid_utils import uuid7

from kit import carried, checkpoint, outbox
from kit.again import Again, in_order, is_own, taken_before
from kit.heard import Heard
from kit.log import Log
from kit.migrate import migrate
from kit.outbox import Said
from kit.place import place_beside
from kit.second import Second
from kit.stored import messages_between

READ_MESSAGES = 500
NEAR_MESSAGES = 1_000
WAIT_SECONDS = 0.01
HELD_SECONDS = 5.0
PAUSE_SECONDS = 1.0
TRIES = 10

State = Literal["none", "reading", "comparing", "changing over", "done", "refused", "failed"]


class Order(BaseModel):
    """Who has the store rebuilt, and why; rows that differ keep it from taking over, or not."""

    by: Office
    reason: Reason
    accept_differences: bool = False


class Progress(BaseModel):
    """How far the last rebuild has come: `position` of the log, `of` so many.

    `differs` is what the rebuilt store holds otherwise. `kept_as` is where the store before it is;
    `held_seconds` is how long whoever wanted to write had to wait.
    """

    state: State = "none"
    position: int = 0
    of: int = 0
    differs: tuple[TableDiffers, ...] = ()
    why: str = ""
    kept_as: str = ""
    held_seconds: float = 0


@dataclass(frozen=True)
class Moment:
    """Up to where the first store has come: on the log, and in what it said itself."""

    position: int
    number: int


class Rebuild:
    """One rebuild of a store, from its order to its end."""

    def __init__(self, running: Any, order: Order, progress: Progress) -> None:
        self.running = running
        self.service = running.service
        self.order = order
        self.progress = progress
        self.place = place_beside(running.database.url)
        self.second = Second(self.place)
        self.log: Log = running.log
        self.again = Again(running.service, running.settings, running.clock.now())
        self._read_own = self._read_others = 1
        self._number = self._taken_own = self._taken = 0
        self._others: list[Heard] = []

    async def run(self) -> State:
        """Rebuild the store, and change over to it unless it differs and nobody accepts that."""
        try:
            await self.second.make()
            settings = self.running.settings
            await self.second.write(lambda each: migrate(self.service, each, settings))
            await self._come_near()
            await self._compare()
            if self.progress.differs and not self.order.accept_differences:
                return "refused"
            await self._change_over()
            return "done"
        finally:
            await self.second.close()
            await asyncio.to_thread(self.place.clear)

    async def _come_near(self) -> None:
        # The first store works on meanwhile, so what is left gets less each time.
        while True:
            before = self._read_own
            await self._catch_up(await self._moment())
            if self._read_own - before < NEAR_MESSAGES:
                return

    async def _compare(self) -> None:
        self.progress.state = "comparing"
        first = self.place.first

        def differences(connection: Connection) -> tuple[TableDiffers, ...]:
            carried.settle_parked(connection, first)
            return carried.differences(connection, self.service, first)

        async with self.second.pinned():
            await self._catch_up(await self._moment())
            self.progress.differs = await self.second.write(differences)

    async def _change_over(self) -> None:
        self.progress.state = "changing over"
        for _ in range(TRIES):
            held_at = time.monotonic()
            async with self.running.database.held():
                if await self._took_the_rest():
                    await self._take_over()
                    self.progress.held_seconds = time.monotonic() - held_at
                    return
            # What was said does not get onto the log: writers wait no longer for it.
            await asyncio.sleep(PAUSE_SECONDS)
        raise TimeoutError("what this service says does not come on the log; see /readyz")

    async def _took_the_rest(self) -> bool:
        self.running.committed()  # the relay publishes what is left
        with suppress(TimeoutError):
            async with asyncio.timeout(HELD_SECONDS):
                await self._catch_up(await self._moment())
                return True
        return False

    async def _take_over(self) -> None:
        await self.second.write(self._take_along)
        await self.second.let_go()
        await self.running.database.replace(self.place.take_over)
        self.progress.kept_as = self.place.kept_as
        self.running.committed()

    def _take_along(self, connection: Connection) -> None:
        position = checkpoint.read(connection)
        carried.carry_over(connection, self.service, self.place.first)
        rebuilt = StoreRebuilt(
            edition=NO_EDITION,
            service=self.service.name,
            position=position,
            by=self.order.by,
            reason=self.order.reason,
            differs=self.progress.differs,
        )
        correlation, now = str(uuid7()), self.running.clock.now()
        envelope = Envelope.around(
            rebuilt, id=str(uuid7()), time=now, correlation=correlation, causation=None
        )
        outbox.append(connection, [Said(rebuilt, envelope, taken=position)])

    async def _moment(self) -> Moment:
        first = self.place.first
        return await self.second.write(
            lambda each: Moment(checkpoint.read_in(each, first), outbox.last_number(each, first))
        )

    async def _catch_up(self, moment: Moment) -> None:
        self.progress.of = moment.position
        while self._number < moment.number:
            await self._read_what_it_said(moment.number)
        while self._taken < moment.position or self._taken_own < moment.number:
            await self._take_next(moment.position)
            self.progress.position = self._taken

    async def _read_what_it_said(self, number: int) -> None:
        messages = await self._read(self._read_own, await self.log.last_position())
        if not messages:
            return await asyncio.sleep(WAIT_SECONDS)  # the relay brings the rest
        own = [each for each in messages if is_own(self.service.name, each)]
        known = [each for each in own if 0 < outbox.number_of(each) <= number]
        await self.second.write(lambda each: outbox.put_back(each, known))
        self._number = max((outbox.number_of(each) for each in known), default=self._number)
        later = [each.position for each in own if outbox.number_of(each) > number]
        self._read_own = later[0] if later else messages[-1].position + 1
        return None

    async def _read(self, first: int, last: int) -> list[Heard]:
        return await messages_between(self.log, first, min(last, first + READ_MESSAGES - 1))

    async def _take_next(self, last: int) -> None:
        if not self._others and self._read_others <= last:
            messages = await self._read(self._read_others, last)
            self._others = [each for each in messages if self.service.hears(each.subject)]
            self._read_others = messages[-1].position + 1
        await self.second.write(lambda each: self._take(each, last))

    def _take(self, connection: Connection, last: int) -> None:
        up_to = self._read_others - 1
        page = outbox.published_after(connection, self._taken_own, READ_MESSAGES)
        own = list(takewhile(lambda each: min(taken_before(each[1]), last) <= up_to, page))
        if len(own) == READ_MESSAGES:
            # There may be more, before what others said later.
            up_to = min(up_to, taken_before(own[-1][1]))
        others = [each for each in self._others if each.position <= up_to]
        self.again.take_again(connection, in_order(others, [each for _, each in own]), up_to)
        self._others = self._others[len(others) :]
        self._taken_own = own[-1][0] if own else self._taken_own
        self._taken = max(self._taken, up_to)
