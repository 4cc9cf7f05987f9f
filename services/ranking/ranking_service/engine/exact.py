"""Exact arithmetic: rational numbers from the marks to the score, and rounding where it is said.

No binary float may stand between a mark and a place; a test looks for one.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

__all__ = [
    "Fraction",
    "Mode",
    "Quotient",
    "added",
    "as_decimal",
    "fraction_of",
    "is_short",
    "is_short_quotient",
    "over",
    "quotient_of",
    "rounded",
    "rounded_quotient",
    "to_power",
    "total",
    "total_of_products",
]

Mode = Literal["half_up", "half_even", "down", "up"]
Quotient = tuple[int, int]
"""A number over a number greater than 0, not always in lowest terms."""

POWER_MAX = 100
BITS_MAX = 10_000
"""A number with more is 3,000 digits long: nobody's score, and soon more than memory holds."""


@lru_cache(maxsize=65_536)
def fraction_of(number: Decimal) -> Fraction:
    """The same number as a fraction; most marks come again and again."""
    return Fraction(number)


@lru_cache(maxsize=65_536)
def quotient_of(number: Decimal) -> Quotient:
    """The same number as a quotient."""
    return number.as_integer_ratio()


def added(quotients: Iterable[Quotient]) -> Quotient:
    """The sum."""
    over, under = 0, 1
    for number, unit in quotients:
        if under % unit:
            over, under = over * unit, under * unit
        over += number * (under // unit)
    return over, under


def total(numbers: Iterable[Fraction]) -> Fraction:
    """The sum; much quicker than by `+`, which brings every step to its lowest terms."""
    return _summed((number.numerator, number.denominator) for number in numbers)


def total_of_products(pairs: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """The sum of the products of the pairs."""
    return _summed(
        (left.numerator * right.numerator, left.denominator * right.denominator)
        for left, right in pairs
    )


def _summed(quotients: Iterable[tuple[int, int]]) -> Fraction:
    by_denominator: dict[int, int] = {}
    for over, under in quotients:
        by_denominator[under] = by_denominator.get(under, 0) + over
    sums = [Fraction(over, under) for under, over in by_denominator.items()]
    return sums[0] if len(sums) == 1 else sum(sums, Fraction(0))


def is_short(number: Fraction) -> bool:
    """Whether the number is short enough to be kept."""
    return is_short_quotient(number.numerator, number.denominator)


def is_short_quotient(over: int, under: int) -> bool:
    """The same of a quotient; in lowest terms it is no longer than otherwise."""
    return over.bit_length() + under.bit_length() <= BITS_MAX


def _bits(number: Fraction) -> int:
    return number.numerator.bit_length() + number.denominator.bit_length()


def over(left: Fraction, right: Fraction) -> Fraction | None:
    """The quotient; None when there is nothing to divide by."""
    return None if right == 0 else left / right


def to_power(base: Fraction, power: Fraction) -> Fraction | None:
    """The power; None unless it is a whole number of at most 100, up or down, and not too long."""
    if power.denominator != 1 or abs(power) > POWER_MAX or (base == 0 and power < 0):
        return None
    if _bits(base) * abs(power) > BITS_MAX:
        return None
    return Fraction(base ** int(power))


def rounded(number: Fraction, places: int, mode: Mode = "half_up") -> Fraction:
    """The number with so many decimals; `half_up` takes a half away from zero."""
    return Fraction(*rounded_quotient(number.numerator, number.denominator, places, mode))


def rounded_quotient(over: int, under: int, places: int, mode: Mode) -> Quotient:
    """The same of a quotient."""
    unit = 10**places
    size, rest = divmod(abs(over) * unit, under)
    if _goes_up(size, rest, 2 * rest - under, mode):
        size += 1
    return (size if over >= 0 else -size), unit


def _goes_up(size: int, rest: int, above_half: int, mode: Mode) -> bool:
    match mode:
        case "down":
            return False
        case "up":
            return rest > 0
        case "half_up":
            return above_half >= 0
    return above_half > 0 or (above_half == 0 and size % 2 == 1)


def as_decimal(number: Fraction, places: int) -> Decimal:
    """A number that was rounded to so many decimals, with all of them."""
    return _as_decimal(number.numerator, number.denominator, places)


@lru_cache(maxsize=16_384)
def _as_decimal(over: int, under: int, places: int) -> Decimal:
    steps, rest = divmod(over * 10**places, under)
    assert rest == 0
    # From its digits: arithmetic on Decimals would round to the precision of the context.
    return Decimal(f"{steps}E-{places}")
