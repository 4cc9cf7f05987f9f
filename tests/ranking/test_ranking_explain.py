"""Formulas told again: with the brackets that they need, and what each part came to."""

from fractions import Fraction

import pytest
from contracts.formula import Call, Node, Number, Table, parse
from hypothesis import given
from hypothesis import strategies as st
from ranking_service.engine.calculate import Entry
from ranking_service.engine.exact import Fraction as Exact
from ranking_service.engine.explain import explain, number_text, spell
from ranking_service.engine.values import Value

FORMULAS = (
    "a + b * c",
    "(a + b) * c",
    "a - (b - c)",
    "a - b - c",
    "a / (b / c)",
    "a ** b ** c",
    "(a ** b) ** c",
    "-a ** 2",
    "(-a) ** 2",
    "-(a + b)",
    "a < b",
    "(a < b) == c",
    "a and b or not c",
    "a and (b or c)",
    "not (a and b)",
    "round(mean(trim(mark, juror, 1, 1), juror), 2, half_even)",
    "points(rank(mark), [12, 10.5, 8])",
    "clamp(mark.x, stage.first.m - 3, 0.25)",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_told_as_it_is_written(formula: str) -> None:
    assert spell(parse(formula)) == formula


OPERATORS = st.sampled_from(("+", "-", "*", "/", "**", "<", "==", "and", "or"))
TEXTS = st.recursive(
    st.sampled_from(("a", "b", "2", "0.5")),
    lambda inner: (
        st.tuples(inner, OPERATORS, inner).map(lambda three: f"({' '.join(three)})")
        | inner.map(lambda one: f"(-{one})")
        | inner.map(lambda one: f"(not {one})")
        | inner.map(lambda one: f"abs({one})")
    ),
    max_leaves=8,
)


@given(TEXTS)
def test_what_is_told_means_the_same(text: str) -> None:
    told = spell(parse(text))

    assert spell(parse(told)) == told
    assert _shape(parse(told)) == _shape(parse(text))


def _shape(node: Node) -> object:
    match node:
        case Call(function=function, given=given):
            return (function, *map(_shape, given))
        case Number(value=value):
            return value
        case Table(values=values):
            return values
    return node.path


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("7", "7"),
        ("-7", "-7"),
        ("1/2", "0.5"),
        ("-1/40", "-0.025"),
        ("1001/1000", "1.001"),
        ("3/125", "0.024"),
        ("212/3", "212/3"),
        ("-1/6", "-1/6"),
        ("1200", "1200"),
    ],
)
def test_a_number_has_all_its_decimals_or_is_a_quotient(number: str, text: str) -> None:
    assert number_text(Exact(number)) == text


@given(st.fractions())
def test_a_number_is_told_exactly(number: Fraction) -> None:
    assert Fraction(number_text(Exact(number.numerator, number.denominator))) == number


def test_each_part_is_told_with_what_it_came_to() -> None:
    marks = Value(("juror",), {("j1",): Exact(70), ("j2",): Exact(71)})

    told = explain(parse("round(mean(mark, juror), 0)"), {"p": Entry({"mark": marks})}, "p")

    assert told.value.single == 71
    (mean,) = told.of
    assert (mean.text, mean.words) == (
        "mean(mark, juror)",
        "the mean of the jurors",
    )
    assert mean.value.single == Exact("141/2")
    (mark,) = mean.of
    assert (mark.text, mark.words, mark.value, mark.of) == ("mark", "", marks, ())
