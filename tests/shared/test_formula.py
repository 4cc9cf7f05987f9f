"""Formulas: what can be read as one, and what is refused, with which words and in which column."""

from decimal import Decimal

import pytest
from contracts.formula import (
    DEPTH_MAX,
    LENGTH_MAX,
    Call,
    FormulaError,
    Name,
    Node,
    Number,
    Table,
    names_in,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def plain(node: Node) -> object:
    """The formula without its columns: calls as lists, names and numbers as text."""
    match node:
        case Number(value=value):
            return str(value)
        case Table(values=values):
            return tuple(str(each) for each in values)
        case Name():
            return str(node)
        case Call(function=function, given=parts):
            return [function, *(plain(each) for each in parts)]


def refused(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    return caught.value


READ = [
    ("7", "7"),
    ("0.10", "0.10"),
    (".5", "0.5"),
    ("-3", "-3"),
    ("- 3", "-3"),
    ("-(3)", "-3"),
    ("mark", "mark"),
    ("stage.desk_check.score", "stage.desk_check.score"),
    ("a + b - c", ["-", ["+", "a", "b"], "c"]),
    ("a + b * c", ["+", "a", ["*", "b", "c"]]),
    ("(a + b) * c", ["*", ["+", "a", "b"], "c"]),
    ("a / 4", ["/", "a", "4"]),
    ("0.9 ** (a - 1)", ["**", "0.9", ["-", "a", "1"]]),
    ("2 ** -1", ["**", "2", "-1"]),
    ("-2 ** 2", ["negative", ["**", "2", "2"]]),
    ("-a", ["negative", "a"]),
    ("--3", ["negative", "-3"]),
    ("a < 1", ["<", "a", "1"]),
    ("a <= 1", ["<=", "a", "1"]),
    ("a > 1", [">", "a", "1"]),
    ("a >= 1", [">=", "a", "1"]),
    ("a == 1", ["==", "a", "1"]),
    ("a != 1", ["!=", "a", "1"]),
    ("a and b", ["and", "a", "b"]),
    ("a or b and not c", ["or", "a", ["and", "b", ["not", "c"]]]),
    ("a and b and c", ["and", ["and", "a", "b"], "c"]),
    ("points(a, [12, -1.5])", ["points", "a", ("12", "-1.5")]),
    ("round(mean(mark, juror), 2, down)", ["round", ["mean", "mark", "juror"], "2", "down"]),
    ("  a +\n\tb  ", ["+", "a", "b"]),
]


@pytest.mark.parametrize(("text", "meant"), READ, ids=[text for text, _ in READ])
def test_a_formula_is_read(text: str, meant: object) -> None:
    assert plain(parse(text)) == meant


def test_a_number_is_what_is_written_and_no_binary_fraction() -> None:
    assert parse("0.1") == Number(Decimal("0.1"), 1)
    assert parse("12345678901234567.891") == Number(Decimal("12345678901234567.891"), 1)


def test_a_column_is_that_of_the_text_as_it_is_written() -> None:
    read = parse(" a +\n  b")

    assert isinstance(read, Call)
    assert [each.column for each in (read, *read.given)] == [2, 2, 8]


def test_names_are_found_wherever_they_stand() -> None:
    found = names_in(parse("round(mean(mark.a, juror) + points(b, [1]) - 2, 2, down)"))

    assert [str(each) for each in found] == ["mark.a", "juror", "b", "down"]


UNREADABLE = "this cannot be read as a formula"
NO_PART = "this is no part of a formula"
NO_NUMBER = "a number is at most 20 digits with at most one point"
NO_NAME = "a name is words with points between them"

REFUSED = [
    ("", 1, UNREADABLE),
    ("   ", 4, UNREADABLE),
    ("mean(mark, juror", 5, UNREADABLE),
    ("a +", 4, UNREADABLE),
    (" a + ", 6, UNREADABLE),
    ("round(a b, 2)", 7, UNREADABLE),
    ("mean(a))", 8, UNREADABLE),
    ("a b", 3, UNREADABLE),
    ("a = 1", 3, UNREADABLE),
    ("007", 1, UNREADABLE),
    ("mark.class", 6, UNREADABLE),
    ("yield a", 1, UNREADABLE),
    ("  a + import", 7, UNREADABLE),
    ("a[0]", 1, NO_PART),
    ("a, b", 1, NO_PART),
    ("()", 1, NO_PART),
    ("1 + (a, b)", 5, NO_PART),
    ("[each for each in a]", 1, NO_PART),
    ("(each for each in a)", 1, NO_PART),
    ("a if b else c", 1, NO_PART),
    ("await a", 1, NO_PART),
    ("mean(*a)", 6, NO_PART),
    ("mean(value=a)", 1, NO_PART),
    ("a.mean()", 1, NO_PART),
    ("mean(a)(b)", 1, NO_PART),
    ("0 < a < 9", 1, NO_PART),
    ("a is b", 1, NO_PART),
    ("a in b", 1, NO_PART),
    ("a // b", 1, NO_PART),
    ("2 + +a", 5, NO_PART),
    ("1e5", 1, NO_NUMBER),
    ("a * 0x10", 5, NO_NUMBER),
    ("1_000", 1, NO_NUMBER),
    ("2j", 1, NO_NUMBER),
    ("True", 1, NO_NUMBER),
    ("a + None", 5, NO_NUMBER),
    ("...", 1, NO_NUMBER),
    ("-1e5", 2, NO_NUMBER),
    ("123456789012345678901", 1, NO_NUMBER),
    ("points(a, [1, b])", 15, NO_NUMBER),
    ("points(a, [[1]])", 12, NO_NUMBER),
    ("points(a, [1 + 1])", 12, NO_NUMBER),
    ("points(a, [--1])", 13, NO_NUMBER),
    ("(a + b).c", 2, NO_NAME),
    ("mean(a).b", 1, NO_NAME),
    ("a + 'b'", 5, '"\'" never stands in a formula'),
    ('f"{a}"', 2, "'\"' never stands in a formula"),
    ("lambda: a", 7, "':' never stands in a formula"),
    ("(a := 1)", 4, "':' never stands in a formula"),
    ("{a}", 1, "'{' never stands in a formula"),
    ("a # the mean", 3, "'#' never stands in a formula"),
    ("a % 2", 3, "'%' never stands in a formula"),
    ("a; b", 2, "';' never stands in a formula"),
    ("a \\\n+ b", 3, r"'\\' never stands in a formula"),
    ("nilaiä + 1", 6, "'ä' never stands in a formula"),
    ("a × 2", 3, "'×' never stands in a formula"),  # noqa: RUF001 - what a person may type
    ("a\x00", 2, r"'\x00' never stands in a formula"),
    ("\ud800", 1, r"'\ud800' never stands in a formula"),
]


@pytest.mark.parametrize(("text", "column", "told"), REFUSED, ids=[ascii(r[0]) for r in REFUSED])
def test_what_is_no_formula_is_refused_with_its_column(text: str, column: int, told: str) -> None:
    error = refused(text)

    assert (error.column, error.text) == (column, told)
    assert str(error) == f"column {column}: {told}"


def test_a_formula_of_too_many_characters_is_refused() -> None:
    longest = "a+" * (DEPTH_MAX - 1)
    assert parse(longest + "a".rjust(LENGTH_MAX - len(longest))).column == 1

    assert "at most 1000 characters: use steps" in refused("a".rjust(LENGTH_MAX + 1)).text


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("+".join("a" * (DEPTH_MAX + 2)), 1),
        ("**".join("9" * (DEPTH_MAX + 2)), 3 * DEPTH_MAX + 1),
        (" or ".join("a" * (DEPTH_MAX + 2)), 1),
        ("-" * (DEPTH_MAX + 1) + "a", DEPTH_MAX + 1),
        ("-" * (LENGTH_MAX - 1) + "a", None),
        ("not " * 240 + "a", 4 * DEPTH_MAX + 1),
        ("abs(" * (DEPTH_MAX + 1) + "a" + ")" * (DEPTH_MAX + 1), 4 * DEPTH_MAX + 1),
        ("(" * 900, None),
        ("[" * 900, None),
        ("f(" * 490, None),
    ],
    ids=lambda given: repr(given)[:12],
)
def test_what_stands_too_deep_is_refused(text: str, column: int | None) -> None:
    error = refused(text)

    if column is not None:
        assert error.text == "more than 50 things stand in each other here: use steps"
        assert error.column == column


@pytest.mark.parametrize("sign", ["+", "**", " and "])
def test_as_many_terms_as_may_stand_together_are_read(sign: str) -> None:
    names = [f"a{number}" for number in range(DEPTH_MAX + 1)]

    assert [str(each) for each in names_in(parse(sign.join(names)))] == names


def test_a_name_of_many_parts_is_no_deeper_than_any() -> None:
    assert len(next(names_in(parse(".".join("a" * 500)))).path) == 500


def test_a_large_power_is_read_and_not_worked_out() -> None:
    assert plain(parse("9**9**9**9")) == ["**", "9", ["**", "9", ["**", "9", "9"]]]


PARTS = ["(", ")", "[", "]", ",", ".", "-", "+", "**", "<", "==", "=", " ", "\n", "not ", " and "]
MORE_PARTS = ["mark", "juror", "mean(", "12", "0.5", "1e5", "if ", "for ", "in ", "await ", "None"]
LIKE_FORMULAS = st.lists(st.sampled_from(PARTS + MORE_PARTS), max_size=200).map("".join)
NESTED = st.builds(
    lambda part, times, end: (part * times)[:900] + end,
    st.lists(st.sampled_from(PARTS + MORE_PARTS), min_size=1, max_size=4).map("".join),
    st.integers(1, 900),
    st.text("a)]1 ,=", max_size=99),
)


ANY = st.characters(exclude_categories=()) | st.just("\0")
"""Half characters of UTF-16 too."""


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(ANY), LIKE_FORMULAS, NESTED))
def test_any_text_is_a_formula_or_is_refused_with_a_column(text: str) -> None:
    try:
        column = parse(text).column
    except FormulaError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
