"""The published marks and ranks of the Olympic diving; everybody is a number, not a name."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sayembara.play.folder import Folder
from tests.conformance.jury import DATASETS, Key
from tests.support.editions import Row, made

DATA = DATASETS / "diving_sydney2000"
RULEBOOK = Path(__file__).with_name("diving.toml")
EVENTS = {"M3mSB": "m3", "W3mSB": "w3", "M10mPF": "m10", "W10mPF": "w10"}
STAGES = {"Prelim": "prelim", "Semi": "semi", "Final": "final"}
NEXT = {"prelim": "semi", "semi": "final"}


@dataclass(frozen=True)
class Official:
    """What the organiser published: the rank in each round, and who was in the next one."""

    ranks: dict[Key, int]
    advanced: frozenset[Key]


def read_edition(event: str) -> Folder:
    """One event as an edition."""
    edition = f"diving-2000-{EVENTS[event]}"
    rulebook = RULEBOOK.read_text("utf-8").replace('"diving-2000"', f'"{edition}"')
    return made(edition, rulebook, _seats(event), _sheets(event))


def read_official(event: str) -> Official:
    """The numbers that must come of it."""
    ranks = {(STAGES[row["Round"]], _diver(row)): int(row["Rank"]) for row in _rows(event)}
    going = (each for each in ranks if each[0] in NEXT and (NEXT[each[0]], each[1]) in ranks)
    return Official(ranks, frozenset(going))


@cache
def _all() -> list[Row]:
    with (DATA / "Diving2000.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rows(event: str) -> list[Row]:
    return [row for row in _all() if row["Event"] == event]


@cache
def _numbers(column: str) -> dict[str, int]:
    return {each: number for number, each in enumerate(sorted({row[column] for row in _all()}), 1)}


def _diver(row: Row) -> str:
    return f"diver-{_numbers('Diver')[row['Diver']]:03}"


def _judge(row: Row) -> str:
    return f"judge-{_numbers('Judge')[row['Judge']]:02}"


def _seats(event: str) -> Iterator[Row]:
    # Judges marked divers of their own country: the published ranks count these marks.
    judges = dict.fromkeys((STAGES[row["Round"]], _judge(row)) for row in _rows(event))
    for stage, juror in judges:
        yield {"stage": stage, "juror": juror, "agency": "jury", "panel": "judges"}
    for stage in STAGES.values():
        yield {"stage": stage, "juror": "officials", "agency": "jury", "panel": "officials"}


def _sheets(event: str) -> Iterator[Row]:
    for row in _first_of_each_dive(_rows(event)):
        yield {**_dive(row), "juror": "officials", "difficulty": row["Difficulty"]}
    for row in _rows(event):
        yield {**_dive(row), "juror": _judge(row), "award": row["JScore"]}


def _first_of_each_dive(rows: Iterable[Row]) -> Iterator[Row]:
    seen: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        dive = tuple(_dive(row).values())
        if not seen[dive]:
            yield row
        seen[dive] += 1


def _dive(row: Row) -> Row:
    return {
        "stage": STAGES[row["Round"]],
        "proposal": _diver(row),
        "part": f"dive-{row['DiveNo']}",
    }
