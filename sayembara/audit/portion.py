"""A portion of a long log, read by itself: its sheets folded, and what else counts as it is.

`portions` has others do this in processes of their own. So it imports little.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sayembara.audit.folded import Folded
from sayembara.audit.handed import Handed
from sayembara.audit.pulled import pulled, reading_of
from sayembara.audit.sheets import SheetReader, Unusual
from sayembara.audit.wire import Address, Frame, connected, position_of

RUN = 10_000
SHORT = 500


@dataclass
class Run:
    """What the messages between two positions come to, both included."""

    first: int
    last: int
    handed: Handed


Part = Run | list[Frame]
"""A run that was folded, or messages as they are."""


@dataclass(frozen=True)
class Source:
    """Where portions are read, and what of.

    `consumer` is the request for a consumer of the first; where it is one of every edition, `whose`
    is the one that is wanted. `sheets` is how the subjects of sheets begin; of other messages those
    count that say such a thing of such a one (`others`).
    """

    address: Address
    edition: str
    consumer: dict[str, Any]
    whose: str | None
    delayed: frozenset[str]
    sheets: bytes
    others: frozenset[bytes]


@dataclass
class Parts:
    """The parts of a portion, in the order of the log."""

    source: Source
    found: list[Part] = field(default_factory=list)
    _run: list[Frame] = field(default_factory=list)
    _open: Folded | None = None
    _first: int = 0
    _last: int = 0

    def __post_init__(self) -> None:
        self._reader = SheetReader(self.source.edition, self.source.delayed)

    def take(self, frames: Sequence[Frame]) -> None:
        """Take the next messages of the portion."""
        sheets, others = self.source.sheets, self.source.others
        for frame in frames:
            if frame[1].startswith(sheets):
                self._run.append(frame)
                if len(self._run) >= RUN:
                    self._fold()
            elif b".".join(frame[1].split(b".")[3::2]) in others:
                self.end()
                self._as_they_are([frame])

    def end(self) -> None:
        """The run ends here."""
        if self._open or len(self._run) >= SHORT:
            self._fold()
        self._hand_over()
        self._as_they_are(self._run)
        self._run = []

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
        if self._open is None:
            self._open, self._first = Folded(), position_of(frames[0])
        before = self._open.count
        with suppress(Unusual):
            self._open.add(self._reader, frames)
        if done := self._open.count - before:
            self._last = position_of(frames[done - 1])
        if done < len(frames):
            self._hand_over()
            self._as_they_are(frames[done:])

    def _hand_over(self) -> None:
        if self._open and self._open.count:
            self.found.append(Run(self._first, self._last, Handed.of(self._open)))
        self._open = None


async def read_portion(source: Source, first: int, last: int) -> list[Part]:
    """The parts between two positions, both included."""
    parts = Parts(source)
    # Others read at the same time, each into an inbox of its own.
    address = replace(source.address, inbox=f"{source.address.inbox}.{first}")
    async with connected(address) as wire:
        assert wire is not None
        made = await wire.answer(*_consumer(source, first))
        async for frames in pulled(wire, reading_of(made, first, last, source.whose)):
            parts.take(frames)
        await wire.ask(f"$JS.API.CONSUMER.DELETE.{made['stream_name']}.{made['name']}", "")
    parts.end()
    return parts.found


def _consumer(source: Source, first: int) -> tuple[str, dict[str, Any]]:
    request = source.consumer
    config = {**request["config"], "opt_start_seq": first}
    return f"$JS.API.CONSUMER.CREATE.{request['stream_name']}", {**request, "config": config}
