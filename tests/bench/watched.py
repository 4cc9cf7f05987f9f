"""Part g: many watch a stage while sheets come in at a pace; how long a change takes to each.

The clients are processes of their own. A change is measured from its own time on the log, so that
it is as durable in every form, and from the time of the sheet that it follows from.
"""

import asyncio
import sys
import time
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from contracts.evaluation import SheetSubmitted
from contracts.ranking import StandingsChanged
from contracts.stream import STREAM
from kit.log import Log
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pydantic_core import from_json

from tests.bench import world
from tests.bench.figures import PER_SECOND, Figure, Progress, Scope, figure
from tests.bench.processes import ROOT, environment_of, log_server, process, service
from tests.support.nats import free_port

IN_ONE_PROCESS = 500
SETTLE_SECONDS = 1.5
LIMIT_SECONDS = 120
BARE = "the bare loop, written to each"


Two = tuple[float, float]


@dataclass(frozen=True)
class Delays:
    """Milliseconds to a client, of a change and of a sheet: half were quicker; 99 of 100 were."""

    change: Two
    sheet: Two


async def measure(scope: Scope, progress: Progress) -> AsyncIterator[Figure]:
    """Every figure of part g."""
    few, some, many = scope.watchers
    found: dict[str, list[Delays]] = {form: [] for form in ("bare", "few", "some", "many")}
    for number in range(scope.rounds):
        for form, count in (("bare", few), ("few", few), ("some", some), ("many", many)):
            told = f"round {number + 1} of {scope.rounds}"
            progress(f"g  {count:,} clients watch {PER_SECOND} sheets/s, {form}, {told}")
            found[form].append(await _delays(count, scope.watched_sheets, bare=form == "bare"))
    changes = {form: [each.change for each in delays] for form, delays in found.items()}
    sheets = {form: [each.sheet for each in delays] for form, delays in found.items()}
    for ours, count, theirs, against, target in (
        ("few", few, "bare", BARE, "≤ 3"),
        ("many", many, "some", f"itself with {some}", "≤ 5"),
    ):
        what = f"g  change to {count:,} clients"
        for which, name, wanted in ((0, "p50", ""), (1, "p99", target)):
            pairs = _pairs(changes[ours], changes[theirs], which)
            yield figure(f"{what}, {name}", "ms", against, wanted, pairs)
    for form, count in (("few", few), ("some", some), ("many", many)):
        pairs = _pairs(sheets[form], sheets["bare"], 1)
        yield figure(f"g  sheet to {count:,} clients, p99", "ms", f"{BARE} of {few}", "", pairs)


def _pairs(ours: Sequence[Two], theirs: Sequence[Two], which: int) -> list[Two]:
    return [(mine[which], other[which]) for mine, other in zip(ours, theirs, strict=True)]


async def _delays(clients: int, sheets: int, *, bare: bool) -> Delays:
    port = free_port()
    async with log_server() as (url, client, log, folder), AsyncExitStack() as stack:
        first = await world.put_on_log(log, [world.opened(), *world.admitted(sheets)])
        common = environment_of(url, f"sqlite:///{folder}/ranking.db")
        if bare:
            of_bare = {**common, "BENCH_PORT": str(port)}
            stack.enter_context(process("tests.bench.bare_live", **of_bare))
        else:
            settings = {"nats_url": url, "database_url": common["BENCH_STORE"], "http_port": port}
            stack.enter_context(service("ranking", **settings))
        await _until_there(port, first, bare=bare)
        async with _watchers(port, first, clients, folder) as files:
            await asyncio.sleep(SETTLE_SECONDS)
            await _hand_in(log, sheets)
            await _until_told(client, first + sheets)
        return _of(files, await _on_log(client, first), clients)


async def _until_there(port: int, position: int, *, bare: bool) -> None:
    path = f"/editions/{world.EDITION}/stages/{world.STAGE}/standings"
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            await asyncio.sleep(0.05)
            try:
                read, write = await asyncio.open_connection("127.0.0.1", port)
                write.write(f"GET {path} HTTP/1.0\r\nHost: bench\r\n\r\n".encode())
                if bare:
                    write.close()
                    return
                answer = await read.read()
                write.close()
            except OSError:
                continue
            if b'"position":%d,' % position in answer:
                return


@asynccontextmanager
async def _watchers(port: int, after: int, clients: int, folder: Path) -> AsyncIterator[list[Path]]:
    """So many clients, all connected; the files hold what they heard when the block has ended."""
    started, files = [], []
    environment = {"BENCH_PORT": str(port), "BENCH_AFTER": str(after)}
    for number, begin in enumerate(range(0, clients, IN_ONE_PROCESS)):
        file = folder / f"heard-{number}"
        many = str(min(IN_ONE_PROCESS, clients - begin))
        command = ("env", *(f"{name}={value}" for name, value in environment.items()))
        one = await asyncio.create_subprocess_exec(
            *(*command, sys.executable, "-m", "tests.bench.watchers", many, str(file)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        started.append(one)
        files.append(file)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            for one in started:
                assert one.stdout is not None
                if await one.stdout.readline() != b"connected\n":
                    raise RuntimeError("the clients could not connect; see ulimit -n")
        yield files
    finally:
        for one in started:
            assert one.stdin is not None
            one.stdin.close()
        await asyncio.gather(*(one.wait() for one in started))


async def _hand_in(log: Log, sheets: int) -> None:
    """Sheets onto the log at a pace, each by itself."""
    start = time.perf_counter()
    for number, each in enumerate(world.sheets(sheets, 1)):
        await asyncio.sleep(start + number / PER_SECOND - time.perf_counter())
        await world.put_on_log(log, [each])


async def _until_told(client: Client, last: int) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            with suppress(NotFoundError):  # nothing is told yet
                found = await client.jetstream().get_last_msg(STREAM, _changed())
                if from_json(found.data or b"{}")["position"] >= last:
                    break
            await asyncio.sleep(0.05)
    await asyncio.sleep(SETTLE_SECONDS)


def _changed() -> str:
    subject = StandingsChanged.filter().replace(StandingsChanged.source, "*", 1)
    return subject.replace("*.*", f"*.{world.EDITION}", 1)


@dataclass(frozen=True)
class OnLog:
    """When each sheet and each change came on the log, and up to which sheet each change tells."""

    sheets: dict[int, float]
    changes: dict[int, float]
    tells: dict[int, int]


async def _on_log(client: Client, after: int) -> OnLog:
    found = OnLog({}, {}, {})
    read = await client.jetstream().subscribe("sayembara.>", ordered_consumer=True)
    last = (await client.jetstream().stream_info(STREAM)).state.last_seq
    while True:
        message = await read.next_msg(10)
        position = message.metadata.sequence.stream
        at = message.metadata.timestamp.timestamp()
        if position > after and message.subject.endswith(".changed"):
            found.changes[position] = at
            found.tells[position] = from_json(message.data)["position"]
        elif position > after and (message.headers or {}).get("ce-type") == SheetSubmitted.type:
            found.sheets[position] = at
        if position == last:
            return found


def _of(files: Sequence[Path], on_log: OnLog, clients: int) -> Delays:
    told = sorted(on_log.tells.items())
    covers: dict[int, list[float]] = {}
    sheets = sorted(on_log.sheets.items(), reverse=True)
    for position, up_to in told:
        covers[position] = []
        while sheets and sheets[-1][0] <= up_to:
            covers[position].append(sheets.pop()[1])
    of_change, of_sheet = array("d"), array("d")
    for file in files:
        heard = array("d")
        heard.frombytes(file.read_bytes())
        for place, at in zip(heard[::2], heard[1::2], strict=True):
            of_change.append(at - on_log.changes[int(place)])
            of_sheet.extend(at - begun for begun in covers[int(place)])
    if len(of_change) != clients * len(on_log.changes):
        raise RuntimeError("not every client heard of every change; the service let it go")
    return Delays(_quantiles(of_change), _quantiles(of_sheet))


def _quantiles(seconds: "array[float]") -> tuple[float, float]:
    ordered = sorted(seconds)
    return 1000 * ordered[len(ordered) // 2], 1000 * ordered[len(ordered) * 99 // 100]
