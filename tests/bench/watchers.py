"""Clients that watch a stage, many in one process, each over a socket of its own.

This process says when all of them are connected. When its standard input ends, it writes what they
heard to a file.
"""

import asyncio
import os
import re
import sys
import time
from array import array
from functools import lru_cache
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

from tests.bench.requests import stage_path

ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
TOGETHER = 50


@lru_cache(maxsize=64)
def ids(text: bytes) -> tuple[int, ...]:
    """The ids in what came; the same bytes come to every client."""
    return tuple(int(each) for each in ID.findall(text))


class Watcher(asyncio.Protocol):
    """One client: what it heard, as the place of the change on the log and the moment."""

    def __init__(self, heard: "array[float]", port: int) -> None:
        self.heard = heard
        self.port = port
        self.rest = b""
        self.is_there = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        after = os.environ["BENCH_AFTER"]
        head = (
            f"GET {stage_path()}/changes?after={after} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
        )
        transport.write(f"{head}Accept: text/event-stream\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.time()
        if not self.is_there.done():
            self.is_there.set_result(None)
        text = self.rest + data
        whole = text.rfind(b"\n") + 1
        self.rest = text[whole:]
        for position in ids(text[:whole]):
            self.heard.extend((position, now))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_there.done():
            self.is_there.set_exception(error or ConnectionError("refused"))


async def main(count: int, file: str) -> None:
    port = int(os.environ["BENCH_PORT"])
    heard = array("d")
    loop = asyncio.get_running_loop()
    for first in range(0, count, TOGETHER):
        made = [
            await loop.create_connection(lambda: Watcher(heard, port), "127.0.0.1", port)
            for _ in range(min(TOGETHER, count - first))
        ]
        await asyncio.gather(*(watcher.is_there for _, watcher in made))
    sys.stdout.write("connected\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.buffer.read)
    Path(file).write_bytes(heard.tobytes())  # noqa: ASYNC240 - nothing else is to be done


if __name__ == "__main__":
    setrlimit(RLIMIT_NOFILE, (getrlimit(RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
