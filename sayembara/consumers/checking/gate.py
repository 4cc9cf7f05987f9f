"""The one way between the consumer and the server: it can keep back what the consumer answers.

So a connection breaks, or a consumer dies, exactly between an effect and its acknowledgement.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

CHUNK = 65_536


class Gate:
    """Passes every byte on, until it is told otherwise. `port` stays the same while it lives."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()
        self._mark: bytes | None = None
        self._answers = asyncio.Event()
        self._answers.set()
        self.port = 0

    async def back(self) -> None:
        """Take connections, again."""
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def away(self) -> None:
        """Be gone: connections are cut, and none is taken."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        """Cut every connection; what was kept back is lost."""
        for writer in self._open:
            writer.transport.abort()
        self.pass_all()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def keep_answers_after(self, mark: bytes) -> None:
        """From the message on that holds `mark`, keep back what the consumer sends."""
        self._mark = mark

    def pass_all(self) -> None:
        """Keep nothing back any more."""
        self._mark = None
        self._answers.set()

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._open |= {writer, to_server}
        ways = (self._to_consumer(from_server, writer), self._to_server(reader, to_server))
        tasks = {asyncio.create_task(self._until_cut(way, writer, to_server)) for way in ways}
        self._passing |= tasks
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks)
        self._passing -= tasks
        self._open -= {writer, to_server}

    async def _until_cut(self, way: Awaitable[None], *ends: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await way
        for end in ends:
            end.transport.abort()

    async def _to_consumer(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        seen = b""
        while data := await reader.read(CHUNK):
            seen = seen[-256:] + data  # a mark may lie across two reads
            if self._mark is not None and self._mark in seen:
                self._answers.clear()
            out.write(data)
            await out.drain()

    async def _to_server(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._answers.wait()
            if out.is_closing():
                return  # cut meanwhile: what was kept back is lost
            out.write(data)
            await out.drain()
