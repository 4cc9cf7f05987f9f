"""Part f: the standings replayed from a long log, and the proofs over as many leaves.

The replay runs until the digest of the standings is there. Beside it the same log is read without
a look at it, and the same edition is replayed and projected with the `eventsourcing` library. Every
digest must be the same. All of them take turns.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from kit.heard import Heard

from sayembara.audit.leaf import leaf_hash
from sayembara.audit.tree import BYTES, Tree
from tests.bench import million, sourced, world
from tests.bench.figures import Figure, Progress, Scope, figure
from tests.bench.million import Long
from tests.bench.processes import ROOT, log_server

READ = "nats-py's ordered consumer, no look taken"
SOURCED = "eventsourcing on SQLite"
PROJECTED = "its durable projection"
MEMORY_MIB = 300
FEW_LEAVES = 1_000
PROOFS = 200


@dataclass(frozen=True)
class Round:
    """Events per second of each form in one round, and the peak memory of the replay in MiB."""

    ours: float
    read: float
    sourced: float
    projected: float
    peak_mib: float


async def measure(scope: Scope, progress: Progress) -> AsyncIterator[Figure]:
    """Every figure of part f."""
    for long in scope.logs:
        async for each in _replays(scope, long, progress):
            yield each
    progress(f"f  {scope.leaves:,} leaves and their proofs")
    for found in _proofs(scope.leaves):
        yield found


async def _replays(scope: Scope, long: Long, progress: Progress) -> AsyncIterator[Figure]:
    async with log_server() as (url, _, log, folder):
        progress(f"f  {long.events:,} events are put on a log")
        await million.put_on_log(log, long)
        small = scope.logs[0]
        _fill(folder, small, scope.projected)
        rounds = []
        for number in range(scope.rounds):
            progress(f"f  replay, {long.events:,} events, round {number + 1} of {scope.rounds}")
            rounds.append(await _round(url, folder, long, scope))
    for each in _figures(long, small, rounds):
        yield each


def _fill(folder: Path, small: Long, projected: Long) -> None:
    for name, long in (("replayed", small), ("projected", projected)):
        (folder / name).mkdir()
        sourced.fill(folder / name, long)


async def _round(url: str, folder: Path, long: Long, scope: Scope) -> Round:
    ours = await _run("replayed", url)
    read = await _run("read", url)
    peer = await _run("sourced", str(folder / "replayed"))
    view = await _run("projected", str(folder / "projected"))
    if long == scope.logs[0] and ours["digest"] != peer["digest"]:
        raise AssertionError(f"{ours['digest']} is replayed, {peer['digest']} with the library")
    return Round(
        ours=long.events / ours["seconds"],
        read=long.events / read["seconds"],
        sourced=scope.logs[0].events / peer["seconds"],
        projected=scope.projected.events / view["seconds"],
        peak_mib=ours["peak_mib"],
    )


async def _run(what: str, where: str) -> dict[str, Any]:
    command = (sys.executable, "-m", "tests.bench.replaying", what, where)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe)
    said, _ = await process.communicate()
    found: dict[str, Any] = json.loads(said)
    return found


def _figures(long: Long, small: Long, rounds: Sequence[Round]) -> Iterator[Figure]:
    what = f"f  replay, {long.events:,} events"
    size = f"{long.proposals:,} proposals, {long.sheets:,} sheets of {1 + long.amendments} versions"
    read = [(each.ours, each.read) for each in rounds]
    yield figure(f"{what}: {size}", "events/s", READ, "≥ 0.7", read)
    peer = [(each.ours, each.sourced) for each in rounds]
    yield figure(what, "events/s", f"{SOURCED}, {small.events:,} events", "≥ 1.2", peer)
    view = [(each.ours, each.projected) for each in rounds]
    yield figure(what, "events/s", PROJECTED, "≥ 20", view)
    peak = [(each.peak_mib, float(MEMORY_MIB)) for each in rounds]
    yield figure(f"{what}, peak memory", "MiB", "what is allowed", "≤ 1", peak)


def _proofs(leaves: int) -> Iterator[Figure]:
    event = next(million.given(Long(1, 1, 0))).event()
    message = Heard(1, event.subject(), world.headers(event), event.model_dump_json().encode())
    hashed = _seconds(lambda: [leaf_hash(message) for _ in range(leaves)])
    tree = Tree()
    some = [leaf_hash(replace(message, position=number)) for number in range(1, FEW_LEAVES + 1)]
    many = (some * (leaves // FEW_LEAVES + 1))[:leaves]
    built = hashed + _seconds(lambda: tree.extend(many))
    bare = _seconds(lambda: [sha256(some[0] + some[1]).digest() for _ in range(2 * leaves)])
    what = f"f  {leaves:,} leaves hashed, and their tree"
    yield figure(what, "s", "the bare hashes", "", [(built, bare)])
    few = Tree(many[:FEW_LEAVES])
    for name, proof in (("inclusion", _inclusions), ("consistency", _consistencies)):
        pair = (proof(tree) * 1e6, proof(few) * 1e6)
        against = f"itself with {few.size:,}"
        yield figure(f"f  one {name} proof of {leaves:,} leaves", "µs", against, "", [pair])
    assert len(tree.root()) == BYTES


def _inclusions(tree: Tree) -> float:
    steps = range(0, tree.size, max(1, tree.size // PROOFS))
    return _seconds(lambda: [tree.inclusion(each) for each in steps]) / len(steps)


def _consistencies(tree: Tree) -> float:
    steps = range(1, tree.size, max(1, tree.size // PROOFS))
    return _seconds(lambda: [tree.consistency(each) for each in steps]) / len(steps)


def _seconds(work: Any) -> float:
    began_at = time.perf_counter()
    work()
    return time.perf_counter() - began_at
