"""A large edition made from a seed, and what must come of it whatever is killed on the way."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from ranking_service import rules
from ranking_service.engine.plan import plans_of
from ranking_service.places import Order, Scored, cut, rank_all
from ranking_service.places import Place as Standing
from ranking_service.rules import Marks
from submission_service.rules.rulebook_file import read_rulebook

from sayembara.play.checks import check
from sayembara.play.files import (
    Agency,
    Amendment,
    Award,
    Proposal,
    Seat,
    Sheet,
)
from sayembara.play.folder import Folder
from sayembara.play.tables import Place
from tests.support.editions import play_of, rulebook

STAGE = "penilaian"
JURORS = 6
AGENCIES = 50
AMENDMENTS = 40
DECIDED = 3
CRITERIA = ("kebaruan", "manfaat", "keberlanjutan")
PLACE = Place(Path("made-from-a-seed"), 1)
STAGE_AND_AWARDS = """\
[[stages]]
id = "penilaian"
name = { id = "Penilaian", en = "Judging" }
quorum = 3
cut = 50

[[stages.criteria]]
id = "kebaruan"
name = { id = "Kebaruan", en = "Novelty" }
weight = 15

[[stages.criteria]]
id = "manfaat"
name = { id = "Manfaat", en = "Benefit" }
weight = 30

[[stages.criteria]]
id = "keberlanjutan"
name = { id = "Keberlanjutan", en = "Sustainability" }
weight = 10

[[awards]]
id = "terbaik"
name = { id = "Terbaik", en = "Best" }
by = "rank"
stage = "penilaian"
top = 10

[[awards]]
id = "pilihan"
name = { id = "Pilihan", en = "Choice" }
by = "decision"
count = 3
"""


def make_edition(seed: int, size: int) -> Folder:
    """An edition of `size` proposals before six jurors; the same seed makes the same one."""
    chance = random.Random(seed)
    name = f"chaos-{seed}"
    text = rulebook(name, "Uji tahan", "Crash drill", STAGE_AND_AWARDS)
    book = read_rulebook(text.encode(), name)
    agencies = tuple(map(_agency, range(AGENCIES)))
    # The last three agencies hand in nothing; three of the six jurors have their own to recuse.
    proposals = tuple(
        _proposal(number, agencies[chance.randrange(AGENCIES - 3)]) for number in range(size)
    )
    panel = tuple(
        _seat(number, agencies[number if number < 3 else -(number - 2)]) for number in range(JURORS)
    )
    sheets = tuple(_sheets(chance, proposals, panel))
    amended = chance.sample(sheets, min(AMENDMENTS, len(sheets)))
    winners = chance.sample(proposals, DECIDED)
    folder = Folder(
        path=Path(name),
        rulebook_text=text,
        rulebook=book,
        play=play_of(book),
        agencies=agencies,
        proposals=proposals,
        panel=panel,
        sheets=sheets,
        amendments=tuple(_amendment(chance, each) for each in amended),
        awards=tuple(map(_award, winners)),
    )
    check(folder)
    return folder


def _agency(number: int) -> Agency:
    name, mailbox = f"Dinas {number}", f"dinas-{number}@drill.example"
    return Agency(place=PLACE, agency=f"dinas-{number}", name=name, kind="dinas", email=mailbox)


def _proposal(number: int, agency: Agency) -> Proposal:
    return Proposal(
        place=PLACE,
        proposal=f"p{number:04}",
        title=f"Inovasi nomor {number}",
        agency=agency.agency,
        unit="",
        innovator="",
        started_on=date(2017, 1, 1),
        source="",
        sections={"program": f"Ringkasan inovasi nomor {number}. " * 10},
    )


def _seat(number: int, agency: Agency) -> Seat:
    juror = f"juri-{number}"
    return Seat(
        place=PLACE,
        stage=STAGE,
        juror=juror,
        office=f"Juri {number}",
        agency=agency.agency,
        email=f"{juror}@drill.example",
    )


def _sheets(
    chance: random.Random, proposals: tuple[Proposal, ...], panel: tuple[Seat, ...]
) -> Iterator[Sheet]:
    for proposal in proposals:
        for seat in panel:
            if seat.agency != proposal.agency:
                key = {"stage": STAGE, "proposal": proposal.proposal, "juror": seat.juror}
                yield Sheet(place=PLACE, **key, marks=_marks(chance))


def _amendment(chance: random.Random, sheet: Sheet) -> Amendment:
    key = {"stage": sheet.stage, "proposal": sheet.proposal, "juror": sheet.juror}
    marks = {criterion: (mark + 1) % 101 for criterion, mark in _marks(chance).items()}
    first = CRITERIA[0]
    # At least one mark is another one: the same sheet again would be no amendment.
    marks[first] = (sheet.marks[first] + 1) % 101
    return Amendment(place=PLACE, **key, marks=marks, reason="Angka tertukar")


def _marks(chance: random.Random) -> dict[str, Decimal]:
    return {each: Decimal(chance.randint(40, 100)) for each in CRITERIA}


def _award(proposal: Proposal) -> Award:
    to = proposal.proposal
    return Award(place=PLACE, award="pilihan", proposal=to, by="Panitia", reason="Diputuskan")


@dataclass(frozen=True)
class Expected:
    """What must be found when the edition is over."""

    rows: tuple[Standing, ...]
    versions: frozenset[tuple[str, str, int]]
    """Every version of every sheet: proposal, juror, version."""
    counted: dict[str, int]
    """How many sheets count for each proposal."""
    notices: int

    def digest(self, edition: str, rulebook: str) -> str:
        """The digest of the final standings."""
        return rules.digest(edition, STAGE, rulebook, final=True, places=self.rows)


def expect(folder: Folder) -> Expected:
    """What the files of the edition come to by the pure rules alone."""
    stage = folder.rulebook.stage(STAGE)
    standing = {each.key: each.marks for each in (*folder.sheets, *folder.amendments)}
    by_proposal: dict[str, dict[str, Marks]] = {each.proposal: {} for each in folder.proposals}
    for (_, proposal, juror, _), marks in standing.items():
        by_proposal[proposal][juror] = marks
    plan = plans_of(folder.rulebook.stages)[STAGE]
    entries = {each: plan.entry(sheets, {}) for each, sheets in by_proposal.items()}
    plan.work_out(entries)
    scored = {each: Scored(plan.score(entry)) for each, entry in entries.items()}
    rows = cut(rank_all(scored, Order.of(stage)), stage.cut)
    versions = [(each.proposal, each.juror, 1) for each in folder.sheets]
    versions += [(each.proposal, each.juror, 2) for each in folder.amendments]
    counted = {each: len(marks) for each, marks in by_proposal.items()}
    return Expected(rows, frozenset(versions), counted, _notices(folder, rows))


def _notices(folder: Folder, rows: tuple[Standing, ...]) -> int:
    # Each proposal: received, admitted, advanced or eliminated. Each juror: seated, closed.
    awards = len(rules.winners(folder.rulebook, STAGE, rows)) + len(folder.awards)
    return 3 * len(folder.proposals) + 2 * len(folder.panel) + awards
