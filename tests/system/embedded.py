"""The whole system as processes, on free ports, for one test."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from sayembara import show
from sayembara.addresses import SERVICES
from sayembara.embedded.postgres import postgres_stores
from sayembara.embedded.running import Embedded, running
from sayembara.embedded.system import USUAL, Ports, System
from sayembara.play.api import Services
from sayembara.play.checks import load
from sayembara.play.playing import play
from sayembara.tokens import Signer
from tests.support.nats import free_port

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "kipp-luwu-utara-2019"
EXPECTED = ROOT / "tests" / "examples" / "expected_standings.csv"
DIGEST = (ROOT / "tests" / "examples" / "expected_digest.txt").read_text().strip()


def free_ports() -> Ports:
    return Ports({name: free_port() for name in USUAL})


@contextmanager
def embedded(folder: Path, store: str = "sqlite") -> Iterator[Embedded]:
    if store == "sqlite":
        with running(System(folder, free_ports(), rehearsal=True), print) as system:
            yield system
        return
    folder.mkdir(exist_ok=True)
    with (
        postgres_stores(folder / "postgresql") as stores,
        running(System(folder, free_ports(), True, stores), print) as system,
    ):
        yield system


@asynccontextmanager
async def services_of(system: Embedded) -> AsyncIterator[Services]:
    tokens = Signer.of_folder(system.system.folder).token
    async with Services(system.system.ports.addresses(), tokens) as services:
        yield services


async def play_example(system: Embedded, order_seed: int | None = None) -> dict[str, Any]:
    """Play the example to its end; gives its standings as the command shows them."""
    folder = load(EXAMPLE)
    async with services_of(system) as services:
        await play(folder, services, Console(quiet=True), order_seed)
        return dict(await show.find_standings(services, folder.edition))


def expected_rows() -> list[tuple[int, str, str]]:
    with EXPECTED.open() as file:
        return [(int(row["rank"]), row["proposal"], row["score"]) for row in csv.DictReader(file)]


async def parked_counts(system: Embedded) -> dict[str, int]:
    async with services_of(system) as services:
        states = await asyncio.gather(*(services.get(name, "/status") for name in SERVICES))
    return {state["service"]: state["parked"] for state in states}
