"""The quick ways of the commonest formulas: they come to what the walk through a formula does."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from contracts.formula import parse
from contracts.rulebook import Stage
from hypothesis import given, strategies
from ranking_service.engine.calculate import calculate
from ranking_service.engine.exact import Fraction, added
from ranking_service.engine.plan import Marks, Plan, Seat, plans_of

from tests.ranking.facts import words

JURORS = ("ana", "budi", "citra", "dewi")
SEATS = {juror: Seat("jury" if juror < "c" else "public", f"kota-{juror}") for juror in JURORS}
MARKED = ("benefit", "vote", "style")
NUMBERS = ("mark.benefit", "mark.style", "panel.public.mark.vote", "panel.jury.mark.style")
MARKS = ("mark", "panel.jury.mark", "panel.public.mark")


def stage(formula: str, weights: Mapping[str, Decimal] | None = None, **said: Any) -> Stage:
    """The jury looks at the benefit, the public votes, and both may mark style."""
    panels = {"benefit": "jury", "vote": "public", "style": None}
    criteria = [
        {"id": name, "name": words(name), "panel": panel, "optional": True}
        | {"weight": (weights or {}).get(name, Decimal(1))}
        for name, panel in panels.items()
    ]
    criteria.append({"id": "run", "name": words("Run"), "per": "part", "panel": "jury"})
    steps = {"worked": formula, "score": "round(jurors, 0)"}
    given = {
        "panels": [{"id": each, "name": words(each)} for each in ("jury", "public")],
        "steps": [{"id": name, "formula": text} for name, text in steps.items()],
        "criteria": criteria,
        "parts": ["one"],
        **said,
    }
    return Stage.model_validate({"id": "s", "name": words("S"), **given})


def plan_of(formula: str, weights: Mapping[str, Decimal] | None = None, **said: Any) -> Plan:
    return plans_of([stage(formula, weights, **said)])["s"]


def of_jurors() -> strategies.SearchStrategy[str]:
    weighted = strategies.sampled_from(MARKS).map("weighted({})".format)
    rounded = "round({}, {}, {})".format
    plain = strategies.sampled_from(NUMBERS) | weighted
    return plain | strategies.builds(rounded, plain, PLACES, MODES)


PLACES = strategies.integers(0, 3)
MODES = strategies.sampled_from(("half_up", "half_even", "down", "up"))
OVER = strategies.builds(
    "{}({}, juror)".format, strategies.sampled_from(("mean", "sum")), of_jurors()
)
FORMULAS = OVER | strategies.builds("round({}, {}, {})".format, OVER, PLACES, MODES)
MARK = strategies.decimals(-20, 120, places=2) | strategies.integers(0, 100).map(Decimal)
SHEETS = strategies.dictionaries(
    strategies.sampled_from(JURORS), strategies.dictionaries(strategies.sampled_from(MARKED), MARK)
)
WEIGHT = strategies.decimals("0.01", 60, places=2) | strategies.integers(1, 40).map(Decimal)
WEIGHTS = strategies.fixed_dictionaries(dict.fromkeys(MARKED, WEIGHT))


@given(FORMULAS, WEIGHTS, SHEETS)
def test_quick_way_comes_to_what_the_walk_does(
    formula: str, weights: Mapping[str, Decimal], sheets: Mapping[str, Marks]
) -> None:
    # given a formula that has a quick way
    plan = plan_of(formula, weights)
    assert "worked" in plan.quick
    # when it is worked out by it, and by the walk
    quick, walked = (plan.entry(sheets, {}, {}, SEATS) for _ in range(2))
    plan.work_out({"p": quick})
    calculate([("worked", parse(formula))], {"p": walked})
    # then both come to the same
    assert quick.known["worked"] == walked.known["worked"]


@pytest.mark.parametrize(
    "formula",
    [
        "mean(mean(part.mark, criterion), juror)",
        "mean(weighted(part.mark), juror)",
        "mean(mark.run, juror)",
        "mean(weighted(mark) + 1, juror)",
        "mean(weighted(mark * 2), juror)",
        "mean(round(jurors, 0) * mark.style, juror)",
        "median(weighted(mark), juror)",
        "mean(mark, criterion)",
        "round(max(mark.style, juror), 1)",
        "mean(round(median(mark, criterion), 0), juror)",
        "jurors",
        "3",
    ],
)
def test_whatever_else_a_formula_says_is_walked_through(formula: str) -> None:
    assert "worked" not in plan_of(formula).quick


def test_agencies_that_mark_together_are_walked_through() -> None:
    assert not plan_of("mean(mean(weighted(mark), juror), group)", groups=True).quick


def test_what_goes_on_from_a_step_is_walked_through() -> None:
    steps = [
        {"id": "each", "formula": "weighted(mark)"},
        {"id": "score", "formula": "round(mean(each, juror), 2)"},
    ]
    assert not plan_of("jurors", steps=steps).quick


def test_sum_of_quotients_is_exact() -> None:
    thirds = [(1, 3), (1, 6), (1, 3), (5, 4)]
    assert Fraction(*added(thirds)) == Fraction(25, 12)
    assert added([]) == (0, 1)
