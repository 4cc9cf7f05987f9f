"""What each function of a formula comes to, on numbers made by hand; absent ones included."""

import pytest
from contracts.formula import parse
from contracts.functions import FUNCTIONS
from ranking_service.engine import across, calculate, functions
from ranking_service.engine.calculate import Entry, column
from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import ABSENT, Value

from tests.ranking.formulas import (
    along,
    by_both,
    by_criterion,
    by_juror,
    each_of,
    number,
    one,
    worked,
)

APART = {"when", "default", "round", "points", "weighted", "nth", "trim", "best"}


def test_every_function_of_the_language_is_worked_out_in_one_place() -> None:
    places = [functions.EACH, functions.OVER, across.ACROSS, APART]

    assert sorted(name for place in places for name in place) == sorted(FUNCTIONS)
    assert set(across.ACROSS) == {name for name, each in FUNCTIONS.items() if each.across}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x + y", "-1"),
        ("x - y", "5"),
        ("x * y", "-6"),
        ("x / y", "-2/3"),
        ("x ** 3", "8"),
        ("y ** 2", "9"),
        ("0.1 + 0.2", "3/10"),
        ("1 / 3 * 3", "1"),
        ("-x", "-2"),
        ("negative(y)", "3"),
        ("abs(y)", "3"),
        ("least(x, y)", "-3"),
        ("greatest(x, y)", "2"),
        ("clamp(5, y, x)", "2"),
        ("clamp(-5, y, x)", "-3"),
        ("clamp(1, y, x)", "1"),
        ("round(x / y, 2)", "-0.67"),
        ("round(2.5, 0)", "3"),
        ("round(2.5, 0, half_even)", "2"),
        ("round(-2.5, 0)", "-3"),
        ("round(2.1, 0, up)", "3"),
        ("round(2.9, 0, down)", "2"),
    ],
)
def test_arithmetic(formula: str, expected: str) -> None:
    assert number(formula, x=one(2), y=one(-3)) == Fraction(expected)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x < y", [1, 0, 0]),
        ("x <= y", [1, 1, 0]),
        ("x > y", [0, 0, 1]),
        ("x >= y", [0, 1, 1]),
        ("x == y", [0, 1, 0]),
        ("x != y", [1, 0, 1]),
    ],
)
def test_comparisons(formula: str, expected: list[int]) -> None:
    assert worked(formula, x=by_juror(1, 2, 3), y=one(2)) == by_juror(*expected)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("x and y", [0, 0, 1]), ("x or y", [0, 1, 1]), ("not x", [1, 1, 0]), ("not not x", [0, 0, 1])],
)
def test_logic(formula: str, expected: list[int]) -> None:
    assert worked(formula, x=by_juror(0, 0, "-1/2"), y=by_juror(0, 3, 1)) == by_juror(*expected)


@pytest.mark.parametrize(
    "formula",
    [
        *("x + none", "none * 0", "x / 0", "0 / 0", "x ** 0.5", "0 ** -1", "x ** 101", "-none"),
        *("none == none", "x and none", "none or x", "not none", "abs(none)", "round(none, 2)"),
        *("clamp(x, none, x)", "when(none, x, x)", "when(1, none, x)", "when(0, x, none)"),
        *("default(none, none)", "points(none, [3, 2])"),
    ],
)
def test_nothing_comes_of_what_is_absent(formula: str) -> None:
    assert number(formula, x=one(2), none=ABSENT) is None


def test_number_too_long_to_keep_is_absent() -> None:
    long = one(2**99)

    assert number("x ** 99", x=long) == 2 ** (99 * 99)
    assert number("x ** 99 * x", x=long) == 2 ** (99 * 100)
    assert number("x ** 99 * x * x", x=long) is None
    assert number("x ** 100", x=long) is None


def test_name_that_nobody_gave_a_value_is_absent() -> None:
    assert number("stage.desk.score") is None


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sum(x, juror)", "4"),
        ("mean(x, juror)", "4/3"),
        ("median(x, juror)", "2"),
        ("max(x, juror)", "5"),
        ("min(x, juror)", "-3"),
        ("count(x, juror)", "3"),
        ("nth(x, juror, 1)", "5"),
        ("nth(x, juror, 3)", "-3"),
        ("nth(x, juror, 4)", None),
        ("nth(x, juror, 0)", None),
        ("sum(trim(x, juror, 1, 1), juror)", "2"),
        ("sum(trim(x, juror, 0, 0), juror)", "4"),
        ("sum(trim(x, juror, 2, 2), juror)", None),
        ("sum(trim(x, juror, 9, 0), juror)", None),
        ("sum(best(x, juror, 2), juror)", "7"),
        ("sum(best(x, juror, 9), juror)", "4"),
        ("sum(best(x, juror, 0), juror)", None),
    ],
)
def test_over_the_jurors(formula: str, expected: str | None) -> None:
    found = number(formula, x=by_juror(5, -3, 2))

    assert found == (None if expected is None else Fraction(expected))


@pytest.mark.parametrize("function", sorted(functions.OVER))
def test_nothing_comes_of_no_juror(function: str) -> None:
    assert number(f"{function}(x, juror)", x=by_juror()) is None


def test_absent_jurors_have_no_part() -> None:
    assert number("mean(x, juror)", x=by_juror(5, None, 2)) == Fraction(7, 2)
    assert number("median(x, juror)", x=by_juror(5, None, 2)) == Fraction(7, 2)
    assert number("count(x, juror)", x=by_juror(5, None, 0)) == 1


def test_mean_and_median_of_nothing() -> None:
    assert functions.mean([]) is None
    assert functions.median([]) is None


def test_over_one_axis_the_other_is_left() -> None:
    marks = by_both(1, 2, 3, 4, 5, None)

    assert worked("mean(x, juror)", x=marks) == by_criterion(3, 3)
    assert worked("sum(x, criterion)", x=marks) == by_juror(3, 7, 5)
    assert worked("trim(x, juror, 1, 0)", x=marks) == by_both(None, None, 3, 4, 5, None)
    assert worked("best(x, criterion, 1)", x=marks) == by_both(None, 2, None, 4, 5, None)


@pytest.mark.parametrize("order", [("ana", "budi", "citra"), ("citra", "ana", "budi")])
def test_of_equal_ones_it_does_not_matter_which_came_first(order: tuple[str, ...]) -> None:
    equal = along("juror", dict.fromkeys(order, 7))

    assert each_of(worked("trim(x, juror, 1, 1)", x=equal)) == {"budi": 7}
    assert each_of(worked("best(x, juror, 1)", x=equal)) == {"citra": 7}
    assert number("nth(x, juror, 2)", x=equal) == 7


@pytest.mark.parametrize(
    ("place", "expected"),
    [("1", "12"), ("2", "10"), ("3", "1/2"), ("4", "0"), ("0", "0"), ("-1", "0"), ("3/2", "0")],
)
def test_points_by_place(place: str, expected: str) -> None:
    assert number("points(x, [12, 10, 0.5])", x=one(place)) == Fraction(expected)


def test_weighted_mean_of_what_is_there() -> None:
    marks = by_both(70, 81, 60, None, None, None)

    found = worked("weighted(x)", x=marks, weight=by_criterion(3, 1))

    assert found == by_juror("291/4", 60)


def test_weighted_mean_over_the_criteria_alone() -> None:
    weight = by_criterion("1/10", "1/5")

    assert number("weighted(x)", x=by_criterion(70, 71), weight=weight) == Fraction(212, 3)
    assert number("weighted(x)", x=by_criterion(), weight=weight) is None


def test_when_takes_one_and_leaves_the_other_which_may_be_absent() -> None:
    marks = by_juror(4, 0, None)

    assert worked("when(x, 8 / x, -1)", x=marks) == by_juror(2, -1)
    assert worked("when(not x, -1, 8 / x)", x=marks) == by_juror(2, -1)
    assert worked("when(x, 8 / x, y)", x=marks, y=by_juror(None, None, 5)) == by_juror(2)


def test_when_goes_over_the_axes_of_all_three() -> None:
    marks = by_both(1, 2, 3, 4, None, None)

    assert worked("when(w > 1, x, 0)", x=marks, w=by_criterion(2, 1)) == by_both(1, 0, 3, 0)
    assert worked("when(w > 1, x, y)", x=by_juror(7, 8), w=by_criterion(2, 1), y=one(9)) == (
        by_both(7, 9, 8, 9)
    )
    assert number("when(1, 2, 3)") == 2


def test_default_fills_what_is_expected() -> None:
    assert number("default(x, 5)", x=ABSENT) == 5
    assert number("default(x, 5)", x=one(0)) == 0
    assert worked("default(x, 5)", x=by_juror(1)) == by_juror(1, 5, 5)
    assert worked("default(x, 5)", x=by_both(1, None, 3)) == by_both(1, 5, 3, 5, 5, 5)
    assert worked("default(x, y)", x=by_juror(1), y=by_juror(None, 4)) == by_juror(1, 4)


def test_default_fills_nothing_where_nothing_is_expected() -> None:
    found = column(parse("default(x, 5)"), {"p": Entry({"x": ABSENT})})

    assert found["p"] == ABSENT


def test_default_has_the_axes_of_both() -> None:
    assert worked("default(x, y)", x=one(1), y=by_juror(7)) == by_juror(1, 1, 1)
    assert worked("default(x, y)", x=ABSENT, y=by_juror(7)) == by_juror(7)
    assert worked("default(x, y)", x=by_criterion(None, 2), y=by_juror(7)) == (
        by_both(7, 2, None, 2, None, 2)
    )


def test_table_has_no_value_of_its_own() -> None:
    with pytest.raises(AssertionError, match="a table has no value of its own"):
        worked("[1, 2]")


def over_all(formula: str, **values: Value) -> dict[str, Value]:
    """What the formula comes to for each proposal, where `x` is this for it."""
    return dict(column(parse(formula), {each: Entry({"x": x}) for each, x in values.items()}))


def test_places_among_all_proposals() -> None:
    numbers = {"a": one(70), "b": one(80), "c": one(70), "d": ABSENT, "e": one(-1)}

    assert {each: value.single for each, value in over_all("rank(x)", **numbers).items()} == {
        "a": 2,
        "b": 1,
        "c": 2,
        "d": None,
        "e": 4,
    }
    assert {each: value.single for each, value in over_all("rank_up(x)", **numbers).items()} == {
        "a": 2,
        "b": 4,
        "c": 2,
        "d": None,
        "e": 1,
    }
    assert {value.single for value in over_all("top(x)", **numbers).values()} == {80}


def test_places_of_each_juror_apart() -> None:
    numbers = {"a": by_juror(1, 9), "b": by_juror(2, None), "c": by_juror(2, 7)}

    assert over_all("rank(x)", **numbers) == {
        "a": by_juror(3, 1),
        "b": by_juror(1),
        "c": by_juror(1, 2),
    }
    assert over_all("top(x)", **numbers) == dict.fromkeys("abc", by_juror(2, 9))


@pytest.mark.parametrize("function", sorted(across.ACROSS))
def test_no_places_among_nobody(function: str) -> None:
    assert over_all(f"{function}(x)") == {}
    assert over_all(f"{function}(x)", a=ABSENT) == {"a": ABSENT}


def test_steps_are_known_to_those_that_follow() -> None:
    entries = {each: Entry({"x": one(x)}) for each, x in {"a": 3, "b": 5}.items()}
    steps = (("twice", "x * 2"), ("place", "rank(twice)"), ("worth", "points(place, [9, 4])"))

    calculate.calculate(((name, parse(text)) for name, text in steps), entries)

    assert [entries[each].known["twice"].single for each in "ab"] == [6, 10]
    assert [entries[each].known["worth"].single for each in "ab"] == [4, 9]
