"""The published sheets and results of the piano competition; everybody is a number, not a name."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from contracts.rulebook import Words
from submission_service.rules.rulebook_file import read_rulebook

from sayembara.play.checks import check
from sayembara.play.files import (
    Agency,
    Moments,
    Play,
    Proposal,
    Recusal,
    Seat,
    Secretariat,
    Sheet,
)
from sayembara.play.folder import Folder
from sayembara.play.tables import Place
from tests.conformance.jury import DATASETS, Key

DATA = DATASETS / "chopin2025"
RULEBOOK = Path(__file__).with_name("chopin.toml")
STAGES = {"1": "stage-1", "2": "stage-2", "3": "stage-3", "final": "final"}
SCORES = {stage: f"stage{stage}_score" for stage in "123"} | {"final": "final_score"}
CONTESTANTS, JURORS = "contestants", "jury"

Line = dict[str, str]


@dataclass(frozen=True)
class Official:
    """What the organiser published."""

    corrected: dict[tuple[str, str, str], Fraction]
    scores: dict[Key, Fraction]
    results: dict[Key, Fraction]
    advanced: frozenset[Key]
    places: dict[str, int]


def read_jury() -> Folder:
    """The competition as an edition."""
    marks = _lines("judge_scores")
    text = RULEBOOK.read_text("utf-8")
    jury = Folder(
        path=Path("chopin-2025"),
        rulebook_text=text,
        rulebook=read_rulebook(text.encode(), "chopin-2025"),
        play=_play(),
        agencies=tuple(map(_agency, (CONTESTANTS, JURORS))),
        proposals=tuple(_proposals(marks)),
        panel=tuple(_panel()),
        sheets=tuple(_sheets(marks)),
        amendments=(),
        awards=(),
        recusals=tuple(_recusals(marks)),
    )
    check(jury)
    return jury


def read_official() -> Official:
    """The numbers that must come of it."""
    marks = [line for _, line in _lines("judge_scores") if line["recused"] == "0"]
    rows = [line for _, line in _lines("official_results")]
    of = {(STAGES[row["stage"]], _contestant(row)): row for row in rows}
    return Official(
        corrected={_key(line): Fraction(line["official_corrected_score"]) for line in marks},
        scores={key: Fraction(row[SCORES[row["stage"]]]) for key, row in of.items()},
        results={key: Fraction(row["result"]) for key, row in of.items()},
        advanced=frozenset(key for key, row in of.items() if row["advanced"] == "1"),
        places={_contestant(row): int(row["place"]) for row in rows if row["place"]},
    )


def _lines(table: str) -> list[tuple[Place, Line]]:
    path = DATA / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [(Place(path, number), line) for number, line in enumerate(csv.DictReader(file), 2)]


def _contestant(line: Line) -> str:
    return f"contestant-{line['contestant_no']}"


@cache
def _jurors() -> dict[str, str]:
    # In the data a juror is known by name; here by the column of the published sheet.
    return {line["juror"]: f"juror-{int(line['juror_order']):02}" for _, line in _lines("jurors")}


def _key(line: Line) -> tuple[str, str, str]:
    return STAGES[line["stage"]], _contestant(line), _jurors()[line["juror"]]


def _agency(name: str) -> Agency:
    at = Place(DATA / "jurors.csv", 1)
    email = f"{name}@chopin-2025.example"
    return Agency(place=at, agency=name, name=name, kind="perangkat-daerah", email=email)


def _proposals(marks: list[tuple[Place, Line]]) -> Iterator[Proposal]:
    first_seen = {_contestant(line): place for place, line in reversed(marks)}
    for contestant, place in first_seen.items():
        yield Proposal(
            place=place,
            proposal=contestant,
            title=contestant,
            agency=CONTESTANTS,
            unit="",
            innovator="",
            started_on=date(2025, 1, 1),
            source="",
            sections={"program": contestant},
        )


def _panel() -> Iterator[Seat]:
    for place, line in _lines("jurors"):
        juror = _jurors()[line["juror"]]
        email = f"{juror}@chopin-2025.example"
        for stage in STAGES.values():
            yield Seat(
                place=place, stage=stage, juror=juror, office=juror, agency=JURORS, email=email
            )


def _sheets(marks: list[tuple[Place, Line]]) -> Iterator[Sheet]:
    for place, line in marks:
        if line["recused"] == "0":
            stage, proposal, juror = _key(line)
            given = {"performance": Decimal(line["score"])}
            yield Sheet(place=place, stage=stage, proposal=proposal, juror=juror, marks=given)


def _recusals(marks: list[tuple[Place, Line]]) -> Iterator[Recusal]:
    for place, line in marks:
        if line["recused"] == "1":
            stage, proposal, juror = _key(line)
            why = "Teacher and pupil"
            yield Recusal(place=place, stage=stage, proposal=proposal, juror=juror, reason=why)


def _play() -> Play:
    moments = {
        "intake": "2025-01-15T09:00:00+01:00",
        "closed": "2025-02-03T09:00:00+01:00",
        "scoring": "2025-10-03T09:00:00+02:00",
        "announced": "2025-10-21T09:00:00+02:00",
    }
    return Play(
        note=Words(id="Lembar nilai resmi.", en="The official score sheets."),
        secretariat=Secretariat(office="Jury office", email="office@chopin-2025.example"),
        clock=Moments(**{name: datetime.fromisoformat(at) for name, at in moments.items()}),
    )
