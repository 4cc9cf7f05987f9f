"""Arithmetic on ranges of numbers: what comes out lies within, whatever goes in.

A bound is never too tight; where nothing is known there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

Bound = Fraction | None

NIL = Fraction(0)
ONE = Fraction(1)


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, each of them within; None is without bound.

    `sure` is whether there is a number at all wherever there are marks.
    """

    low: Bound = None
    high: Bound = None
    sure: bool = False

    def reaches(self, number: Fraction) -> bool:
        """Whether it may come out as great as that."""
        return self.high is None or self.high >= number


ANYTHING = Range()
TRUTH = Range(NIL, ONE)
COUNT = Range(NIL, None, sure=True)
PLACE = Range(ONE, None)


def exactly(number: Fraction) -> Range:
    """That number and no other."""
    return Range(number, number, sure=True)


def hull(ranges: Sequence[Range]) -> Range:
    """What holds all of these; anything where there are none."""
    if not ranges:
        return ANYTHING
    lows, highs = [each.low for each in ranges], [each.high for each in ranges]
    return Range(_least(lows), _greatest(highs), all(each.sure for each in ranges))


def total(ranges: Sequence[Range]) -> Range:
    """The sum of these; one that is not sure may be missing from it."""
    lows = [each.low if each.sure else _least([each.low, NIL]) for each in ranges]
    highs = [each.high if each.sure else _greatest([each.high, NIL]) for each in ranges]
    return Range(_sum(lows), _sum(highs), any(each.sure for each in ranges))


def times_most(one: Range, most: int | None) -> Range:
    """The sum of one to `most` numbers of that range; of any count of them with None."""
    low, high = one.low, one.high
    if low is not None and low < 0:
        low = None if most is None else low * most
    if high is not None and high > 0:
        high = None if most is None else high * most
    return Range(low, high, one.sure)


def _sum(bounds: Sequence[Bound]) -> Bound:
    known = _known(bounds)
    return sum(known, NIL) if len(known) == len(bounds) else None


def _least(bounds: Sequence[Bound]) -> Bound:
    known = _known(bounds)
    return min(known) if len(known) == len(bounds) else None


def _greatest(bounds: Sequence[Bound]) -> Bound:
    known = _known(bounds)
    return max(known) if len(known) == len(bounds) else None


def _known(bounds: Sequence[Bound]) -> list[Fraction]:
    return [each for each in bounds if each is not None]


def _plus(one: Range, other: Range) -> Range:
    sure = one.sure and other.sure
    return Range(_sum([one.low, other.low]), _sum([one.high, other.high]), sure)


def _negative(one: Range) -> Range:
    low = None if one.high is None else -one.high
    return Range(low, None if one.low is None else -one.low, one.sure)


def _minus(one: Range, other: Range) -> Range:
    return _plus(one, _negative(other))


def _times(one: Range, other: Range) -> Range:
    sure = one.sure and other.sure
    ends = _known([one.low, one.high]), _known([other.low, other.high])
    if all(len(each) == 2 for each in ends):
        corners = [each * by for each, by in product(*ends)]
        return Range(min(corners), max(corners), sure)
    if one.low is not None and other.low is not None and min(one.low, other.low) >= 0:
        return Range(one.low * other.low, None, sure)
    return ANYTHING


def _divided(one: Range, other: Range) -> Range:
    if other.low is None or other.low < 0:
        return ANYTHING
    if other.low > 0:
        by = Range(NIL if other.high is None else 1 / other.high, 1 / other.low, other.sure)
        return _times(one, by)
    return Range(NIL, None) if one.low is not None and one.low >= 0 else ANYTHING


def _power(one: Range, other: Range) -> Range:
    if one.low is None or one.low < 0:
        return ANYTHING
    shrinks = one.high is not None and one.high <= 1 and other.low is not None and other.low >= 0
    return Range(NIL, ONE if shrinks else None)


def _abs(one: Range) -> Range:
    low, high = one.low, one.high
    if low is not None and low >= 0:
        return one
    ends = [low, high]
    return Range(NIL, _greatest([None if each is None else abs(each) for each in ends]), one.sure)


def _smaller(one: Range, other: Range) -> Range:
    highs = _known([one.high, other.high])
    high = min(highs) if highs else None
    return Range(_least([one.low, other.low]), high, one.sure and other.sure)


def _greater(one: Range, other: Range) -> Range:
    lows = _known([one.low, other.low])
    low = max(lows) if lows else None
    return Range(low, _greatest([one.high, other.high]), one.sure and other.sure)


def _clamp(one: Range, low: Range, high: Range) -> Range:
    return _smaller(_greater(one, low), high)


def _default(one: Range, other: Range) -> Range:
    found = hull([one, other])
    return Range(found.low, found.high, one.sure or other.sure)


def _round(one: Range, places: Range) -> Range:
    unit = Fraction(10) ** -int(places.low or 0)
    low = None if one.low is None else one.low // unit * unit
    high = None if one.high is None else -(-one.high // unit) * unit
    return Range(low, high, one.sure)


PLAIN: Mapping[str, Callable[..., Range]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _divided,
    "**": _power,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "and", "or"), lambda *_: TRUTH),
    "not": lambda _: TRUTH,
    "negative": _negative,
    "abs": _abs,
    "least": _smaller,
    "greatest": _greater,
    "clamp": _clamp,
    "when": lambda _, one, other: hull([one, other]),
    "default": _default,
    "round": _round,
    "points": lambda _, table: hull([table, exactly(NIL)]),
    "rank": lambda _: PLACE,
    "rank_up": lambda _: PLACE,
    "top": lambda one: one,
}
"""What each function makes of ranges, where it looks at one number after another."""
