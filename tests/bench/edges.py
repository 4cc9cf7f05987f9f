"""Parts b and d: sheets handed in over HTTP, at a pace and as fast as they are taken."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.ranking import StandingsChanged
from kit.log import Log
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.bench import world
from tests.bench.processes import environment_of, log_server, process, service
from tests.bench.requests import Address, Keys, bodies, sheet_path, stage_path
from tests.support.nats import free_port

AT_ONCE = 64
JUROR = "juror-0"
WARM_UP = "juror-1"


@dataclass(frozen=True)
class Delays:
    """Milliseconds from the request to the changed standings: half were quicker; 99 of 100 were."""

    p50: float
    p99: float


@dataclass(frozen=True)
class Edge:
    """Where sheets are handed in, and who says what changed."""

    address: Address
    token: str
    says: str


@asynccontextmanager
async def _ours(url: str, log: Log, folder: Path, proposals: int) -> AsyncIterator[Edge]:
    await world.put_on_log(log, [world.opened(), *world.admitted(proposals)])
    keys, port = Keys(folder), free_port()
    common = {"nats_url": url, "token_keys": keys.file}
    stores = {name: f"sqlite:///{folder}/{name}.db" for name in ("evaluation", "ranking")}
    with ExitStack() as stack:
        for name, at in (("evaluation", port), ("ranking", free_port())):
            stack.enter_context(service(name, database_url=stores[name], http_port=at, **common))
        address = Address(port)
        secretariat = keys.token("secretariat", "bench")
        for juror in (JUROR, WARM_UP):
            seat = {"office": world.OFFICE, "agency": "agency-of-nobody"}
            await address.until_ok(f"{stage_path()}/jurors/{juror}", seat, secretariat)
        # The last proposal is in the stage, so all of them are.
        path = sheet_path(world.proposal(proposals - 1), WARM_UP)
        await address.until_ok(path, next(bodies()), keys.token("juror", WARM_UP))
        yield Edge(address, keys.token("juror", JUROR), StandingsChanged.source)
        address.close()


@asynccontextmanager
async def _bare(url: str, folder: Path, proposals: int, *, ranks: bool) -> AsyncIterator[Edge]:
    port = free_port()
    told = {"BENCH_PORT": str(port), "BENCH_PUBLISH": "1" if ranks else ""}
    with ExitStack() as stack:
        edge = environment_of(url, f"sqlite:///{folder}/bare-edge.db")
        stack.enter_context(process("tests.bench.edge", **edge, **told))
        if ranks:
            own = environment_of(url, f"sqlite:///{folder}/bare.db")
            stack.enter_context(process("tests.bench.bare", **own))
        address = Address(port)
        path = sheet_path(world.proposal(proposals - 1), WARM_UP)
        await address.until_ok(path, next(bodies()), "")
        yield Edge(address, "", "bare")
        address.close()


async def delays(sheets: int, per_second: int) -> tuple[Delays, Delays]:
    """Ours and the bare loop's, one after the other on one log each."""
    found = []
    for form in ("ours", "bare"):
        async with log_server() as (url, client, log, folder):
            edge = (
                _ours(url, log, folder, sheets)
                if form == "ours"
                else _bare(url, folder, sheets, ranks=True)
            )
            async with edge as each:
                found.append(await _delays(client, each, sheets, per_second))
    return found[0], found[1]


async def _delays(client: Client, edge: Edge, sheets: int, per_second: int) -> Delays:
    sent: dict[str, float] = {}
    taken: dict[str, float] = {}
    done = asyncio.Event()

    async def on_change(message: Msg) -> None:
        now = time.perf_counter()
        for row in json.loads(message.data)["rows"]:
            if row["proposal"] in sent:
                taken.setdefault(row["proposal"], now - sent[row["proposal"]])
        if len(taken) == sheets:
            done.set()

    subject = StandingsChanged.filter().replace(StandingsChanged.source, edge.says)
    # Until the warm-up is told, nothing is measured.
    jetstream = client.jetstream()
    await jetstream.subscribe(subject, ordered_consumer=True, cb=on_change)
    requests = []
    start = time.perf_counter()
    for number, body in zip(range(sheets), bodies(), strict=False):
        await asyncio.sleep(start + number / per_second - time.perf_counter())
        proposal = world.proposal(number)
        sent[proposal] = time.perf_counter()
        path = sheet_path(proposal, JUROR)
        requests.append(asyncio.create_task(edge.address.put(path, body, edge.token)))
    _check(await asyncio.gather(*requests))
    async with asyncio.timeout(30):
        await done.wait()
    ordered = sorted(taken.values())
    return Delays(1000 * ordered[sheets // 2], 1000 * ordered[sheets * 99 // 100])


async def accepted(sheets: int) -> tuple[float, float]:
    """Sheets per second that evaluation accepts, and requests that the empty handler takes."""
    async with log_server() as (url, _, log, folder):
        async with _ours(url, log, folder, sheets) as edge:
            ours = await _accepted(edge, sheets)
        async with _bare(url, folder, sheets, ranks=False) as edge:
            bare = await _accepted(edge, sheets)
    return ours, bare


async def _accepted(edge: Edge, sheets: int) -> float:
    numbers = iter(zip(range(sheets), bodies(), strict=False))
    statuses: list[int] = []

    async def hand_in() -> None:
        for number, body in numbers:
            path = sheet_path(world.proposal(number), JUROR)
            statuses.append(await edge.address.put(path, body, edge.token))

    start = time.perf_counter()
    await asyncio.gather(*(hand_in() for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - start
    _check(statuses)
    return sheets / seconds


def _check(statuses: list[int]) -> None:
    if wrong := [each for each in statuses if each != 200]:
        raise RuntimeError(f"{len(wrong)} sheets were not accepted, the first with {wrong[0]}")
