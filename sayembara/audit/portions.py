"""A long log read in portions by several processes, each of which folds the sheets of its own.

What a portion comes to by itself is handed over in the order of the log, and taken there as if it
had been read there. Where that cannot be, because a sheet in it does not count as it is, the
portion's messages are read again and taken one by one. So the outcome is that of one process.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context

import nats
from contracts.event import SUBJECT_ROOT
from contracts.ids import EditionId
from kit.log import Log
from nats.aio.client import Client

from sayembara.audit.folded import Folded
from sayembara.audit.frames import read_frames
from sayembara.audit.sheets import SheetReader, Unusual
from sayembara.audit.swift import SHORT, Subjects, Swift
from sayembara.audit.wire import Frame, beside, position_of

RUN = 10_000
LEAST = 20_000
"""A portion has at least so many positions: a smaller one is not worth handing over."""

EACH = 6
"""So many portions for each process, that they end at about the same time."""


@dataclass
class Run:
    """What the messages between two positions come to, both included."""

    first: int
    last: int
    folded: Folded


Part = Run | list[Frame]
"""A run that was folded, or messages as they are."""


@dataclass(frozen=True)
class Source:
    """Where a portion is read, and what of."""

    url: str
    user: str | None
    password: str | None
    inbox: str
    edition: EditionId
    delayed: frozenset[str]

    @classmethod
    def of(cls, client: Client, edition: EditionId, delayed: frozenset[str]) -> "Source":
        """The same server, as the same user."""
        assert client.connected_url is not None
        user, password = (client.options.get(name) for name in ("user", "password"))
        inbox = client.new_inbox().rpartition(".")[0]
        return cls(client.connected_url.geturl(), user, password, inbox, edition, delayed)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everything of the edition."""
        return (f"{SUBJECT_ROOT}.*.{self.edition}.>",)


@dataclass
class Parts:
    """The parts of a portion, in the order of the log."""

    source: Source
    found: list[Part] = field(default_factory=list)
    _run: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._subjects = Subjects(self.source.edition)
        self._reader = SheetReader(self.source.edition, self.source.delayed)
        self._open: Run | None = None

    def take(self, frames: Sequence[Frame]) -> None:
        """Take the next messages of the portion."""
        for frame in frames:
            if frame[1].startswith(self._subjects.sheets):
                self._run.append(frame)
                if len(self._run) >= RUN:
                    self._fold()
            elif self._subjects.count(frame[1]):
                self.end()
                self._as_they_are([frame])

    def end(self) -> None:
        """The run ends here."""
        if self._open or len(self._run) >= SHORT:
            self._fold()
        self._as_they_are(self._run)
        self._run = []
        self._open = None

    def _as_they_are(self, frames: list[Frame]) -> None:
        if not frames:
            return
        if not self.found or isinstance(self.found[-1], Run):
            self.found.append([])
        last = self.found[-1]
        assert not isinstance(last, Run)
        last += frames

    def _fold(self) -> None:
        frames, self._run = self._run, []
        if not frames:
            return
        at = position_of(frames[0])
        run = self._open or Run(at, at, Folded())
        before = run.folded.count
        with suppress(Unusual):
            run.folded.add(self._reader, frames)
        if done := run.folded.count - before:
            run.last = position_of(frames[done - 1])
            if self._open is None:
                self.found.append(run)
        self._open = run if done == len(frames) else None
        self._as_they_are(frames[done:])


def read_portion(source: Source, first: int, last: int) -> list[Part]:
    """The parts between two positions, in a process of its own."""
    return asyncio.run(_read_portion(source, first, last))


async def _read_portion(source: Source, first: int, last: int) -> list[Part]:
    parts = Parts(source)
    client = await nats.connect(
        source.url,
        user=source.user,
        password=source.password,
        inbox_prefix=source.inbox,
        allow_reconnect=False,
    )
    try:
        async with beside(client) as wire:
            assert wire is not None
            log = Log(client)
            async for frames in read_frames(log, wire, source.subjects, first=first, last=last):
                parts.take(frames)
    finally:
        await client.close()
    parts.end()
    for each in parts.found:
        if isinstance(each, Run):
            each.folded.forget_places()
    return parts.found


async def take_portions(
    swift: Swift, client: Client, jobs: int, last: int, seen: Callable[[int], bool]
) -> bool:
    """Read the log up to there in so many processes; False where `seen` ended it before.

    `seen` is told before each portion to where it goes.
    """
    source = Source.of(client, swift.edition, frozenset(swift.replay.timing.acted))
    # A new process each: one that is forked would share this one's connections.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        async for portion_last, parts in _portions(pool, source, jobs, last):
            if seen(portion_last):
                pool.shutdown(wait=False, cancel_futures=True)
                return False
            for each in parts:
                await _take(swift, client, source, each)
    return True


async def _portions(
    pool: ProcessPoolExecutor, source: Source, jobs: int, last: int
) -> AsyncIterator[tuple[int, list[Part]]]:
    size = max(LEAST, -(-last // (jobs * EACH)))
    bounds = iter([(first, min(first + size - 1, last)) for first in range(1, last + 1, size)])
    # What is read ahead is held here: not more than the next ones.
    waiting: deque[tuple[int, Future[list[Part]]]] = deque()
    while True:
        while len(waiting) <= jobs and (bound := next(bounds, None)):
            waiting.append((bound[1], pool.submit(read_portion, source, *bound)))
        if not waiting:
            return
        portion_last, portion = waiting.popleft()
        yield portion_last, await asyncio.wrap_future(portion)


async def _take(swift: Swift, client: Client, source: Source, part: Part) -> None:
    if not isinstance(part, Run):
        swift.take(part)
    elif not swift.take_folded(part.folded, part.first, part.last):
        async with beside(client) as wire:
            assert wire is not None
            again = read_frames(
                Log(client), wire, source.subjects, first=part.first, last=part.last
            )
            async for frames in again:
                swift.take(frames)
