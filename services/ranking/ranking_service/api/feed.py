"""A stage that is watched: its changes as they are told, and the connections that take them."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from contracts.ids import StageId
from contracts.public import public_body
from kit.heard import Heard

RECENT_MAX = 1_024

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
    """A connection that watches, and in which form it is told. HTTP/1.0 knows no chunks."""

    transport: asyncio.Transport
    form: Form
    chunked: bool

    @property
    def kind(self) -> tuple[Form, bool]:
        """Clients of one kind are sent the same bytes."""
        return self.form, self.chunked

    def end(self) -> None:
        """Say that this is the end; who has not read yet what came before is cut off."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.write(LAST_CHUNK if self.chunked else b"")
            self.transport.close()


def framed(kind: tuple[Form, bool], texts: Mapping[Form, bytes]) -> bytes:
    """What is written to a connection of this kind."""
    form, chunked = kind
    text = texts[form]
    return b"%x\r\n%s\r\n" % (len(text), text) if chunked and text else text


def joined(changes: Iterable[Change]) -> dict[Form, bytes]:
    """These changes, one after the other, in each form."""
    listed = list(changes)
    return {form: b"".join(each.written[form] for each in listed) for form in BEATS}


@dataclass
class Feed:
    """A stage that is watched.

    It has every change that came on the log after `since`. `recent` are those that were written to
    its clients, `waiting` those that are not yet.
    """

    stage: StageId
    since: int
    clients: set[Client] = field(default_factory=set)
    recent: deque[Change] = field(default_factory=deque)
    waiting: list[Change] = field(default_factory=list)

    def take_waiting(self) -> list[Change]:
        """What is to be written now; whoever joins from here on is given it as recent."""
        taken, self.waiting = self.waiting, []
        self.recent.extend(taken)
        while len(self.recent) > RECENT_MAX:
            self.since = self.recent.popleft().position
        return taken

    def after(self, position: int) -> list[Change]:
        """What was written to its clients of what came after that position."""
        return [each for each in self.recent if each.position > position]
