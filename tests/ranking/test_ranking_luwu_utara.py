"""The pure rules on the sheets of an example edition come to the standings that are expected."""

import csv
import io
import tomllib
from decimal import Decimal
from pathlib import Path

from contracts.evaluation import Mark
from contracts.rulebook import Rulebook, Stage
from ranking_service import rules
from ranking_service.engine.plan import plans_of
from ranking_service.places import Order, Place, Scored, cut, rank_all

ROOT = Path(__file__).resolve().parents[2]
EDITION = ROOT / "examples" / "kipp-luwu-utara-2019"
EXPECTED = ROOT / "tests" / "examples" / "expected_standings.csv"
RULEBOOK = Rulebook.model_validate(tomllib.loads((EDITION / "rulebook.toml").read_text("utf-8")))
STAGE = RULEBOOK.stages[0]

Row = dict[str, str]


def rows_in(path: Path) -> list[Row]:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return list(csv.DictReader(io.StringIO("".join(x for x in lines if not x.startswith("#")))))


def marks_of(row: Row, stage: Stage) -> dict[str, Decimal]:
    marks = [Mark(criterion=each.id, value=Decimal(row[each.id])) for each in stage.criteria]
    return rules.fitting_marks(stage.criteria, marks)


def places_of(*tables: str) -> tuple[Place, ...]:
    sheets: dict[str, dict[str, rules.Marks]] = {
        row["proposal"]: {} for row in rows_in(EDITION / "proposals.csv")
    }
    for row in (row for table in tables for row in rows_in(EDITION / f"{table}.csv")):
        sheets[row["proposal"]][row["juror"]] = marks_of(row, STAGE)
    plan = plans_of(RULEBOOK.stages)[STAGE.id]
    entries = {proposal: plan.entry(by_juror, {}) for proposal, by_juror in sheets.items()}
    plan.work_out(entries)
    scored = {proposal: Scored(plan.score(entry)) for proposal, entry in entries.items()}
    return cut(rank_all(scored, Order.of(STAGE)), STAGE.cut)


def test_standings_are_those_expected() -> None:
    places = places_of("sheets", "amendments")

    assert [
        {"rank": str(each.rank), "proposal": each.proposal, "score": rules.score_text(each.score)}
        for each in places
    ] == rows_in(EXPECTED)


def test_seven_advance_and_the_amendments_decide_who() -> None:
    def advancing(*tables: str) -> set[str]:
        return {each.proposal for each in places_of(*tables) if each.advanced}

    before, after = advancing("sheets"), advancing("sheets", "amendments")

    assert len(after) == 7
    assert before ^ after == {"p17", "p26"}


def test_top_7_goes_to_those_who_advance() -> None:
    places = places_of("sheets", "amendments")
    receivers = [place.proposal for _, place in rules.winners(RULEBOOK, STAGE.id, places)]

    assert receivers == [each.proposal for each in places if each.advanced]
