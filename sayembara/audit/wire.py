"""A connection to the server whose messages are cut out by hand, and decoded by nobody.

nats-py calls a function for each message and reads all its headers, which costs more than the
rest of a replay. Here a message is four slices. What is not known here (TLS, tokens, keys) is left
to nats-py: there is no such connection then.
"""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from nats.aio.client import Client

Frame = tuple[bytes, bytes, bytes, bytes]
"""A message of the log: the name of its delivery, in which its position is, its subject, its
headers as they were sent, its body."""

CHUNK_BYTES = 1 << 18
CONNECT_SECONDS = 3
LINE_END = b"\r\n"
WORDS = 6
DELIVERY = b"$JS.ACK."
PLACE, NUMBER, LEFT = 5, 6, 8
"""How the server names a delivery: in it are the position on the log, the number among the
deliveries, and how many are left."""

PENDING = re.compile(rb"Nats-Pending-Messages: (\d+)")


def position_of(frame: Frame) -> int:
    """Where the message is on the log."""
    return int(frame[0].split(b".", PLACE + 1)[PLACE])


class Lost(ConnectionError):
    """The server said something that is not expected here, or went away."""


class Wire:
    """One subscription, to an inbox of its own; `left` is how many messages follow the last one.

    `unsent` is how many of those that were asked for the server said it will not send.
    """

    def __init__(self, connection: socket.socket, inbox: str) -> None:
        self.inbox = inbox
        self.left = self.unsent = self.delivered = 0
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._rest = b""

    async def send(self, text: str) -> None:
        """Send these lines of the protocol."""
        await self._loop.sock_sendall(self._socket, text.encode())

    async def ask(self, subject: str, body: str) -> None:
        """Ask the server on this subject; the inbox is where it answers."""
        await self.send(f"PUB {subject} {self.inbox} {len(body)}\r\n{body}\r\n")

    async def line(self) -> bytes:
        """The next line, where no message is expected."""
        while (end := self._rest.find(LINE_END)) < 0:
            self._rest += await self._received()
        found, self._rest = self._rest[:end], self._rest[end + 2 :]
        return found

    async def answer(self, subject: str, request: dict[str, Any]) -> dict[str, Any]:
        """What the server answers to this, before any message is asked for; Lost if it refuses."""
        await self.ask(subject, json.dumps(request))
        while (line := await self.line()) == b"PING":
            await self.send("PONG\r\n")
        kind, *_, size = line.split(b" ")
        if kind != b"MSG":
            raise Lost(line.decode("utf-8", "replace"))
        while len(self._rest) < int(size) + len(LINE_END):
            self._rest += await self._received()
        found: dict[str, Any] = json.loads(await self.line())
        if "error" in found:
            raise Lost(str(found["error"]["description"]))
        return found

    async def frames(self) -> list[Frame]:
        """The messages that come next, at least one; Lost where the deliveries have a hole."""
        found: list[Frame] = []
        while not found and not self.unsent:
            data = self._rest + await self._received()
            at = self._cut(data, found)
            while at < len(data) and (after := await self._other(data, at)) > at:
                at = self._cut(data, found, after)
            self._rest = data[at:]
        return found

    def _cut(self, data: bytes, found: list[Frame], at: int = 0) -> int:
        # Every message of a long log comes by here: what can be told of the last one is told of
        # it alone, and numbers are read where somebody asks for them.
        size, find, before, name = len(data), data.find, len(found), b""
        while (line_end := find(LINE_END, at)) >= 0:
            words = data[at:line_end].split(b" ")
            if words[0] == b"MSG":
                words.insert(4, b"0")
            if len(words) != WORDS or not words[3].startswith(DELIVERY):
                break
            start = line_end + 2
            end = start + int(words[5])
            if end + 2 > size:
                break
            middle, at, name = start + int(words[4]), end + 2, words[3]
            found.append((name, words[1], data[start:middle], data[middle:end]))
        if name:
            tokens = name.split(b".")
            self._count(len(found) - before, int(tokens[NUMBER]))
            self.left = int(tokens[LEFT])
        return at

    def _count(self, more: int, last: int) -> None:
        # Deliveries are numbered upwards: one that is missing leaves the last ahead of the count.
        self.delivered += more
        if self.delivered != last:
            raise Lost(f"delivery {self.delivered} did not come")

    async def _other(self, data: bytes, at: int) -> int:
        """Take what is no delivery; where it ends, or `at` while it is not all there."""
        end = data.find(LINE_END, at)
        line = data[at:end]
        if end < 0 or DELIVERY in line:
            return at
        if line == b"PING":
            await self.send("PONG\r\n")
        elif line.startswith(b"HMSG "):
            return self._status(data, line, at, end + 2)
        elif not line.startswith((b"INFO ", b"PONG", b"+OK")):
            raise Lost(line.decode("utf-8", "replace"))
        return end + 2

    def _status(self, data: bytes, line: bytes, at: int, start: int) -> int:
        end = start + int(line.rpartition(b" ")[2]) + 2
        if end > len(data):
            return at
        pending = PENDING.search(data, start, end)
        if pending is None:
            raise Lost(data[start:end].decode("utf-8", "replace"))
        self.unsent += int(pending[1])
        return end

    async def _received(self) -> bytes:
        found = await self._loop.sock_recv(self._socket, CHUNK_BYTES)
        if not found:
            raise Lost("the server closed the connection")
        return found


@dataclass(frozen=True)
class Address:
    """A server, who asks, and the inbox for its answers."""

    host: str
    port: int
    user: str | None
    password: str | None
    inbox: str

    @classmethod
    def of(cls, client: "Client") -> Self | None:
        """This client's server, as the same user; None where this connection is none for it."""
        at = client.connected_url
        if at is None or at.scheme != "nats" or at.username:
            return None
        user, password = (client.options.get(name) for name in ("user", "password"))
        return cls(at.hostname or "", at.port or 0, user, password, client.new_inbox())


@asynccontextmanager
async def beside(client: "Client") -> AsyncIterator[Wire | None]:
    """A second connection to this client's server, as the same user; None where there is none."""
    address = Address.of(client)
    if address is None:
        yield None
        return
    async with connected(address) as wire:
        yield wire


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[Wire | None]:
    """A connection there; None where the server asks for more than a name and a password."""
    place = (address.host, address.port)
    with socket.create_connection(place, timeout=CONNECT_SECONDS) as connection:
        connection.setblocking(False)
        wire = Wire(connection, address.inbox)
        async with asyncio.timeout(CONNECT_SECONDS):
            is_open = await _opened(wire, address)
        yield wire if is_open else None


async def _opened(wire: Wire, address: Address) -> bool:
    told = json.loads((await wire.line()).removeprefix(b"INFO "))
    user, password = address.user, address.password
    if told.get("tls_required") or (told.get("auth_required") and not (user and password)):
        return False
    options = {"verbose": False, "pedantic": False, "headers": True, "lang": "python"}
    named = {"user": user, "pass": password} if user and password else {}
    await wire.send(f"CONNECT {json.dumps({**options, **named})}\r\nPING\r\n")
    answer = await wire.line()
    while answer.startswith((b"INFO ", b"+OK")):
        answer = await wire.line()
    if answer != b"PONG":
        return False
    await wire.send(f"SUB {wire.inbox} 1\r\n")
    return True
