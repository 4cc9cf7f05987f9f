"""The bare loop, and whoever watches it: each change is written to every connection at once."""

import asyncio
import os

import nats
from nats.aio.client import Client

from tests.bench.bare import Bare


class BareLive(Bare):
    """Tells a change when the log has acknowledged it; keeps nothing for who comes later."""

    def __init__(self, client: Client, store_url: str) -> None:
        super().__init__(client, store_url)
        self.watchers: set[asyncio.StreamWriter] = set()

    async def told(self, position: int, body: str) -> None:
        event = f"id: {position}\nevent: standings.changed.v1\ndata: {body}\n\n".encode()
        for each in self.watchers:
            if not each.is_closing():
                each.write(event)

    async def take_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\n")
        self.watchers.add(writer)


async def main() -> None:
    loop = BareLive(await nats.connect(os.environ["BENCH_NATS"]), os.environ["BENCH_STORE"])
    await asyncio.start_server(loop.take_in, "127.0.0.1", int(os.environ["BENCH_PORT"]))
    await loop.run()


if __name__ == "__main__":
    asyncio.run(main())
