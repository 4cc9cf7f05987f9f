"""A service at work, as its HTTP addresses and its tasks see it."""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection as Transaction

from kit import checkpoint, outbox, parking
from kit.answers import Answers
from kit.batch import Batch
from kit.broker import Connection, make_broker
from kit.checkpoint import Overtaken
from kit.clock import Clock
from kit.commands import Commands, Decide
from kit.database import Database, Unavailable
from kit.heard import Heard
from kit.lead import lead_of
from kit.log import Away, Log, LogError
from kit.observe import Meters
from kit.outbox import Said
from kit.rebuild import Order, Progress
from kit.rebuilds import Rebuilds
from kit.relay import Relay
from kit.service import Service
from kit.settings import Settings
from kit.tokens import Access
from kit.tracing import TRACES

EXIT_OVERTAKEN = 71
RETRY_SECONDS = 0.5
PASSED_OVER_MAX = 10_000
MEASURE_SECONDS = 2.0

Result = TypeVar("Result")
log = structlog.get_logger()


class NotActive(Exception):
    """This process takes nothing now: it starts, stops, or another one of its service is active."""


class Running:
    """The parts of one service in this process, and what they can be asked."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.clock = Clock(rehearsal=settings.clock == "rehearsal")
        self.access = Access(settings.token_keys)
        self.meters = Meters(service.name, service.tallies)
        self.database = Database(settings.store_url(), self.meters.committed)
        self.lead = lead_of(self.database, service.name)
        self.connection = Connection()
        self.broker = make_broker(settings, service.name, self.connection)
        self.commands = Commands(service, self.database, self.clock, self.committed)
        self.rebuilds = Rebuilds(self)
        self.active = False
        self.stopping = False
        self.when_stopping: list[Callable[[], None]] = []
        self.commits = 0
        self.answers = Answers(self)
        self.troubles: dict[str, str] = {"process": "starting"}
        self.log: Log | None = None
        self.relay: Relay | None = None
        self._commit = asyncio.Event()
        self._passed_over = 0

    async def command(
        self, decide: Decide, correlation: str | None = None, causation: str | None = None
    ) -> list[Said]:
        """Let `decide(store)` decide in a transaction; what it said is on disk then."""
        self._must_be_active()
        return await self.commands.run(decide, correlation, causation)

    async def query(self, ask: Callable[[Any], Result]) -> Result:
        """The answer of `ask(store)` on what is committed."""
        self._must_be_active()
        return await self.database.read(lambda transaction: ask(self._store(transaction)))

    def _must_be_active(self) -> None:
        if not self.active:
            raise NotActive("; ".join(self.troubles.values()) or "this process is not active")

    def rebuild(self, order: Order) -> Progress:
        """Have the store made anew from the log; `rebuilt` tells how far it is."""
        self._must_be_active()
        return self.rebuilds.begin(order)

    def rebuilt(self) -> Progress:
        """How far the last rebuild in this process has come."""
        self._must_be_active()
        return self.rebuilds.progress

    def _store(self, transaction: Transaction) -> Any:
        return self.service.store(transaction, self.clock.now(), checkpoint.read(transaction))

    def committed(self) -> None:
        """Something was committed: wake the relay and whoever waits for it."""
        self.commits += 1
        if self.relay is not None:
            self.relay.wake()
        done, self._commit = self._commit, asyncio.Event()
        done.set()

    async def next_commit(self, seconds: float) -> None:
        """Return after the next commit, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._commit.wait()

    async def take(self, messages: Sequence[Heard]) -> None:
        """Take a batch from the log; returns when it is committed, however long that takes.

        What does not concern the service is passed over, and counted in the checkpoint now and
        then: a transaction for each of its own events would be a transaction for nothing.
        """
        self._passed_over += len(messages)
        service = self.service
        heard = [
            each for each in messages if service.hears(each.subject) or service.sees(each.subject)
        ]
        if not heard and self._passed_over < PASSED_OVER_MAX:
            return
        self._passed_over = 0
        while not await self._try_to_take(heard, messages[-1].position):  # noqa: ASYNC110 - no store says it is back
            await asyncio.sleep(RETRY_SECONDS)
        self.troubles.pop("store", None)
        self.meters.taken(Counter(each.event_type for each in heard), len(messages))
        self.committed()

    async def _try_to_take(self, messages: Sequence[Heard], up_to: int) -> bool:
        try:
            await self._write(messages, up_to)
        except Overtaken as error:
            log.critical("another process has the lead; this one ends", error=str(error))
            os._exit(EXIT_OVERTAKEN)
        except Exception as error:
            self.troubles["store"] = f"{type(error).__name__}: {error}"
            log.exception("a batch could not be stored; it is tried again")
            return False
        return True

    async def _write(self, messages: Sequence[Heard], up_to: int) -> None:
        with TRACES.span("take a batch", [each.traceparent for each in messages]) as span:
            batch = Batch(self.service, self.settings, self.clock.now(), span.traceparent)
            try:
                await self.database.write(lambda each: batch.take_all(each, messages, up_to))
            except (Overtaken, *Unavailable):
                raise
            except Exception:  # noqa: BLE001 - one failed: each is taken alone, and it is parked
                await self.database.write(lambda each: batch.take_each(each, messages, up_to))
        self.meters.set_aside(batch.parked)

    async def retry_due(self) -> None:
        """Take again the parked messages that are due."""
        batch = Batch(self.service, self.settings, self.clock.now())
        if await self.database.read(lambda each: parking.waiting(each, batch.now)):
            await self.database.write(batch.take_parked)
            self.meters.set_aside(batch.parked)
            self.committed()

    async def act_on_parked(self, kind: parking.Action, position: int, **why: str) -> list[Said]:
        """Retry or discard a parked message for the operator; what was said is on disk then."""
        self._must_be_active()
        batch = Batch(self.service, self.settings, self.clock.now())
        said = await self.database.write(lambda each: batch.act(each, kind, position, **why))
        self.meters.set_aside(batch.parked)
        self.committed()
        return said

    async def checkpoint(self) -> int:
        """The position of the last message that was taken."""
        return await self.database.read(checkpoint.read)

    async def lag(self) -> int | None:
        """How many messages on the log are not taken yet; None while the log does not answer."""
        if self.log is None:
            return None
        try:
            return await self.log.not_taken(self.service.name)
        except (*Away, LogError):
            return None

    def why_not_ready(self) -> list[str]:
        """What keeps this process from its work; empty when nothing does."""
        return [f"{part}: {trouble}" for part, trouble in sorted(self.troubles.items())]

    async def status(self) -> dict[str, Any]:
        """How the service is doing, in figures."""
        self._must_be_active()
        waiting, _ = await self.database.read(outbox.backlog)
        return {
            "service": self.service.name,
            "ready": not self.troubles,
            "because": self.why_not_ready(),
            "position": await self.checkpoint(),
            "lag": await self.lag(),
            "unpublished": waiting,
            "parked": await self.database.read(parking.count),
        }

    async def measure(self) -> None:
        """Bring the gauges up to date; what does not answer soon keeps its last value."""
        self.meters.ready.set(not self.troubles)
        self.meters.active.set(self.active)
        if self.active:
            await asyncio.gather(
                self._ask("store", self._measure_store), self._ask("log", self._measure_log)
            )

    async def _ask(self, part: str, measure: Callable[[], Awaitable[None]]) -> None:
        answered = False
        with suppress(*Away, LogError, *Unavailable):
            async with asyncio.timeout(MEASURE_SECONDS):
                await measure()
            answered = True
        self.meters.reached(part, answered=answered)

    async def _measure_store(self) -> None:
        await self.database.read(self._measure_in)

    def _measure_in(self, transaction: Transaction) -> None:
        waiting, since = outbox.backlog(transaction)
        age = (self.clock.now() - since).total_seconds() if since else 0
        self.meters.backlog.set(waiting)
        self.meters.backlog_age.set(max(0, age))
        self.meters.position.set(checkpoint.read(transaction))
        self.meters.parked.set(parking.count(transaction))
        for tally in self.service.tallies:
            self.meters.counted(tally.name, tally.count(self._store(transaction)))

    async def _measure_log(self) -> None:
        if self.log is not None:
            self.meters.lag.set(await self.log.not_taken(self.service.name))
