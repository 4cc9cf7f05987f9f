"""The logs of really played editions, each played once for all tests of a process.

Whoever asks for one is named in `tests.support.together`: one process takes them all.
"""

import asyncio
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from sayembara import event_log
from sayembara.audit import checking
from sayembara.audit.reading import Logged, read
from sayembara.audit.verify import Report
from sayembara.embedded.running import Embedded
from sayembara.play.checks import load
from sayembara.play.playing import play
from sayembara.play.waiting import until_quiet
from tests.system.embedded import ROOT, embedded, services_of

LUWU_UTARA = "kipp-luwu-utara-2019"
SULSEL = "kipp-sulsel-2019"
"""Three stages; a panel decides two of them."""


@cache
def played(example: str) -> tuple[Logged, ...]:
    """The whole log after this example was played."""
    with TemporaryDirectory() as folder, embedded(Path(folder)) as system:
        asyncio.run(play_quietly(system, example))
        return tuple(asyncio.run(log_of(system)))


async def play_quietly(system: Embedded, example: str) -> None:
    async with services_of(system) as services:
        await play(load(ROOT / "examples" / example), services, Console(quiet=True))
        await until_quiet(services)


async def log_of(system: Embedded) -> list[Logged]:
    async with event_log.connected(system.system.log_place()) as log:
        return [each async for batch in read(log) for each in batch]


async def verified(system: Embedded, edition: str) -> Report:
    """What `sayembara audit verify` finds of it in the log, and in what ranking shows."""
    place = system.system.log_place()
    async with event_log.connected(place) as log, services_of(system) as services:
        beside = checking.Beside(services=services)
        return await checking.verify(Console(quiet=True), log, edition, beside)
