"""One drill: a system of its own, an edition played on it, its processes killed, the verdict."""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Literal

import httpx

from sayembara import show
from sayembara.addresses import SERVICES
from sayembara.embedded.running import Embedded
from sayembara.play.api import Services
from sayembara.play.folder import Folder
from sayembara.play.requests import Requests
from sayembara.play.steps import Step, Steps
from sayembara.play.waiting import until_quiet
from sayembara.tokens import Signer
from tests.chaos.client import Acknowledged, Client
from tests.chaos.edition import expect, make_edition
from tests.chaos.evidence import Found, collect
from tests.chaos.system import PORTS, drill_system, standbys
from tests.chaos.torment import Everybody, Nobody, Phase, TheActive, Tormentor
from tests.chaos.verdict import wrong
from tests.support.nats import is_free

Kind = Literal["undisturbed", "crashes", "standby"]

QUIET = filter(is_free, random.sample(range(26_000, 32_000), 6_000))
"""Ports that nobody else is likely to take while the process that had one is dead."""


@dataclass(frozen=True)
class Result:
    """How a drill went; `wrong` is empty when every promise was kept."""

    kind: Kind
    seed: int
    seconds: float
    kills: list[str]
    answers: int
    events: int
    mails: int
    copies: int
    """Mails that went out a second time, under the same Message-ID."""
    digest: str
    wrong: list[str]


@dataclass(frozen=True)
class Drill:
    """What to play, who is killed meanwhile, and where the data is kept."""

    kind: Kind
    seed: int
    size: int
    data: Path
    ports: tuple[int, ...]

    @classmethod
    def new(cls, kind: Kind, seed: int, size: int) -> "Drill":
        """A drill with a new data folder, on ports of its own."""
        data = Path(tempfile.mkdtemp(prefix=f"sayembara-chaos-{seed}-"))
        return cls(kind, seed, size, data, tuple(islice(QUIET, PORTS)))


def run(drill: Drill) -> Result:
    """Play the edition of the drill's seed."""
    kind, seed, data = drill.kind, drill.seed, drill.data
    began = time.monotonic()
    folder = make_edition(seed, drill.size)
    acknowledged = Acknowledged()
    with ExitStack() as stack:
        system = stack.enter_context(drill_system(data, drill.ports))
        spare = drill.ports[-len(SERVICES) :]
        twins = stack.enter_context(standbys(system, spare)) if kind == "standby" else {}
        tormentor = _tormentor(kind, system, seed)
        client = Client(acknowledged, twins)
        found = asyncio.run(_played(system, folder, seed, tormentor, client))
    broken = wrong(folder.edition, expect(folder), found, acknowledged.ids)
    return Result(
        kind=kind,
        seed=seed,
        seconds=time.monotonic() - began,
        kills=tormentor.kills,
        answers=acknowledged.answers,
        events=len(found.log),
        mails=len(found.mails),
        copies=len(found.mails) - len({each["id"] for each in found.mails}),
        digest=found.digest,
        wrong=broken,
    )


def _tormentor(kind: Kind, system: Embedded, seed: int) -> Tormentor:
    makers: dict[Kind, Callable[[], Tormentor]] = {
        "undisturbed": Nobody,
        "crashes": lambda: Everybody(system, seed),
        "standby": lambda: TheActive(system, seed),
    }
    return makers[kind]()


async def _played(
    system: Embedded, folder: Folder, seed: int, tormentor: Tormentor, client: httpx.AsyncClient
) -> Found:
    # Everybody shows one token all the time, as people do.
    tokens = cache(Signer.of_folder(system.system.folder).token)
    async with Services(system.system.ports.addresses(), tokens, client) as services:
        digest = await _play(services, folder, seed, tormentor)
        place = system.system.log_place()
        return await collect(place, services, system.system.folder, digest)


async def _play(services: Services, folder: Folder, seed: int, tormentor: Tormentor) -> str:
    sheets = list(folder.sheets)
    random.Random(seed).shuffle(sheets)
    steps = Steps(folder, Requests(folder, services), sheets)
    phase: Phase = "intake"
    tormenting = asyncio.create_task(tormentor.torment(phase))
    for step in steps.all():
        if (following := _phase_that_begins(step)) is not None:
            await tormenting
            tormenting = asyncio.create_task(tormentor.torment(following))
        last = step
        await _take(step)
    await tormenting
    # What was killed after the last notice has to come back and find nothing to do.
    await until_quiet(services)
    await _take(last)
    return str((await show.find_standings(services, folder.edition))["digest"])


def _phase_that_begins(step: Step) -> Phase | None:
    if step.title == "Panel seated":
        return "judging"
    return "closing" if step.title.endswith(": scoring closed") else None


async def _take(step: Step) -> None:
    async with asyncio.TaskGroup() as group:
        for request in step.requests:
            group.create_task(request())  # type: ignore[arg-type] # each is a coroutine function
