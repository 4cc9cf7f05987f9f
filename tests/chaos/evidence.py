"""What is found on the log, in the stores and at the mail server when a drill is over."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.event import SUBJECT_ROOT
from contracts.public import POSITION_HEADER, SHOWN
from contracts.stream import PUBLIC_STREAM, STREAM
from kit.log import Log
from kit.stored import message_at
from nats.aio.client import Client
from nats.aio.msg import Msg
from rich.console import Console

from sayembara import event_log
from sayembara.addresses import SERVICES, LogPlace
from sayembara.audit import checking
from sayembara.audit.replay import Finding
from sayembara.audit.verify import Report
from sayembara.play.api import Services

QUIET_SECONDS = 30
LOOK_SECONDS = 0.1
PUBLIC_TYPES = {each.type for each in SHOWN}


@dataclass(frozen=True)
class OnLog:
    """One event on the log."""

    position: int
    id: str
    type: str
    body: dict[str, Any]

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it. Nothing is frozen in a drill."""
        return self.type in PUBLIC_TYPES


@dataclass(frozen=True)
class Found:
    """All evidence of one drill."""

    log: list[OnLog]
    last_position: int
    public: list[tuple[int, str]]
    """What the public stream shows, in its order: the position on the log, and the id."""
    outboxes: dict[str, dict[str, int | None]]
    """For each service, where each event that it said is on the log by its own books."""
    parked: dict[str, int]
    kept_sheets: list[tuple[str, str, int]]
    """Ranking's sheets: proposal, juror, version."""
    counted: dict[str, int]
    """Ranking's count of sheets for each proposal."""
    delivered: int
    """How many notices notification holds as delivered."""
    mails: list[dict[str, str]]
    digest: str
    rulebook: str
    """The digest of the rulebook."""
    findings: list[str]
    """What `sayembara audit verify` finds, and what it did not compare."""


async def collect(place: LogPlace, services: Services, folder: Path, digest: str) -> Found:
    """Read everything; the services must be idle. If the auditor signs meanwhile, read it again."""
    while True:
        found = await _collect(place, services, folder, digest)
        async with event_log.connected(place) as log:
            if await log.last_position() == found.last_position:
                return found


async def _collect(place: LogPlace, services: Services, folder: Path, digest: str) -> Found:
    async with event_log.connected(place) as log:
        last = await log.last_position()
        events = await _read_log(log.client, last)
        public = await _read_public(log, sum(each.is_public for each in events))
        beside = checking.Beside(services=services)
        report = await checking.verify(Console(quiet=True), log, None, beside)
    stores = {name: folder / f"{name}.db" for name in SERVICES}
    ranking, notification = stores["ranking"], stores["notification"]
    sheets = _ask(ranking, "SELECT proposal, juror, version FROM sheets")
    return Found(
        log=events,
        last_position=last,
        public=public,
        outboxes={name: _outbox(path) for name, path in stores.items()},
        parked={name: _count(path, "parked") for name, path in stores.items()},
        kept_sheets=[(str(p), str(j), int(v)) for p, j, v in sheets],
        counted=dict(_ask(ranking, "SELECT proposal, sheets FROM standings")),
        delivered=_count(notification, "notices WHERE state = 'delivered'"),
        mails=[json.loads(line) for line in (folder / "mails").read_text().splitlines()],
        digest=digest,
        findings=[*_not_shown(report), *map(_said, report.findings)],
        rulebook=next(each.body["rulebook_digest"] for each in events if _opens(each)),
    )


def _not_shown(report: Report) -> list[str]:
    return [each for each in report.notes if "not compared with what ranking shows" in each]


def _said(finding: Finding) -> str:
    return f"at position {finding.position}: {finding.says}"


async def _read_log(client: Client, last: int) -> list[OnLog]:
    events: list[OnLog] = []
    whole = asyncio.Event()

    async def take(message: Msg) -> None:
        events.append(_on_log(message))
        if events[-1].position >= last:
            whole.set()

    subject = f"{SUBJECT_ROOT}.>"
    await client.jetstream().subscribe(subject, stream=STREAM, cb=take, ordered_consumer=True)
    async with asyncio.timeout(QUIET_SECONDS):
        await whole.wait()
    return events


async def _read_public(log: Log, count: int) -> list[tuple[int, str]]:
    # It follows the log some milliseconds later, and nobody waits for it.
    with suppress(TimeoutError):
        async with asyncio.timeout(QUIET_SECONDS):
            while await log.check_public() < count:  # noqa: ASYNC110 - a stream tells nobody
                await asyncio.sleep(LOOK_SECONDS)
    last = await log.check_public()
    numbers = range(1, last + 1)
    found = [await message_at(log, number, PUBLIC_STREAM) for number in numbers]
    return [(int(each.headers[POSITION_HEADER]), each.event_id) for each in found if each]


def _on_log(message: Msg) -> OnLog:
    headers = message.headers or {}
    position = message.metadata.sequence.stream
    return OnLog(position, headers["ce-id"], headers["ce-type"], json.loads(message.data))


def _opens(event: OnLog) -> bool:
    return event.type.startswith("edition.opened.")


def _outbox(path: Path) -> dict[str, int | None]:
    return dict(_ask(path, "SELECT event_id, position FROM outbox"))


def _count(path: Path, table: str) -> int:
    return int(_ask(path, f"SELECT count(*) FROM {table}")[0][0])


def _ask(path: Path, question: str) -> list[Any]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def twice(things: Iterable[object]) -> list[object]:
    """Those that are there more than once."""
    return [each for each, times in Counter(things).items() if times > 1]
