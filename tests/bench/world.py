"""The edition that is measured: as many proposals and sheets as are asked for."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from random import Random

from contracts.envelope import Envelope, encode
from contracts.evaluation import Mark, SheetSubmitted
from contracts.event import Event
from contracts.rulebook import Criterion, Intake, Rulebook, Section, Stage, Words
from contracts.submission import EditionOpened, ProposalAdmitted
from kit.log import Log
from kit.outgoing import Outgoing
from uuid_utils import uuid7

EDITION = "bench-2026"
STAGE = "desk"
OFFICE = "Secretariat"
WEIGHTS = {"need": 20, "novelty": 30, "results": 25, "transfer": 15, "upkeep": 10}
AT = datetime(2026, 1, 1, tzinfo=UTC)
MESSAGES_TOGETHER = 500


def _words(text: str) -> Words:
    return Words(id=text, en=text)


def rulebook() -> Rulebook:
    criteria = tuple(
        Criterion(id=name, name=_words(name), weight=Decimal(weight))
        for name, weight in WEIGHTS.items()
    )
    return Rulebook(
        id=EDITION,
        name=_words("Bench 2026"),
        tier="kota",
        organiser=OFFICE,
        intake=Intake(opens_at=AT, closes_at=datetime(2026, 2, 1, tzinfo=UTC)),
        sections=(Section(id="summary", name=_words("Summary")),),
        stages=(Stage(id=STAGE, name=_words("Desk"), criteria=criteria),),
        awards=(),
    )


def opened() -> EditionOpened:
    book = rulebook()
    return EditionOpened(
        edition=EDITION, rulebook=book, rulebook_digest=book.digest(), opened_at=AT
    )


def proposal(number: int) -> str:
    return f"proposal-{number:06}"


def admitted(count: int) -> Iterator[ProposalAdmitted]:
    for number in range(count):
        yield ProposalAdmitted(
            edition=EDITION,
            proposal=proposal(number),
            title=f"A service that is better than before, number {number}",
            agency=f"agency-{number % 300}",
            agency_name=f"Dinas nomor {number % 300}",
            by=OFFICE,
        )


def marks(random: Random) -> dict[str, str]:
    return {criterion: str(random.randint(40, 100)) for criterion in WEIGHTS}


def sheets(proposals: int, jurors: int) -> Iterator[SheetSubmitted]:
    """One juror after the other, each through all proposals in an order of its own."""
    random = Random(7)
    for juror in range(jurors):
        for number in random.sample(range(proposals), proposals):
            given = marks(random).items()
            yield SheetSubmitted(
                edition=EDITION,
                stage=STAGE,
                proposal=proposal(number),
                juror=f"juror-{juror}",
                marks=tuple(Mark(criterion=name, value=Decimal(mark)) for name, mark in given),
                version=1,
            )


def headers(event: Event) -> dict[str, str]:
    envelope = Envelope.around(event, id=str(uuid7()), time=AT, correlation="bench", causation=None)
    return envelope.headers()


async def put_on_log(log: Log, events: Iterable[Event]) -> int:
    """Put the events on the log, quickly; gives the position of the last one."""
    position = 0
    rows = (Outgoing(0, each.subject(), headers(each), encode(each)) for each in events)
    while batch := list(islice(rows, MESSAGES_TOGETHER)):
        position = await log.publish(batch)
    return position
