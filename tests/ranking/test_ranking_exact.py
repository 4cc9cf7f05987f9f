"""Exact numbers: quotients, powers, rounding where it is said, and their decimals."""

import operator
from decimal import Decimal, localcontext
from fractions import Fraction as Plain
from typing import get_args

import pytest
from hypothesis import given, strategies
from ranking_service.engine import exact
from ranking_service.engine.exact import Fraction, Mode
from ranking_service.rules import score_text

MODES: tuple[Mode, ...] = get_args(Mode)
FRACTIONS = strategies.fractions(-1000, 1000).map(Fraction)


def text(number: str, places: int, mode: Mode = "half_up") -> str | None:
    return score_text(exact.as_decimal(exact.rounded(Fraction(number), places, mode), places))


def test_quotient_is_exact_and_nothing_by_nothing() -> None:
    assert exact.over(Fraction(1), Fraction(3)) == Fraction(1, 3)
    assert exact.over(Fraction(-1), Fraction(3)) == Fraction(-1, 3)
    assert exact.over(Fraction(0), Fraction(0)) is None
    assert exact.over(Fraction(1), Fraction(0)) is None


@pytest.mark.parametrize(
    ("base", "power", "expected"),
    [
        ("2", "10", "1024"),
        ("9/10", "3", "729/1000"),
        ("-2", "3", "-8"),
        ("2", "-2", "1/4"),
        ("0", "0", "1"),
        ("0", "3", "0"),
        ("1", "100", "1"),
        ("2", "-100", f"1/{2**100}"),
        ("0", "-1", None),
        ("4", "1/2", None),
        ("1", "101", None),
        ("1", "-101", None),
        (str(2**200), "100", None),
    ],
)
def test_power(base: str, power: str, expected: str | None) -> None:
    found = exact.to_power(Fraction(base), Fraction(power))

    assert found == (None if expected is None else Fraction(expected))


@pytest.mark.parametrize(("bits", "short"), [(9_999, True), (10_000, False)])
def test_number_of_ten_thousand_bits_is_too_long(bits: int, short: bool) -> None:
    assert exact.is_short(Fraction(1 - 2**bits)) is short
    assert exact.is_short(Fraction(1, 2 ** (bits - 1))) is short


@pytest.mark.parametrize(
    ("number", "half_up", "half_even", "down", "up"),
    [
        ("2.345", "2.35", "2.34", "2.34", "2.35"),
        ("2.355", "2.36", "2.36", "2.35", "2.36"),
        ("-2.345", "-2.35", "-2.34", "-2.34", "-2.35"),
        ("-2.355", "-2.36", "-2.36", "-2.35", "-2.36"),
        ("2.3449999999999999999999999999999999999", "2.34", "2.34", "2.34", "2.35"),
        ("2.3450000000000000000000000000000000001", "2.35", "2.35", "2.34", "2.35"),
        ("2.34", "2.34", "2.34", "2.34", "2.34"),
        ("0.005", "0.01", "0.00", "0.00", "0.01"),
        ("-0.005", "-0.01", "0.00", "0.00", "-0.01"),
        ("-0.001", "0.00", "0.00", "0.00", "-0.01"),
        ("7", "7.00", "7.00", "7.00", "7.00"),
        ("0", "0.00", "0.00", "0.00", "0.00"),
    ],
)
def test_rounding_by_each_mode(
    number: str, half_up: str, half_even: str, down: str, up: str
) -> None:
    expected = {"half_up": half_up, "half_even": half_even, "down": down, "up": up}

    assert {mode: text(number, 2, mode) for mode in MODES} == expected


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [("5/2", 0, "3"), ("-5/2", 0, "-3"), ("0", 12, "0.000000000000"), ("2/3", 4, "0.6667")],
)
def test_rounding_to_other_places(number: str, places: int, expected: str) -> None:
    assert text(number, places) == expected


def test_decimals_do_not_depend_on_the_decimal_context() -> None:
    with localcontext(prec=2):
        assert text("12345.674", 2) == "12345.67"


def test_number_that_was_not_rounded_has_no_decimals() -> None:
    with pytest.raises(AssertionError):
        exact.as_decimal(Fraction(1, 3), 2)


@given(number=FRACTIONS, places=strategies.integers(0, 6), mode=strategies.sampled_from(MODES))
def test_rounding_stays_within_its_step(number: Fraction, places: int, mode: Mode) -> None:
    found = exact.rounded(number, places, mode)
    error = abs(found - number) * 10**places

    assert Decimal(exact.as_decimal(found, places)).as_tuple().exponent == -places
    assert error < 1 if mode in ("down", "up") else error <= Fraction(1, 2)
    assert exact.rounded(found, places, mode) == found
    assert exact.rounded(-number, places, mode) == -found


@given(one=strategies.fractions(), other=strategies.fractions())
def test_compiled_numbers_are_those_of_python(one: Plain, other: Plain) -> None:
    for work in (operator.add, operator.sub, operator.mul):
        assert work(Fraction(one), Fraction(other)) == work(one, other)
    assert exact.over(Fraction(one), Fraction(other)) == (one / other if other else None)
    assert (Fraction(one) < Fraction(other)) is (one < other)
