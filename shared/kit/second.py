"""A second store of a service while it is made: one connection, used by a thread of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, RootTransaction

from kit.place import Place

Result = TypeVar("Result")


class Second:
    """The store at that place. `write` runs a function in a transaction, on its only connection."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-second")
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._pinned: RootTransaction | None = None

    async def make(self) -> None:
        """Make the store, empty and without tables."""
        await self._do(self._make)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction of its own, or in the one that is pinned."""
        return await self._do(lambda: self._write(work))

    @asynccontextmanager
    async def pinned(self) -> AsyncIterator[None]:
        """One transaction for everything inside: it sees one moment of the first store."""
        await self._do(self._begin)
        try:
            yield
        except BaseException:
            await self._do(self._roll_back)
            raise
        await self._do(self._commit)

    async def let_go(self) -> None:
        """Have the store open no more; it stays where it is."""
        await self._do(self._let_go)

    async def close(self) -> None:
        """Let go of the store, and end the thread."""
        await self.let_go()
        self._thread.shutdown()

    async def _do(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _make(self) -> None:
        self._engine = self.place.make()
        self._connection = self._engine.connect()

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        assert self._connection is not None
        if self._pinned is not None:
            return work(self._connection)
        with self._connection.begin():
            return work(self._connection)

    def _begin(self) -> None:
        assert self._connection is not None
        self._pinned = self._connection.begin()

    def _commit(self) -> None:
        assert self._pinned is not None
        self._pinned.commit()
        self._pinned = None

    def _roll_back(self) -> None:
        assert self._pinned is not None
        self._pinned.rollback()
        self._pinned = None

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
