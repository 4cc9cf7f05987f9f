"""A real HTTP server on this machine that takes webhooks, and behaves as a test tells it to."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]
MOST = 2**22


@dataclass
class Taken:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def verified_with(self, secret: str) -> Any:
        """The content, when the reference library of Standard Webhooks finds the signature good."""
        return Webhook(secret).verify(self.body, self.headers)


def says(status: int, *headers: str, body: bytes = b"") -> Reply:
    """Answers with that status."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return reply


async def breaks_off(writer: asyncio.StreamWriter) -> None:
    """Closes the connection without an answer."""
    writer.close()


OK = says(204)


@dataclass
class Server:
    """What arrived, in order; `reply` is chosen for each request, `OK` without one."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    reply: Callable[[Taken], Reply] = lambda _: OK

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].partition("/")[0])

    @property
    def positions(self) -> list[int]:
        return [each.event["position"] for each in self.taken]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                taken = await _request(reader)
                self.taken.append(taken)
                await self.reply(taken)(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # whoever posts has gone
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Taken:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (each.partition(": ") for each in head[1:])
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Taken(head[0].split(" ")[1], headers, body)


@asynccontextmanager
async def endpoint(
    reply: Reply = OK,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Server]:
    """The server, until the block ends; it answers 204 unless told otherwise."""
    one = Server(reply=lambda _: reply)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, ssl=tls, limit=MOST)
    scheme = "https" if tls else "http"
    one.url = f"{scheme}://{host}:{server.sockets[0].getsockname()[1]}/hook?key=rahasia"
    try:
        yield one
    finally:
        server.close()
