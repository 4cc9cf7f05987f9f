"""A connection to the server whose messages are cut out by hand, and decoded by nobody.

nats-py calls a function for each message and reads all its headers, which costs more than the
rest of a replay. Here a message is four slices. What is not known here (TLS, tokens, keys) is left
to nats-py: there is no such connection then.
"""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nats.aio.client import Client

Frame = tuple[bytes, bytes, bytes, bytes]
"""A message of the log: the name of its delivery, in which its position is, its subject, its
headers as they were sent, its body."""

Found = re.Match[bytes]
"""A message that was known by its looks, where it was found."""

Look = Callable[[bytes, int], Found | None]
"""Looks whether the message that begins there is one that is known, as long as the server says."""

CHUNK_BYTES = 1 << 18
CONNECT_SECONDS = 3
LINE_END = b"\r\n"
WORDS = 6
DELIVERY = b"$JS.ACK."
PLACE, NUMBER, LEFT = 5, 6, 8
"""How the server names a delivery: in it are the position on the log, the number among the
deliveries, and how many are left."""

PENDING = re.compile(rb"Nats-Pending-Messages: (\d+)")


def position_of(message: Frame | Found) -> int:
    """Where the message is on the log."""
    return int(frame_of(message)[0].split(b".", PLACE + 1)[PLACE])


def frame_of(message: Frame | Found) -> Frame:
    """The message, however it was found."""
    if isinstance(message, tuple):
        return message
    cut = _cut_one(message.string, message.start())
    assert cut is not None
    return cut[0]


def _cut_one(data: bytes, at: int) -> tuple[Frame, int] | None:
    """The delivery that begins there, and where it ends; None where there is none, or no end."""
    line_end = data.find(LINE_END, at)
    words = data[at : max(at, line_end)].split(b" ")
    if words[0] == b"MSG":
        words.insert(4, b"0")
    if len(words) != WORDS or not words[3].startswith(DELIVERY):
        return None
    start = line_end + 2
    end = start + int(words[5])
    if end + 2 > len(data):
        return None
    middle = start + int(words[4])
    return (words[3], words[1], data[start:middle], data[middle:end]), end + 2


class Lost(ConnectionError):
    """The server said something that is not expected here, or went away."""


class Wire:
    """One subscription, to an inbox of its own; `left` is how many messages follow the last one.

    `unsent` is how many of those that were asked for the server said it will not send.
    """

    def __init__(self, connection: socket.socket, inbox: str, look: Look) -> None:
        self.inbox = inbox
        self._look = look
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

    async def messages(self) -> list[Frame | Found]:
        """The messages that come next, at least one; Lost where the deliveries have a hole."""
        found: list[Frame | Found] = []
        while not found and not self.unsent:
            data = self._rest + await self._received()
            at = self._cut(data, found)
            while at < len(data) and (after := await self._other(data, at)) > at:
                at = self._cut(data, found, after)
            self._rest = data[at:]
        return found

    def _cut(self, data: bytes, found: list[Frame | Found], at: int = 0) -> int:
        # Every message of a long log comes by here: what can be told of the last one is told of
        # it alone, and numbers are read where somebody asks for them.
        before, look = len(found), self._look
        while True:
            if (known := look(data, at)) is not None:
                found.append(known)
                at = known.end()
            elif (cut := _cut_one(data, at)) is not None:
                found.append(cut[0])
                at = cut[1]
            else:
                break
        if len(found) > before:
            tokens = frame_of(found[-1])[0].split(b".")
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


@asynccontextmanager
async def beside(client: "Client", look: Look = lambda *_: None) -> AsyncIterator[Wire | None]:
    """A second connection to this client's server, as the same user.

    None where the server asks for more than a name and a password.
    """
    at = client.connected_url
    if at is None or at.scheme != "nats" or at.username:
        yield None
        return
    place = (at.hostname or "", at.port or 0)
    with socket.create_connection(place, timeout=CONNECT_SECONDS) as connection:
        connection.setblocking(False)
        wire = Wire(connection, client.new_inbox(), look)
        user, password = (client.options.get(name) for name in ("user", "password"))
        async with asyncio.timeout(CONNECT_SECONDS):
            is_open = await _opened(wire, user, password)
        yield wire if is_open else None


async def _opened(wire: Wire, user: str | None, password: str | None) -> bool:
    told = json.loads((await wire.line()).removeprefix(b"INFO "))
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
