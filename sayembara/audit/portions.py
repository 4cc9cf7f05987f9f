"""A long log read in portions by several processes, each of which folds the sheets of its own.

What a portion comes to by itself is handed over in the order of the log, and taken there as if it
had been read there. Where that cannot be, because a sheet in it does not count as it is, the
portion's messages are read again and taken one by one. So the outcome is that of one process.
"""

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from contracts.registry import BY_TYPE
from kit.log import Log
from kit.reactions import fixed_tokens

from sayembara.audit.frames import read_frames, subjects_of
from sayembara.audit.portion import Part, Run, Source
from sayembara.audit.reading import consumer_request
from sayembara.audit.swift import Subjects, Swift
from sayembara.audit.wire import Address, beside
from sayembara.trouble import Trouble

LEAST = 20_000
"""A portion has at least so many positions: a smaller one is not worth handing over."""

EACH = 6
"""So many portions for each process, that they end at about the same time."""

BUFFER_BYTES = 1 << 24

Bounds = tuple[int, int]
"""The first and the last position of a portion."""


async def source_of(swift: Swift, log: Log) -> Source:
    """What other processes have to know of this replay."""
    address = Address.of(log.client)
    assert address is not None
    asked = await subjects_of(log, swift.edition)
    subjects = Subjects(swift.edition)
    return Source(
        address=address,
        edition=swift.edition,
        consumer=consumer_request(asked, 1),
        whose=None if asked else swift.edition,
        delayed=frozenset(swift.replay.timing.acted),
        sheets=subjects.sheets,
        others=others_of(subjects),
    )


def others_of(subjects: Subjects) -> frozenset[bytes]:
    """What other messages that count are of and say, whoever says it."""
    filters = (each.filter() for each in BY_TYPE.values())
    counting = (each for each in filters if subjects.count(each.encode()))
    return frozenset(".".join(fixed_tokens(each)[1:]).encode() for each in counting)


@dataclass(frozen=True)
class Reader:
    """Another process, which reads portions."""

    process: Process

    async def read(self, bounds: Bounds) -> list[Part]:
        """The parts of this portion; Trouble where they could not be read."""
        self.tell(bounds)
        assert self.process.stdout is not None
        try:
            size = int.from_bytes(await self.process.stdout.readexactly(8))
            found = pickle.loads(await self.process.stdout.readexactly(size))
        except asyncio.IncompleteReadError as error:
            raise Trouble("a process that reads for this one has ended: try again") from error
        if isinstance(found, str):
            raise Trouble(found)
        return list(found)

    def tell(self, what: object) -> None:
        """Send it this."""
        assert self.process.stdin is not None
        self.process.stdin.write(pickle.dumps(what))


@asynccontextmanager
async def readers(source: Source, jobs: int) -> AsyncIterator[asyncio.Queue[Reader]]:
    """So many processes while the block runs, each to be put back after its use."""
    idle: asyncio.Queue[Reader] = asyncio.Queue()
    started = []
    try:
        for _ in range(jobs):
            command = (sys.executable, "-m", "sayembara.audit.portion_reader")
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, limit=BUFFER_BYTES
            )
            started.append(process)
            reader = Reader(process)
            reader.tell(source)
            idle.put_nowait(reader)
        yield idle
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def take_portions(
    swift: Swift, log: Log, jobs: int, last: int, seen: Callable[[int], bool]
) -> bool:
    """Read the log up to there in so many processes; False where `seen` ended it before.

    `seen` is told before each portion to where it goes.
    """
    async with readers(await source_of(swift, log), jobs) as idle:
        async for portion_last, parts in _portions(idle, jobs, last):
            if seen(portion_last):
                return False
            for each in parts:
                await _take(swift, log, each)
    return True


async def _portions(
    idle: asyncio.Queue[Reader], jobs: int, last: int
) -> AsyncIterator[tuple[int, list[Part]]]:
    size = max(LEAST, -(-last // (jobs * EACH)))
    bounds = iter([(first, min(first + size - 1, last)) for first in range(1, last + 1, size)])
    # What is read ahead is held here: not more than the next ones.
    waiting: deque[tuple[int, asyncio.Task[list[Part]]]] = deque()
    try:
        while True:
            while len(waiting) <= jobs and (bound := next(bounds, None)):
                waiting.append((bound[1], asyncio.create_task(_read(idle, bound))))
            if not waiting:
                return
            portion_last, portion = waiting.popleft()
            yield portion_last, await portion
    finally:
        for _, task in waiting:
            task.cancel()
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


async def _read(idle: asyncio.Queue[Reader], bounds: Bounds) -> list[Part]:
    reader = await idle.get()
    found = await reader.read(bounds)
    idle.put_nowait(reader)
    return found


async def _take(swift: Swift, log: Log, part: Part) -> None:
    if not isinstance(part, Run):
        swift.take(part)
    elif not swift.take_folded(part.handed.folded(), part.first, part.last):
        async with beside(log.client) as wire:
            assert wire is not None
            again = read_frames(log, wire, swift.edition, first=part.first, last=part.last)
            async for frames in again:
                swift.take(frames)
