"""What a function did, in the words of a calculation."""

import pytest
from contracts.formula import Call, parse
from ranking_service.engine.explain import spell
from ranking_service.engine.words import words_for


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("round(a, 2)", "rounded to 2 decimals; a half goes up"),
        ("round(a, 1, up)", "rounded to 1 decimal; any rest goes up"),
        ("round(a, 0, half_even)", "rounded to a whole number; a half goes to the even one"),
        ("mean(mark.a, juror)", "the mean of the jurors"),
        ("sum(part.mark, part)", "the sum of the parts"),
        ("trim(a, juror, 1, 2)", "without the 1 smallest and the 2 greatest of the jurors"),
        ("best(a, part, 3)", "only the 3 greatest of the parts"),
        ("nth(a, group, 2)", "number 2 of the groups, the greatest first"),
        (
            "clamp(a, m - 3, m + 3)",
            "moved to m - 3 where it is below, and to m + 3 where it is above",
        ),
        ("default(a, 0)", "0 stands in where it is absent"),
        ("points(a, [12, 10])", "what the place is worth: 12, 10 from the first on, then nothing"),
        ("weighted(mark)", "the mean over the criteria, each by its weight"),
    ],
)
def test_a_calculation_says_what_was_done(formula: str, words: str) -> None:
    call = parse(formula)

    assert isinstance(call, Call)
    assert words_for(call, spell) == words
