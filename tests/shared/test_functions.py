"""What a formula may call: how many things a function is given, and over which axes it goes."""

import pytest
from contracts.formula import AXES, MODES, FormulaError, parse
from contracts.functions import CHECKS, FUNCTIONS, Axes, Scope, axes_of, looks_across

ONE: Axes = frozenset()
JUROR: Axes = frozenset({"juror"})
CRITERION: Axes = frozenset({"criterion"})
BOTH = JUROR | CRITERION

SCOPE: Scope = {
    "mark": BOTH,
    "mark.dampak": JUROR,
    "weight": CRITERION,
    "jurors": ONE,
    "total": ONE,
}

AXES_OF = [
    ("7", ONE),
    ("total", ONE),
    ("mark", BOTH),
    ("mark.dampak", JUROR),
    ("mark.dampak * 2", JUROR),
    ("mark * weight", BOTH),
    ("mark.dampak * weight", BOTH),
    ("-mark", BOTH),
    ("not mark.dampak", JUROR),
    ("mark > total and weight >= 3", BOTH),
    ("clamp(mark, 3, weight)", BOTH),
    ("when(total > 3, mark.dampak, 0)", JUROR),
    ("default(mark, 0)", BOTH),
    ("least(total, greatest(1, 2)) + abs(total)", ONE),
    ("round(mark, 2)", BOTH),
    ("round(mark, 2, half_even)", BOTH),
    ("sum(mark, juror)", CRITERION),
    ("mean(mark, criterion)", JUROR),
    ("mean(mean(mark, juror), criterion)", ONE),
    ("median(mark.dampak, juror)", ONE),
    ("max(mark, juror) - min(mark, juror)", CRITERION),
    ("count(mark, juror)", CRITERION),
    ("nth(mark, juror, 2)", CRITERION),
    ("trim(mark, juror, 1, 1)", BOTH),
    ("best(mark, juror, 3)", BOTH),
    ("weighted(mark)", JUROR),
    ("weighted(mean(mark, juror))", ONE),
    ("weighted(weight)", ONE),
    ("rank(total)", ONE),
    ("rank_up(mark.dampak)", JUROR),
    ("top(mark)", BOTH),
    ("points(rank(weighted(mark)), [12, 10, 8])", JUROR),
]


@pytest.mark.parametrize(("text", "axes"), AXES_OF, ids=[text for text, _ in AXES_OF])
def test_a_result_has_the_axes_of_what_it_is_made_of(text: str, axes: Axes) -> None:
    assert axes_of(parse(text), SCOPE) == axes


THERE_ARE = "; there are jurors, mark, mark.dampak, total, weight"
ASKS_ROUND = "'round' is given 1 things, and asks for: value, count"

REFUSED = [
    ("totl", 1, f"there is no value 'totl' here{THERE_ARE}"),
    ("1 + mark.baru", 5, f"there is no value 'mark.baru' here{THERE_ARE}"),
    ("rank(stage.final.score)", 6, f"there is no value 'stage.final.score' here{THERE_ARE}"),
    ("1 + juror", 5, "'juror' is an axis, and a value is asked for here"),
    ("mean(criterion, juror)", 6, "'criterion' is an axis, and a value is asked for here"),
    ("mean(mark)", 1, "'mean' is given 1 things, and asks for: value, axis"),
    ("total + mean(mark, juror, 2)", 9, "'mean' is given 3 things, and asks for: value, axis"),
    ("round(total)", 1, ASKS_ROUND),
    ("round(total, 2, down, up)", 1, "'round' is given 4 things, and asks for: value, count"),
    ("rank()", 1, "'rank' is given 0 things, and asks for: value"),
    ("mean(mark, jury)", 12, "here stands an axis: group, juror, part, criterion"),
    ("mean(mark, 2)", 12, "here stands an axis: group, juror, part, criterion"),
    ("mean(mark, panel)", 12, "here stands an axis: group, juror, part, criterion"),
    (
        "round(total, 2, ceiling)",
        17,
        "here stands a mode of rounding: half_up, half_even, down, up",
    ),
    ("round(total, 2, 1)", 17, "here stands a mode of rounding: half_up, half_even, down, up"),
    ("round(total, 2.5)", 14, "here stands a whole number from 0 to 99"),
    ("round(total, -1)", 14, "here stands a whole number from 0 to 99"),
    ("round(total, 100)", 14, "here stands a whole number from 0 to 99"),
    ("round(total, total)", 14, "here stands a whole number from 0 to 99"),
    ("points(total, 12)", 15, "here stands a table of numbers, as in [12, 10, 8]"),
    ("points(total, total)", 15, "here stands a table of numbers, as in [12, 10, 8]"),
    ("points(total, [])", 15, "here stands a table of numbers, as in [12, 10, 8]"),
    ("[12, 10]", 1, "a table stands only in points(place, [...])"),
    ("total * [12, 10]", 9, "a table stands only in points(place, [...])"),
    ("mean(total, juror)", 1, "there is nothing to work on over 'juror' here"),
    ("mean(weight, juror)", 1, "there is nothing to work on over 'juror' here"),
    ("mean(mean(mark, juror), juror)", 1, "there is nothing to work on over 'juror' here"),
    ("trim(total, juror, 1, 1)", 1, "there is nothing to work on over 'juror' here"),
    ("1 - weighted(mark.dampak)", 5, "there is nothing to work on over 'criterion' here"),
]


@pytest.mark.parametrize(("text", "column", "told"), REFUSED, ids=[text for text, *_ in REFUSED])
def test_what_does_not_fit_together_is_refused(text: str, column: int, told: str) -> None:
    with pytest.raises(FormulaError) as caught:
        axes_of(parse(text), SCOPE)

    assert (caught.value.column, caught.value.text) == (column, told)


@pytest.mark.parametrize("text", ["average(mark, juror)", "eval(mark)", "__import__(total)"])
def test_an_unknown_function_is_refused_and_the_known_ones_are_named(text: str) -> None:
    with pytest.raises(FormulaError, match="column 5: there is no function") as caught:
        axes_of(parse(f"1 + {text}"), SCOPE)

    named = caught.value.text.partition("there are ")[2].split(", ")
    assert {"mean", "weighted", "points", "not"} <= set(named) < set(FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "across"),
    [
        ("total", False),
        ("3", False),
        ("mean(mark, juror) + 2", False),
        ("points(total, [3, 2])", False),
        ("rank(total)", True),
        ("1 - total / top(total)", True),
        ("points(rank_up(total), [3, 2])", True),
    ],
)
def test_a_formula_says_whether_it_looks_at_every_proposal(text: str, across: bool) -> None:
    assert looks_across(parse(text)) is across


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_whole(name: str) -> None:
    function = FUNCTIONS[name]

    assert function.words
    assert set(function.given) <= CHECKS.keys()
    assert 1 <= function.at_least <= len(function.given)
    assert not (function.reduces and function.across)


def test_no_word_of_the_language_means_two_things() -> None:
    words = [*AXES, *MODES, *FUNCTIONS, "mark", "weight", "jurors", "stage"]

    assert len(set(words)) == len(words)
