"""Every figure with its limit, round by round: limit and ours take turns, so load hits both."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sayembara.play.folder import Folder, read_folder
from tests.bench import cost, edges, flow, large
from tests.bench.million import Long
from tests.bench.processes import ROOT, Stores

BARE = "the bare loop"
PER_SECOND = 200
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Scope:
    """How much is measured."""

    kinds: tuple[str, ...]
    rounds: int
    proposals: int
    jurors: int
    usual_sheets: int
    paced_sheets: int
    accepted_sheets: int
    stages: tuple[int, ...]
    editions: tuple[Callable[[], Folder], ...]
    logs: tuple[Long, ...]
    projected: Long
    leaves: int
    watchers: tuple[int, int, int]
    watched_sheets: int


def iid() -> Folder:
    """The regional innovation index of 2023 in its real size."""
    return read_folder(ROOT / "examples" / "iid-2023", full=True)


FULL = Scope(
    kinds=("sqlite", "postgresql"),
    rounds=2,
    proposals=1000,
    jurors=6,
    usual_sheets=500,
    paced_sheets=1000,
    accepted_sheets=1000,
    stages=(1_000, 100, 10_000, 100_000),
    editions=(iid, large.kipp),
    logs=(Long(2_040, 16, 2), Long(10_989, 30, 2)),
    projected=Long(60, 16, 2),
    leaves=1_000_000,
    watchers=(50, 100, 2_000),
    watched_sheets=2_000,
)


@dataclass(frozen=True)
class Figure:
    """One line: ours against theirs, medians over the rounds; the ratio is that of each round."""

    what: str
    unit: str
    ours: float
    against: str
    theirs: float
    ratios: tuple[float, ...]
    target: str

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)


def figure(
    what: str, unit: str, against: str, target: str, pairs: Sequence[tuple[float, float]]
) -> Figure:
    ours, theirs = (median(each) for each in zip(*pairs, strict=True))
    ratios = tuple(mine / other for mine, other in pairs)
    return Figure(what, unit, ours, against, theirs, ratios, target)


async def measure(scope: Scope, progress: Progress, parts: str) -> AsyncIterator[Figure]:
    """Every figure of parts a to d that are asked for, each as soon as it is there."""
    for names, of_part in (("a", _flow), ("bd", _edges), ("c", _cost)):
        if set(names) & set(parts):
            async for each in of_part(scope, progress):
                yield each


async def _flow(scope: Scope, progress: Progress) -> AsyncIterator[Figure]:
    size = flow.Size(scope.proposals, scope.jurors, scope.usual_sheets)
    with TemporaryDirectory(prefix="bench-") as folder:
        stores = Stores(Path(folder), scope.kinds)
        for kind in scope.kinds:
            found = []
            for number in range(scope.rounds):
                progress(f"a  sheets to standings, {kind}, round {number + 1} of {scope.rounds}")
                found.append(await flow.measure(kind, size, stores))
            what = f"a  sheets to standings, {kind}"
            bare = [(each.ours, each.bare) for each in found]
            usual = [(each.ours, each.usual) for each in found]
            target = "≥ 0.6" if kind == "sqlite" else "≥ 0.5"
            yield figure(what, "sheets/s", BARE, target, bare)
            target = "≥ 25" if kind == "sqlite" else ""
            yield figure(what, "sheets/s", "the usual FastStream consumer", target, usual)
        stores.stop()


async def _edges(scope: Scope, progress: Progress) -> AsyncIterator[Figure]:
    delays, accepted = [], []
    for number in range(scope.rounds):
        progress(f"b  {PER_SECOND} sheets/s over HTTP, round {number + 1} of {scope.rounds}")
        delays.append(await edges.delays(scope.paced_sheets, PER_SECOND))
        progress(f"d  sheets over HTTP at saturation, round {number + 1} of {scope.rounds}")
        accepted.append(await edges.accepted(scope.accepted_sheets))
    what = f"b  sheet to standings at {PER_SECOND}/s"
    p50 = [(ours.p50, bare.p50) for ours, bare in delays]
    p99 = [(ours.p99, bare.p99) for ours, bare in delays]
    yield figure(f"{what}, p50", "ms", BARE, "", p50)
    yield figure(f"{what}, p99", "ms", BARE, "≤ 2", p99)
    what = "d  accepted sheets over HTTP"
    yield figure(what, "sheets/s", "empty handler, grouped commit", "≥ 0.5", accepted)


async def _cost(scope: Scope, progress: Progress) -> AsyncIterator[Figure]:
    costs: list[dict[int, float]] = []
    for number in range(scope.rounds):
        progress(f"c  cost of a sheet by stage size, round {number + 1} of {scope.rounds}")
        costs.append(await cost.microseconds_per_sheet(scope.stages))
    base = scope.stages[0]
    for each in sorted(scope.stages):
        pairs = [(found[each], found[base]) for found in costs]
        target = "≤ 1.3" if each == max(scope.stages) else ""
        what = f"c  cost of a sheet, {each:,} proposals"
        yield figure(what, "µs", f"itself with {base:,}", target, pairs)
