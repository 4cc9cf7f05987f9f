"""The long log of part f: one edition, its sheets handed in and amended again and again.

The bodies are written by hand, byte for byte as `encode` writes them (the first of each kind is
compared): a million events through pydantic would take longer than what is measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from random import Random

from contracts.envelope import encode
from contracts.evaluation import Mark, SheetAmended, SheetEvent, SheetSubmitted
from contracts.event import Event
from kit.log import Log
from kit.outgoing import Outgoing
from uuid_utils import uuid7

from tests.bench import world

TOGETHER = 1_000
REASON = "Corrected after the second reading of the annexes."


@dataclass(frozen=True)
class Long:
    """A log of so many proposals; each juror marks each, and amends each sheet so often."""

    proposals: int
    jurors: int
    amendments: int

    @property
    def sheets(self) -> int:
        """How many sheets count in the end."""
        return self.proposals * self.jurors

    @property
    def events(self) -> int:
        """How many events are on the log."""
        return 1 + self.proposals + self.sheets * (1 + self.amendments)


@dataclass(frozen=True)
class Given:
    """One version of a sheet."""

    proposal: str
    juror: str
    version: int
    marks: tuple[str, ...]

    def event(self) -> SheetEvent:
        """The event of this version."""
        facts = {
            "edition": world.EDITION,
            "stage": world.STAGE,
            "proposal": self.proposal,
            "juror": self.juror,
            "marks": tuple(
                Mark(criterion=name, value=Decimal(mark))
                for name, mark in zip(world.WEIGHTS, self.marks, strict=True)
            ),
            "version": self.version,
        }
        if self.version == 1:
            return SheetSubmitted.model_validate(facts)
        return SheetAmended.model_validate({**facts, "reason": REASON})

    def body(self) -> bytes:
        """The same as `encode` makes of it."""
        pairs = zip(world.WEIGHTS, self.marks, strict=True)
        marks = ",".join(f'{{"criterion":"{name}","value":"{mark}"}}' for name, mark in pairs)
        more = "" if self.version == 1 else f',"reason":"{REASON}"'
        return (
            f'{{"edition":"{world.EDITION}","stage":"{world.STAGE}","proposal":"{self.proposal}",'
            f'"juror":"{self.juror}","marks":[{marks}],"version":{self.version}{more}}}'
        ).encode()


def given(long: Long) -> Iterator[Given]:
    """Juror after juror through all proposals, first every sheet, then every amendment in turn."""
    random = Random(11)
    for version in range(1, long.amendments + 2):
        for juror in range(long.jurors):
            for number in random.sample(range(long.proposals), long.proposals):
                marks = tuple(world.marks(random).values())
                yield Given(world.proposal(number), f"juror-{juror:03}", version, marks)


async def put_on_log(log: Log, long: Long) -> int:
    """Put it on the log in atomic batches; gives the position of the last event."""
    events: list[Event] = [world.opened(), *world.admitted(long.proposals)]
    position = await world.put_on_log(log, events)
    rows = _rows(long)
    while batch := list(islice(rows, TOGETHER)):
        position = await log.publish(batch)
    return position


def _rows(long: Long) -> Iterator[Outgoing]:
    samples: dict[bool, tuple[str, dict[str, str]]] = {}
    for number, each in enumerate(given(long), start=1):
        is_first = each.version == 1
        if is_first not in samples:
            event = each.event()
            assert each.body() == encode(event)
            subject = event.subject().replace(each.proposal, "{}")
            samples[is_first] = (subject, world.headers(event))
        subject, headers = samples[is_first]
        name = str(uuid7())
        own = {"Nats-Msg-Id": name, "ce-id": name, "ce-subject": each.proposal}
        outbox = {"Sayembara-Outbox": str(number)}
        yield Outgoing(
            number, subject.format(each.proposal), {**headers, **own, **outbox}, each.body()
        )
