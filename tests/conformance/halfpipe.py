"""The published marks and results of the halfpipe final; everybody is a number, not a name."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sayembara.play.folder import Folder
from tests.conformance.jury import DATASETS
from tests.support.editions import Row, made

DATA = DATASETS / "snowboard_halfpipe_2026"
RULEBOOK = Path(__file__).with_name("halfpipe.toml")
JURORS = [f"judge-{number}" for number in range(1, 7)]


@dataclass(frozen=True)
class Official:
    """What the organiser published."""

    runs: dict[tuple[str, str], Fraction]
    scores: dict[str, Fraction]
    ranks: dict[str, int]


def read_edition() -> Folder:
    """The final as an edition."""
    seats = ({"stage": "final", "juror": each, "agency": "jury"} for each in JURORS)
    return made("halfpipe-2026", RULEBOOK.read_text("utf-8"), seats, _sheets())


def read_official() -> Official:
    """The numbers that must come of it."""
    scored = [row for row in _rows("judge_scores") if row["official_run_score"]]
    results = _rows("official_results")
    return Official(
        runs={(_rider(row), f"run-{row['run']}"): _of(row, "official_run_score") for row in scored},
        scores={_rider(row): _of(row, "best_score") for row in results},
        ranks={_rider(row): int(row["final_rank"]) for row in results},
    )


def _rows(table: str) -> list[Row]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rider(row: Row) -> str:
    order = {each["competitor"]: each["start_order"] for each in _rows("official_results")}
    return f"rider-{order[row['competitor']]}"


def _of(row: Row, column: str) -> Fraction:
    return Fraction(row[column])


def _sheets() -> Iterator[Row]:
    for row in _rows("judge_scores"):
        key = {"stage": "final", "proposal": _rider(row), "part": f"run-{row['run']}"}
        for number, juror in enumerate(JURORS, 1):
            if mark := row[f"judge_{number}"]:
                yield {**key, "juror": juror, "impression": mark}
