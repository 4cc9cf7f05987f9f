"""The life of a service process: start, take the lead, watch, stop.

FastStream runs it: it connects the broker, listens to signals and stops in order. HTTP answers
from the first moment, so that health can be asked while the store or the log is away.
"""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog
from faststream import FastStream

from kit import checkpoint, outbox
from kit.database import Unavailable
from kit.log import Away, Drift, Log, LogError, must_reach
from kit.migrate import migrate
from kit.observe import set_up_logs
from kit.place import place_beside
from kit.reader import Reader, Silence
from kit.relay import Relay
from kit.running import Running
from kit.server import make_server
from kit.service import Service
from kit.settings import Settings
from kit.tasks import end_all
from kit.tracing import TRACES

GARBAGE_OBJECTS = 200_000
WATCH_SECONDS = 1.0
FINISH_SECONDS = 10.0
TURN_SECONDS = 0.0005
CONSUMER_GONE = "the durable consumer is gone; making it again"

log = structlog.get_logger()


class Life:
    """One service from its start to its end."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.service = running.service
        self.failed: Exception | None = None
        self.reader: Reader | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._to_finish: list[asyncio.Task[None]] = []
        self._server = make_server(running)
        self._app = FastStream(
            running.broker,
            logger=None,
            on_startup=[self._open],
            after_startup=[self._lead],
            on_shutdown=[self._close],
        )

    async def run(self) -> None:
        """Run until a signal comes; raises what ended it otherwise."""
        await self._app.run()
        if self.failed is not None:
            raise self.failed

    def stop(self) -> None:
        """Stop in order, as a signal does."""
        self._app.exit()

    async def _open(self) -> None:
        self.running.troubles["process"] = "waiting for the NATS server"
        self._spawn(self._server.serve(), to_finish=True)

    async def _lead(self) -> None:
        self._spawn(self._begin())

    def _spawn(self, work: Coroutine[Any, Any, None], *, to_finish: bool = False) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)
        if to_finish:
            self._to_finish.append(task)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed = self.failed or (error if isinstance(error, Exception) else None)
            self._app.exit()

    async def _begin(self) -> None:
        running = self.running
        running.troubles["process"] = "waiting for the lead: another process is active"
        await self._take_lead()
        running.troubles["process"] = "preparing the store"
        await self._until_there(self._prepare_store)
        running.troubles["process"] = "preparing the log"
        await self._until_there(self._prepare_log)
        self._go()

    async def _take_lead(self) -> None:
        async def try_it() -> None:
            while not await asyncio.to_thread(self.running.lead.acquire):  # noqa: ASYNC110 - polled
                await asyncio.sleep(WATCH_SECONDS)

        await self._until_there(try_it)

    async def _until_there(self, work: Any) -> None:
        while True:
            try:
                return await work()  # type: ignore[no-any-return] # every work here returns None
            except Drift:
                raise
            except (*Away, LogError, *Unavailable) as error:
                self.running.troubles["start"] = f"{type(error).__name__}: {error}"
                log.warning("not there yet", error=str(error))
                await asyncio.sleep(WATCH_SECONDS)
            finally:
                self.running.troubles.pop("start", None)

    async def _prepare_store(self) -> None:
        settings = self.running.settings
        await asyncio.to_thread(place_beside(self.running.database.url).clear)
        await self.running.database.write(lambda each: migrate(self.service, each, settings))
        await self.running.database.read(self.running.clock.recall)

    async def _prepare_log(self) -> None:
        running = self.running
        client = await running.broker.connect()
        event_log = Log(client, running.settings.log_replicas)
        await self._check_log(event_log)
        await event_log.ensure_consumer(self.service.name, self.service.filters)
        batch_size = running.settings.batch_size
        name = self.service.name
        relay = Relay(name, running.database, event_log, batch_size, running.meters)
        await relay.recover()
        running.log, running.relay = event_log, relay
        self.reader = Reader(running.broker, name, batch_size, running.take, self._set_back)
        running.connection.on_reconnect += [self.reader.forget, relay.forget]
        await self.reader.start(client)

    async def _set_back(self) -> None:
        assert self.running.log is not None
        position = await self.running.checkpoint()
        await self.running.log.read_from(self.service.name, position + 1)

    def _go(self) -> None:
        running = self.running
        assert running.relay is not None
        self._spawn(running.relay.run())
        self._spawn(running.commands.serve())
        self._spawn(running.rebuilds.serve())
        self._spawn(self._watch())
        running.active = True
        running.troubles.pop("process", None)
        for task in self.service.tasks:
            self._spawn(task(running), to_finish=True)
        log.info("active", port=running.settings.http_port)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not await asyncio.to_thread(self.running.lead.holds):
                raise RuntimeError("the lead is lost: the connection to the store broke")
            await self._watch_log()
            self._tell("outbox", self.running.relay.trouble if self.running.relay else "")
            with suppress(*Unavailable):
                await self.running.retry_due()

    async def _watch_log(self) -> None:
        assert self.running.log is not None
        assert self.reader is not None
        try:
            await self._check_log(self.running.log)
            consumer = await self._mended_consumer(self.running.log, self.reader)
            await self.reader.look_after(consumer["num_ack_pending"], consumer["num_pending"])
            self._tell("log", "")
        except (*Away, LogError, Drift, Silence, *Unavailable) as error:
            self._tell("log", f"{type(error).__name__}: {error}".strip(": "))

    async def _mended_consumer(self, event_log: Log, reader: Reader) -> dict[str, Any]:
        name, filters = self.service.name, self.service.filters
        try:
            consumer = await event_log.check_consumer(name, filters)
            if "log" not in self.running.troubles:
                return consumer
            # Somebody mended the log, perhaps with a consumer that begins at its beginning.
        except Drift:
            await event_log.ensure_consumer(name, filters)
            log.warning(CONSUMER_GONE)
        await reader.restart()
        return await event_log.consumer(name)

    def _tell(self, part: str, trouble: str) -> None:
        if trouble:
            self.running.troubles[part] = trouble
        else:
            self.running.troubles.pop(part, None)

    async def _check_log(self, event_log: Log) -> None:
        # What another log holds would be passed over: its positions were taken before. What is
        # known is asked first, because the log grows meanwhile.
        known = await self.running.database.read(
            lambda each: max(checkpoint.read(each), outbox.last_position(each))
        )
        must_reach(await event_log.check_stream(), known)

    async def _close(self) -> None:
        running = self.running
        running.stopping = running.connection.stopping = True
        running.troubles["process"] = "stopping"
        for tell in running.when_stopping:
            tell()
        self._server.should_exit = True
        # What was asked for is answered, and what a task has begun is finished, before all else.
        await asyncio.wait(self._to_finish, timeout=FINISH_SECONDS)
        running.active = False
        if self.reader is not None:
            await self.reader.stop()
        await self._flush()
        await end_all(self._tasks)
        await asyncio.to_thread(running.database.close)
        running.lead.release()

    async def _flush(self) -> None:
        # What waits in the outbox is published by the next start at the latest.
        with suppress(TimeoutError, *Away, LogError, Drift, *Unavailable):
            async with asyncio.timeout(FINISH_SECONDS):
                if self.running.relay is not None:
                    await self.running.relay.flush()


def run(service: Service, settings: Settings) -> None:
    """Run a service until it is told to stop; exit code 1 and one line when it cannot run."""
    # What is loaded by now stays: the collector need not walk through it again and again. A batch
    # holds up to a hundred thousand objects and leaves none: looked for in the middle of it, they
    # cost a tenth of it.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    # The loop gives up the interpreter with every write to a connection. While the store's thread
    # is at work, it would have it back only after five milliseconds each time.
    sys.setswitchinterval(TURN_SECONDS)
    set_up_logs(service.name, settings.log_level)
    TRACES.begin(service.name, settings)
    try:
        asyncio.run(Life(Running(service, settings)).run())
    except Exception as error:  # noqa: BLE001 - the last stop: said in one line, then the process ends
        log.critical("the service ends", error=f"{type(error).__name__}: {error}")
        sys.exit(1)
    finally:
        TRACES.end()
