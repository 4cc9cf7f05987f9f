"""A service's store: SQLite or PostgreSQL, one writer, plain synchronous code inside a transaction.

Every write of a service goes through one thread, in turn. So the outbox is in the order of the
commits, and a transaction costs one hop between threads instead of one per statement.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import ExceptionContext, IsolationLevel
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from kit.outgoing import JUST_SAID, Outgoing
from kit.store import MEMORY

Result = TypeVar("Result")
READERS = 4
JUST_SAID_MAX = 2_000

Unavailable = (OperationalError, InterfaceError)
"""What the store raises when it is away, locked or full: the work is tried again, not refused."""
AWAY_STATES = ("08", "53", "57", "58")
"""PostgreSQL's classes of errors: connection, resources, operator's intervention, system."""


def _unheard(_: float) -> None:
    pass


class Database:
    """The store at `url`. `write` and `read` run a function inside one transaction.

    `committed` is told, in seconds, how long each write took from the call to its commit.
    `just_said` is what was said last, in order and committed: who publishes it takes it from there
    and need not read it back. What is not there any more is in the outbox.
    """

    def __init__(self, url: str, committed: Callable[[float], None] = _unheard) -> None:
        self.url = make_url(url)
        self._committed = committed
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+pg8000")
        # A reader sees one moment, whatever is committed meanwhile: a table fits its position.
        self.writer = _engine(self.url, "BEGIN IMMEDIATE", "READ COMMITTED", size=1)
        self.readers = _engine(self.url, "BEGIN", "REPEATABLE READ", size=READERS)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self.just_said: deque[Outgoing] = deque(maxlen=JUST_SAID_MAX)
        self._at_work: set[asyncio.Future[Any]] = set()
        self._writers_wait: asyncio.Event | None = None
        self._readers_wait: asyncio.Event | None = None

    @property
    def is_held(self) -> bool:
        """Whether whoever wants to write waits now."""
        return self._writers_wait is not None

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction of its own and commit; a raise rolls all of it back."""
        asked_at = time.monotonic()
        while self._writers_wait is not None:
            await self._writers_wait.wait()
        result = await self._run(self._writing, self.writer, work)
        self._committed(time.monotonic() - asked_at)
        return result

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on what is committed. It must not write."""
        while self._readers_wait is not None:
            await self._readers_wait.wait()
        return await self._run(self._reading, self.readers, work)

    async def _run(
        self, pool: ThreadPoolExecutor, engine: Engine, work: Callable[[Connection], Result]
    ) -> Result:
        def in_transaction() -> Result:
            with engine.connect() as connection:
                try:
                    with connection.begin():
                        result = work(connection)
                    self.just_said.extend(connection.info.pop(JUST_SAID, ()))
                    return result
                except BaseException:
                    _forget(connection)
                    raise

        work_done = asyncio.get_running_loop().run_in_executor(pool, in_transaction)
        self._at_work.add(work_done)
        work_done.add_done_callback(self._at_work.discard)
        return await work_done

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Nobody writes inside: whoever wants to waits until it ends."""
        self._writers_wait = asyncio.Event()
        try:
            await self._until_idle()
            yield
        finally:
            opened, self._writers_wait = self._writers_wait, None
            opened.set()

    async def replace(self, put_in_place: Callable[[], None]) -> None:
        """Let go of the store, have another one put in its place, and go on with what is there.

        Only while the store is held. Whoever wants to read waits too.
        """
        self._readers_wait = asyncio.Event()
        try:
            await self._until_idle()
            await asyncio.get_running_loop().run_in_executor(
                self._writing, self._replace, put_in_place
            )
        finally:
            opened, self._readers_wait = self._readers_wait, None
            opened.set()

    def _replace(self, put_in_place: Callable[[], None]) -> None:
        # The last connection that closes leaves a SQLite store in one file.
        self.readers.dispose()
        self.writer.dispose()
        put_in_place()

    async def _until_idle(self) -> None:
        while self._at_work:
            await asyncio.wait(self._at_work)

    def close(self) -> None:
        """Finish what is running and let go of every connection."""
        self._writing.shutdown()
        self._reading.shutdown()
        self.writer.dispose()
        self.readers.dispose()


def _engine(url: Any, begin: str, isolation: IsolationLevel, size: int) -> Engine:
    if url.get_backend_name() != "sqlite":
        return postgresql(
            url, pool_size=size, max_overflow=0, isolation_level=isolation, pool_pre_ping=True
        )
    engine = create_engine(
        url, connect_args={"timeout": 5, "check_same_thread": False}, hide_parameters=True
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def postgresql(url: URL, **options: Any) -> Engine:
    """An engine whose errors tell a server that is away (Unavailable) from a wrong statement."""
    # What is stored is no text for an error: errors are logged.
    engine = create_engine(url, hide_parameters=True, **options)
    event.listen(engine, "handle_error", _tell_away, retval=True)
    return engine


def _tell_away(context: ExceptionContext) -> Exception | None:
    # The driver has one class for whatever PostgreSQL answers; the first two of its five letters
    # tell a server that starts, stops or is full from a statement that is wrong.
    error = context.original_exception
    said = error.args[0] if error.args else None
    if isinstance(said, dict) and str(said.get("C"))[:2] in AWAY_STATES:
        return OperationalError(context.statement, context.parameters, error)
    return None


def _forget(connection: Connection) -> None:
    # What the service remembers may follow from what is not in the store now. A broken connection
    # has taken its memory with it.
    if not connection.invalidated:
        connection.info.pop(MEMORY, None)
        connection.info.pop(JUST_SAID, None)


def _set_up_sqlite(connection: Any, _: Any) -> None:
    # The driver would begin transactions itself, too late for savepoints: the engine does it.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def is_away(error: DBAPIError) -> bool:
    """Whether the store itself failed, so that the same work may succeed later."""
    return isinstance(error, Unavailable)
