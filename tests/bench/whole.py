"""Whole editions, played to their end by HTTP: how long, how much memory, what an event costs.

What an event costs is compared with the same edition thinned out to a tenth of its proposals.
"""

import asyncio
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from sayembara import event_log
from sayembara.embedded.running import Embedded, running
from sayembara.embedded.system import USUAL, Ports, System
from sayembara.play.api import Services
from sayembara.play.folder import Folder
from sayembara.play.playing import play
from sayembara.tokens import Signer
from tests.bench.figures import Figure, Progress, Scope
from tests.support.nats import free_port

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1024
TENTH = 10
TARGET = 1.3


@dataclass(frozen=True)
class Whole:
    """One edition: its size, the time of the play, and of each service what it took."""

    edition: str
    proposals: int
    sheets: int
    events: int
    seconds: float
    cpu_seconds: dict[str, float]
    peak_mib: dict[str, float]

    def micros_per_event(self, service: str) -> float:
        """Processor time of the service for each event on the log, in µs."""
        return self.cpu_seconds[service] * 1e6 / self.events


class Lines(StringIO):
    """A file whose lines are told as progress."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def write(self, text: str) -> int:
        """Tell the text."""
        self._progress(f"   {text.rstrip()}")
        return len(text)


def measure(scope: Scope, progress: Progress) -> Iterator[Figure]:
    """The figures of each edition of the scope, beside those of a tenth of it."""
    for make in scope.editions:
        folder = make()
        tenth = play_whole(thinned(folder, TENTH), progress)
        yield from _figures(play_whole(folder, progress), tenth)


def _figures(full: Whole, tenth: Whole) -> Iterator[Figure]:
    name = f"e  {full.edition}"
    size = f"{full.proposals:,} proposals, {full.sheets:,} sheets, {full.events:,} events"
    beside = f"itself with {tenth.proposals:,} proposals"

    def figure(what: str, unit: str, ours: float, theirs: float, target: str = "") -> Figure:
        return Figure(f"{name}, {what}", unit, ours, beside, theirs, (ours / theirs,), target)

    yield figure(f"played whole: {size}", "s", full.seconds, tenth.seconds)
    for each in full.cpu_seconds:
        costs = full.micros_per_event(each), tenth.micros_per_event(each)
        yield figure(f"an event in {each}", "µs", *costs, f"≤ {TARGET}")
    for each, peak in full.peak_mib.items():
        yield figure(f"peak memory of {each}", "MiB", peak, tenth.peak_mib[each])


def thinned(folder: Folder, share: int) -> Folder:
    """The edition with one of so many proposals, and all that is said of those."""
    proposals = folder.proposals[::share]
    kept = {each.proposal for each in proposals}
    agencies = {each.agency for each in proposals} | {each.agency for each in folder.panel}
    return replace(
        folder,
        proposals=proposals,
        agencies=tuple(each for each in folder.agencies if each.agency in agencies),
        sheets=tuple(each for each in folder.sheets if each.proposal in kept),
        amendments=tuple(each for each in folder.amendments if each.proposal in kept),
        awards=tuple(each for each in folder.awards if each.proposal in kept),
        recusals=tuple(each for each in folder.recusals if each.proposal in kept),
        rejections=tuple(each for each in folder.rejections if each.proposal in kept),
        decisions=tuple(each for each in folder.decisions if each.proposal in kept),
    )


def play_whole(folder: Folder, progress: Progress) -> Whole:
    """Play the edition on a system of its own."""
    size = f"{len(folder.proposals):,} proposals, {len(folder.sheets):,} sheets"
    progress(f"e  {folder.edition} played whole: {size}")
    ports = Ports({name: free_port() for name in USUAL})
    with (
        TemporaryDirectory() as place,
        running(System(Path(place), ports, rehearsal=True), lambda _: None) as system,
    ):
        before = {name: _cpu_seconds(pid) for name, pid in _pids(system)}
        began = time.monotonic()
        asyncio.run(_play(system, folder, progress))
        seconds = time.monotonic() - began
        progress(f"   played in {seconds:.0f} s")
        return Whole(
            edition=folder.edition,
            proposals=len(folder.proposals),
            sheets=len(folder.sheets),
            events=asyncio.run(event_log.check(system.system.log_place())),
            seconds=seconds,
            cpu_seconds={name: _cpu_seconds(pid) - before[name] for name, pid in _pids(system)},
            peak_mib={name: peak_mib(pid) for name, pid in _pids(system)},
        )


async def _play(system: Embedded, folder: Folder, progress: Progress) -> None:
    tokens = Signer.of_folder(system.system.folder).token
    async with Services(system.system.ports.addresses(), tokens) as services:
        # Handed in the same way whatever the size: else the sizes could not be compared.
        await play(folder, services, Console(file=Lines(progress), width=100), one_by_one=0)


def _pids(system: Embedded) -> Iterable[tuple[str, int]]:
    for child in (system.broker, *system.services):
        assert child.pid is not None
        yield child.name, child.pid


def _cpu_seconds(pid: int) -> float:
    # The fields of proc(5) after the name in brackets: user and system time, in ticks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(pid: int | str) -> float:
    """The most memory that the process has held so far, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / MIB
