"""Letting in, giving another key, showing out: said to notification, then done on the log."""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.consumers import View
from contracts.ids import TOKEN
from kit.log import Log

from sayembara import event_log
from sayembara.addresses import SHOWS, LogPlace, data_folder
from sayembara.consumers import durable, folder, server
from sayembara.consumers.folder import Facts
from sayembara.consumers.granted import Granted
from sayembara.consumers.keys import Key
from sayembara.consumers.places import position_in
from sayembara.deploy.nats_config import CONSUMERS_FILE
from sayembara.play.api import Services
from sayembara.trouble import Trouble

FROM_START, FROM_NOW = "start", "now"


@dataclass(frozen=True)
class Word:
    """Which office decides so, and why; both go on the log."""

    by: str
    reason: str

    def json(self) -> dict[str, str]:
        """As the services take it."""
        return {"by": self.by, "reason": self.reason}


@dataclass(frozen=True)
class Asked:
    """Whom to let in, and to what; `start` is `start`, `now` or a position of the log."""

    consumer: str
    events: tuple[str, ...]
    of_edition: str | None
    view: View
    start: str
    whole_log: bool = False


@dataclass(frozen=True)
class Given:
    """What it is given: its folder, and the address at which it reaches the NATS server."""

    folder: Path
    url: str


@dataclass(frozen=True)
class Place:
    """Where the log and the data folder are."""

    log: LogPlace
    data: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Place":
        """What the SAYEMBARA_* variables say; else those of `sayembara up`, here."""
        data = data_folder(environment)
        return cls(LogPlace.from_environment(environment), data)


async def granted(services: Services) -> list[Granted]:
    """Everybody who may consume, and who might once."""
    return [Granted.of(row) for row in await services.get(SHOWS, "/consumers")]


async def found(services: Services, consumer: str) -> Granted:
    """The consumer of that name; Trouble when it may not consume."""
    for each in await granted(services):
        if each.consumer == consumer and not each.revoked:
            return each
    raise Trouble(f"there is no consumer '{consumer}'; `sayembara consumer list` shows all")


async def add(services: Services, place: Place, asked: Asked, word: Word, given: Given) -> Granted:
    """Let somebody in, and write its folder; Trouble when notification refuses.

    Its key is on the disk before anybody hears of it.
    """
    if not re.fullmatch(TOKEN, asked.consumer):
        raise Trouble(f"'{asked.consumer}' is no id: small letters, digits and hyphens, up to 64")
    async with event_log.connected(place.log) as log:
        first = await _first_position(log, asked.start)
    key = Key.new()
    folder.make(given.folder, key)
    order = {
        "consumer": asked.consumer,
        "nkey": key.public,
        "events": asked.events,
        "of_edition": asked.of_edition,
        "view": asked.view,
        "from_position": first,
        "whole_log": asked.whole_log,
    }
    try:
        await services.post(SHOWS, "/consumers", order | word.json())
    except Trouble:
        folder.unmake(given.folder)
        raise
    added = await found(services, asked.consumer)
    folder.fill(given.folder, Facts.of(added, given.url))
    async with event_log.connected(place.log) as log:
        await durable.delete(log, added)
    await apply(services, place)
    return added


async def rotate(services: Services, place: Place, consumer: str, word: Word, given: Given) -> None:
    """Give it another key, in its folder; who has the one before is cut off at once.

    The folder is written anew where it is not there any more.
    """
    key, known = Key.new(), await found(services, consumer)
    if not given.folder.exists():
        folder.make(given.folder, key, folder.NEXT_KEY_FILE)
        folder.fill(given.folder, Facts.of(known, given.url))
    folder.put_next(given.folder, consumer, key)
    path = f"/consumers/{consumer}/rotation"
    await services.post(SHOWS, path, {"nkey": key.public} | word.json())
    folder.take_next(given.folder)
    await apply(services, place)


async def revoke(services: Services, place: Place, consumer: str, word: Word) -> None:
    """Let it in no more; its open connections are closed at once."""
    await services.post(SHOWS, f"/consumers/{consumer}/revocation", word.json())
    await apply(services, place)


async def apply(services: Services, place: Place) -> int:
    """Bring the NATS servers and the log to what notification keeps; gives how many may consume."""
    with _alone(place.data):
        active = [each for each in await granted(services) if not each.revoked]
        await let_in(place, active)
    return len(active)


async def let_in(place: Place, active: Sequence[Granted]) -> None:
    """Let these consume, and nobody else.

    First who may log in: who was shown out is out, whatever comes after.
    """
    server.write_accounts(place.data, active)
    await server.reload(place.log, place.data)
    async with event_log.connected(place.log) as log:
        for each in active:
            await durable.ensure(log, each)
        await durable.delete_others(log, active)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Whoever does the same now waits: it would write what was so before."""
    try:
        handle = os.open((data / CONSUMERS_FILE).parent, os.O_RDONLY)
    except OSError as error:
        raise Trouble(
            f"{data / CONSUMERS_FILE} is not there: SAYEMBARA_DATA names the system's data folder,"
            " and `sayembara secrets` adds to it what one from before is missing"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


async def _first_position(log: Log, start: str) -> int:
    if start == FROM_START:
        return 1
    if start == FROM_NOW:
        return await log.last_position() + 1
    if start.isdecimal() and int(start):
        return await position_in(log, int(start))
    raise Trouble(f"'{start}' is neither 'start' nor 'now' nor a position of the log such as 1234")


def folder_of(consumer: str, given: Path | None) -> Path:
    """Where its folder is, unless another one is given."""
    return given or Path("consumers") / consumer
