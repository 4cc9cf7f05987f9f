"""A stage that is watched: its changes as they are told, and the connections that take them."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, takewhile
from typing import Literal

from contracts.ids import StageId
from contracts.public import public_body
from kit.heard import Heard

RECENT_MAX = 1_024
RECENT_BYTES_MAX = 1_048_576
"""A client that is farther behind than this is let go, and can come back."""

TEXT_BYTES = 65_536
"""More than this is not written to a client at once; a change that is larger goes alone."""

TEXTS_MAX = 64

Form = Literal["events", "lines"]
BEATS: Mapping[Form, bytes] = {"events": b":\n\n", "lines": b"\n"}
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True)
class Change:
    """A change as it is told: the log position of its event, its type, its public view."""

    position: int
    type: str
    body: bytes

    @classmethod
    def of(cls, message: Heard) -> "Change":
        """The change that this message on the log tells."""
        return cls(message.position, message.event.type, public_body(message.event) or b"{}")

    @property
    def size(self) -> int:
        """How many bytes its public view has."""
        return len(self.body)

    @cached_property
    def written(self) -> Mapping[Form, bytes]:
        """It in each form: a server-sent event, and a line of JSON."""
        named = b'"id":%d,"event":"%s"' % (self.position, self.type.encode())
        event = b"id: %d\nevent: %s\ndata: %s\n\n"
        return {
            "events": event % (self.position, self.type.encode(), self.body),
            "lines": b'{%s,"data":%s}\n' % (named, self.body),
        }


@dataclass(eq=False)
class Client:
    """A connection that watches, and in which form it is told. HTTP/1.0 knows no chunks.

    It was told, or does not want, whatever is on the log up to `told`.
    """

    transport: asyncio.Transport
    form: Form
    chunked: bool
    told: int = 0

    @property
    def takes_more(self) -> bool:
        """Whether it is there, and nothing waits in its connection."""
        return not (self.transport.get_write_buffer_size() or self.transport.is_closing())

    def end(self) -> None:
        """Say that this is the end; who has not read yet what came before is cut off."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.write(LAST_CHUNK if self.chunked else b"")
            self.transport.close()


def framed(client: Client, texts: Mapping[Form, bytes]) -> bytes:
    """What is written to a connection of this kind."""
    text = texts[client.form]
    return b"%x\r\n%s\r\n" % (len(text), text) if client.chunked and text else text


def joined(changes: Iterable[Change]) -> dict[Form, bytes]:
    """These changes, one after the other, in each form."""
    listed = list(changes)
    return {form: b"".join(each.written[form] for each in listed) for form in BEATS}


@dataclass
class Feed:
    """A stage that is watched.

    It has every change that came on the log after `since`, and the last came at `last`.
    """

    stage: StageId
    since: int
    clients: set[Client] = field(default_factory=set)
    recent: deque[Change] = field(default_factory=deque)
    _size: int = 0
    _texts: dict[tuple[Form, bool, int], tuple[bytes, int]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """Where its last change is on the log."""
        return self.recent[-1].position if self.recent else self.since

    def add(self, change: Change) -> None:
        """This came on the log."""
        self.recent.append(change)
        self._size += change.size
        self._texts.clear()

    def forget(self, until: int) -> None:
        """Forget what is too long ago, but nothing that came after this position."""
        while self.recent and self.recent[0].position <= until and self._is_too_large():
            oldest = self.recent.popleft()
            self.since = oldest.position
            self._size -= oldest.size

    def _is_too_large(self) -> bool:
        return len(self.recent) > RECENT_MAX or self._size > RECENT_BYTES_MAX

    def next_for(self, client: Client) -> tuple[bytes, int]:
        """What is to be written to it next, and how far it is told then.

        Clients that were told as much get the same bytes, made once.
        """
        key = (client.form, client.chunked, client.told)
        if key not in self._texts:
            if len(self._texts) >= TEXTS_MAX:
                self._texts.clear()
            some = self._next_after(client.told)
            self._texts[key] = framed(client, joined(some)), some[-1].position
        return self._texts[key]

    def _next_after(self, position: int) -> list[Change]:
        newer = list(takewhile(lambda each: each.position > position, reversed(self.recent)))
        sizes = accumulate(each.size for each in reversed(newer))
        fit = sum(1 for _ in takewhile(lambda size: size <= TEXT_BYTES, sizes))
        return newer[::-1][: max(1, fit)]
