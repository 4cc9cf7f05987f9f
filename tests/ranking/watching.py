"""Clients that watch a stage, each over a connection of its own, as a browser or a program does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.ranking.facts import DESK, EDITION
from tests.support.system import Started
from tests.support.waiting import until

EVENTS = {"accept": "text/event-stream"}
STANDINGS = f"/editions/{EDITION}/stages/{DESK}/standings"

Told = tuple[int, str, Any]
"""A change: its id, its event and its data."""


def changes(stage: str = DESK) -> str:
    return f"/editions/{EDITION}/stages/{stage}/changes"


async def stood(ask: httpx.AsyncClient, count: int, stage: str = DESK) -> Any:
    """The standings of a stage once so many proposals are in it."""
    address = f"/editions/{EDITION}/stages/{stage}/standings"

    async def there() -> bool:
        answer = await ask.get(address)
        return answer.status_code == 200 and len(answer.json()["rows"]) == count

    await until(there, f"{count} proposals are in the stage")
    return (await ask.get(address)).json()


class Watcher:
    """What a stream has told so far."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.found: list[Told] = []
        self.ended = asyncio.Event()
        self._came = asyncio.Event()

    async def read(self) -> None:
        fields: dict[str, str] = {}
        try:
            async for line in self.answer.aiter_lines():
                name, _, value = line.partition(": ")
                fields[name] = value
                if line == "" and "id" in fields:
                    told = int(fields["id"]), fields["event"], json.loads(fields["data"])
                    self.found.append(told)
                    self._came.set()
                    fields = {}
        finally:
            self.ended.set()
            self._came.set()

    async def until(self, event: str, count: int = 1) -> list[Told]:
        """What was told, once so many of these events are among it."""
        async with asyncio.timeout(20):
            while sum(each[1] == event for each in self.found) < count:
                assert not self.ended.is_set(), f"the stream ended with {self.found}"
                self._came.clear()
                await self._came.wait()
        return list(self.found)


@asynccontextmanager
async def watching(
    ask: httpx.AsyncClient, after: int = 0, *, stage: str = DESK, last: int | None = None
) -> AsyncIterator[Watcher]:
    """Watch as a browser does, while the block runs; `last` is its Last-Event-ID."""
    headers = EVENTS if last is None else {**EVENTS, "last-event-id": str(last)}
    asked = ask.stream("GET", changes(stage), params={"after": after}, headers=headers)
    async with asked as answer:
        assert answer.status_code == 200, await answer.aread()
        watcher = Watcher(answer)
        reading = asyncio.create_task(watcher.read())
        try:
            yield watcher
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def told(ask: httpx.AsyncClient, after: int = 0, stage: str = DESK) -> list[dict[str, Any]]:
    """What is there after a position, as a program reads it."""
    answer = await ask.get(changes(stage), params={"after": after, "follow": False})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["access-control-allow-origin"] == "*"
    return [json.loads(line) for line in answer.text.splitlines() if line]


async def reader(
    one: Started, address: str, *, version: str = "1.1", reads: bool = True
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has asked for this address, and is not read as long as nobody reads it."""
    parts = urlsplit(one.url)
    limit = 2**16 if reads else 1
    read, write = await asyncio.open_connection(parts.hostname, parts.port, limit=limit)
    write.write(f"GET {address} HTTP/{version}\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return read, write
