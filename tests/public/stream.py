"""Notification at work on a real log, and the public stream as anybody reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.stream import PUBLIC_STREAM
from kit.heard import Heard
from kit.log import Log
from kit.stored import message_at
from nats.aio.client import Client
from notification_service.app import SERVICE
from notification_service.settings import NotificationSettings

from tests.support.nats import NatsServer
from tests.support.system import Started, started
from tests.support.waiting import until


@asynccontextmanager
async def notification(
    server: NatsServer, folder: Path, store: str = "", *, ready: bool = True, **more: object
) -> AsyncIterator[Started]:
    url = store or f"sqlite:///{folder / 'notification.db'}"
    keys = folder / "contact-keys"
    async with started(
        SERVICE, server, url, ready=ready, kind=NotificationSettings, contact_keys=keys, **more
    ) as one:
        yield one


@dataclass(frozen=True)
class Shown:
    """A message of the public stream, without what the server or a batch adds."""

    number: int
    subject: str
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, message: Heard) -> "Shown":
        own = {
            name: value
            for name, value in message.headers.items()
            if name == "Nats-Msg-Id" or not name.startswith("Nats-")
        }
        return cls(message.position, message.subject, own, message.body)

    @property
    def position(self) -> int:
        return int(self.headers["Sayembara-Position"])


async def public_stream(client: Client) -> list[Shown]:
    """All that is on the public stream; its numbers have no gap."""
    log = Log(client)
    last = await log.check_public()
    found = [await message_at(log, number, PUBLIC_STREAM) for number in range(1, last + 1)]
    assert None not in found, "there is a gap"
    return [Shown.of(each) for each in found if each]


async def positions(client: Client) -> list[int]:
    return [each.position for each in await public_stream(client)]


async def until_shown(client: Client, count: int) -> list[Shown]:
    """The public stream when it has so many messages, and not one more."""

    async def are_there() -> bool:
        return await Log(client).check_public() >= count

    await until(are_there, f"{count} messages are shown")
    found = await public_stream(client)
    assert len(found) == count
    return found
