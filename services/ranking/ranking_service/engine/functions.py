"""What each function of a formula does with one proposal's values."""

import operator
from collections.abc import Callable, Mapping

from contracts.formula import Axis

from ranking_service.engine import exact, values
from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import Value

NO, YES = Fraction(0), Fraction(1)

Numbers = list[Fraction]


def _so(answer: bool) -> Fraction:
    return YES if answer else NO


EACH: Mapping[str, Callable[..., Fraction | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": exact.over,
    "**": exact.to_power,
    "<": lambda left, right: _so(left < right),
    "<=": lambda left, right: _so(left <= right),
    ">": lambda left, right: _so(left > right),
    ">=": lambda left, right: _so(left >= right),
    "==": lambda left, right: _so(left == right),
    "!=": lambda left, right: _so(left != right),
    "and": lambda left, right: _so(left != 0 and right != 0),
    "or": lambda left, right: _so(left != 0 or right != 0),
    "not": lambda number: _so(number == 0),
    "negative": operator.neg,
    "abs": abs,
    "least": min,
    "greatest": max,
    "clamp": lambda number, low, high: min(max(number, low), high),
}


def mean(numbers: Numbers) -> Fraction | None:
    """The mean; None of nothing."""
    return exact.over(exact.total(numbers), Fraction(len(numbers)))


def median(numbers: Numbers) -> Fraction | None:
    """The one in the middle, or the mean of the two."""
    middle, odd = divmod(len(numbers), 2)
    ordered = sorted(numbers)
    return ordered[middle] if odd else mean(ordered[middle - 1 : middle + 1])


OVER: Mapping[str, Callable[[Numbers], Fraction | None]] = {
    "sum": exact.total,
    "mean": mean,
    "median": median,
    "max": max,
    "min": min,
    "count": lambda numbers: Fraction(sum(number != 0 for number in numbers)),
}


def nth(value: Value, axis: Axis, count: int) -> Value:
    """The `count`-th greatest along the axis; absent where there are fewer."""

    def find(numbers: Numbers) -> Fraction | None:
        ordered = sorted(numbers, reverse=True)
        return ordered[count - 1] if 0 < count <= len(ordered) else None

    return values.reduced(value, axis, find)


def trim(value: Value, axis: Axis, lowest: int, highest: int) -> Value:
    """Without so many of the smallest and of the greatest along the axis."""

    def choose(numbers: list[tuple[str, Fraction]]) -> list[str]:
        return _ascending(numbers)[lowest : max(lowest, len(numbers) - highest)]

    return values.kept(value, axis, choose)


def best(value: Value, axis: Axis, count: int) -> Value:
    """Only so many of the greatest along the axis."""
    return values.kept(
        value, axis, lambda numbers: _ascending(numbers)[max(0, len(numbers) - count) :]
    )


def _ascending(numbers: list[tuple[str, Fraction]]) -> list[str]:
    # Equal ones by their index, so that it does not depend on what came first.
    return [index for index, _ in sorted(numbers, key=lambda each: (each[1], each[0]))]


def points(value: Value, table: tuple[Fraction, ...]) -> Value:
    """What each place is worth: a place beyond the table nothing."""

    def find(place: Fraction) -> Fraction:
        whole = place.denominator == 1 and 1 <= place <= len(table)
        return table[int(place) - 1] if whole else NO

    return values.each(find, value)
