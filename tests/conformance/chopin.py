"""The published sheets and results of the piano competition; everybody is a number, not a name."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from sayembara.play.checks import check
from sayembara.play.files import Recusal
from sayembara.play.folder import Folder
from sayembara.play.tables import Place
from tests.conformance.jury import DATASETS, Key
from tests.support.editions import Row, made

DATA = DATASETS / "chopin2025"
RULEBOOK = Path(__file__).with_name("chopin.toml")
STAGES = {"1": "stage-1", "2": "stage-2", "3": "stage-3", "final": "final"}
SCORES = {stage: f"stage{stage}_score" for stage in "123"} | {"final": "final_score"}

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
    jury = made("chopin-2025", text, _seats(), map(_sheet, _scored(marks)))
    jury = replace(jury, recusals=tuple(_recusals(marks)))
    check(jury)
    return jury


def read_official() -> Official:
    """The numbers that must come of it."""
    marks = _scored(_lines("judge_scores"))
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


def _seats() -> Iterator[Row]:
    for _, line in _lines("jurors"):
        for stage in STAGES.values():
            yield {"stage": stage, "juror": _jurors()[line["juror"]], "agency": "jury"}


def _scored(marks: list[tuple[Place, Line]]) -> list[Line]:
    return [line for _, line in marks if line["recused"] == "0"]


def _sheet(line: Line) -> Row:
    stage, proposal, juror = _key(line)
    key = {"stage": stage, "proposal": proposal, "juror": juror}
    return {**key, "performance": line["score"]}


def _recusals(marks: list[tuple[Place, Line]]) -> Iterator[Recusal]:
    for place, line in marks:
        if line["recused"] == "1":
            stage, proposal, juror = _key(line)
            why = "Teacher and pupil"
            yield Recusal(place=place, stage=stage, proposal=proposal, juror=juror, reason=why)
