"""Between which numbers a step comes out: never too tight, and tight where it is simple."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from contracts.functions import FUNCTIONS
from contracts.rulebook import Stage

from sayembara.ranges import PLAIN, Range
from sayembara.reach import reach_of

WORDS = {"id": "x", "en": "x"}


def criterion(name: str, low: int = 0, high: int = 100, **rest: Any) -> dict[str, Any]:
    scale = {"min": Decimal(low), "max": Decimal(high)}
    return {"id": name, "name": WORDS, "scale": scale, **rest}


CRITERIA = [
    criterion("a", 1, 10, weight=Decimal(2)),
    criterion("b", 0, 5, weight=Decimal(3)),
    criterion("c", -4, 4, per="part"),
]


def reach(formula: str, criteria: Any = CRITERIA, **rest: Any) -> tuple[Any, Any]:
    stage = Stage.model_validate(
        {
            "id": "meja",
            "name": WORDS,
            "parts": ["one", "two", "three"],
            "criteria": criteria,
            "steps": [{"id": "score", "formula": formula}],
            **rest,
        }
    )
    found = reach_of([stage])["meja"]["score"]
    return found.low, found.high


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        ("mean(mark.a, juror)", 1, 10),
        ("mean(sum(mark, criterion), juror)", 1, 15),
        ("mean(sum(mark * weight, criterion), juror)", 2, 35),
        ("mean(weighted(mark), juror)", 0, 10),
        ("sum(mark.a, juror)", 1, None),
        ("sum(mean(mark.c, juror), part)", -12, 12),
        ("count(mean(mark.c, juror), part)", 0, 3),
        ("count(mark.a, juror)", 0, None),
        ("mean(trim(mark.a, juror, 1, 1), juror)", 1, 10),
        ("sum(best(mean(mark.c, juror), part, 2), part)", -12, 12),
        ("nth(mark.a, juror, 2)", 1, 10),
        ("mean(clamp(mark.a, 3, 20), juror)", 3, 10),
        ("abs(mean(sum(mark.c, part), juror))", 0, 12),
        ("abs(mean(mark.a, juror))", 1, 10),
        ("mean(mark.a, juror) - mean(mark.b, juror)", -4, 10),
        ("0 - mean(mark.a, juror)", -10, -1),
        ("-mean(mark.a, juror)", -10, -1),
        ("mean(mark.a, juror) / mean(mark.b, juror)", 0, None),
        ("mean(mark.b, juror) / mean(mark.a, juror)", 0, 5),
        ("mean(mark.a, juror) / (0 - 1)", None, None),
        ("(0 - 1) / mean(mark.b, juror)", None, None),
        ("mean(mark.a, juror) / (1 + jurors)", 0, 10),
        ("jurors * mean(mark.a, juror)", 0, None),
        ("jurors * (0 - 1)", None, None),
        ("0.9 ** jurors", 0, 1),
        ("2 ** jurors", 0, None),
        ("(0 - 2) ** jurors", None, None),
        ("mean(mark.a, juror) > 3", 0, 1),
        ("not mean(mark.a, juror)", 0, 1),
        ("when(jurors > 2, 7, mean(mark.a, juror))", 1, 10),
        ("default(mean(mark.b, juror), 20)", 0, 20),
        ("least(mean(mark.a, juror), jurors)", 0, 10),
        ("greatest(mean(mark.a, juror), jurors)", 1, None),
        ("round(mean(mark.a, juror) / 3, 1)", Fraction(3, 10), Fraction(34, 10)),
        ("round(jurors, 0)", 0, None),
        ("rank(mean(mark.a, juror))", 1, None),
        ("top(mean(mark.a, juror))", 1, 10),
        ("points(rank(mean(mark.a, juror)), [12, 10])", 0, 12),
        ("parts + seated + recused", 0, None),
    ],
)
def test_a_formula_comes_out_within(formula: str, low: Any, high: Any) -> None:
    assert reach(f"round({formula}, 2)") == (low, high)


def test_what_a_sheet_may_leave_out_may_be_missing_from_a_sum() -> None:
    marks = [criterion("a", 2, 10), criterion("b", 3, 5, optional=True)]

    assert reach("round(mean(sum(mark, criterion), juror), 0)", marks) == (2, 15)


def test_a_panel_has_its_own_marks() -> None:
    panels = [{"id": "juri", "name": WORDS}, {"id": "publik", "name": WORDS}]
    marks = [criterion("a", 2, 10, panel="juri"), criterion("b", 3, 5, panel="publik")]

    def found(formula: str) -> tuple[Any, Any]:
        return reach(formula, marks, panels=panels)

    assert found("round(mean(sum(panel.juri.mark, criterion), juror), 0)") == (2, 10)
    assert found("round(mean(sum(mark, criterion), juror), 0)") == (0, 15)
    assert found("round(mean(panel.publik.mark.b, juror), 0)") == (3, 5)


def test_a_later_stage_builds_on_what_an_earlier_one_reaches() -> None:
    def stage(name: str, formula: str) -> Stage:
        steps = [{"id": "score", "formula": formula}]
        return Stage.model_validate(
            {"id": name, "name": WORDS, "criteria": CRITERIA[:1], "steps": steps}
        )

    first = stage("meja", "round(mean(mark.a, juror), 0)")
    second = stage("final", "round(stage.meja.score + mean(mark.a, juror), 0)")

    found = reach_of([first, second])["final"]["score"]
    assert found == Range(Fraction(2), Fraction(20), sure=True)


def test_every_function_is_known_here() -> None:
    over_an_axis = {name for name, each in FUNCTIONS.items() if "axis" in each.given}

    assert set(FUNCTIONS) == set(PLAIN) | over_an_axis | {"weighted"}
