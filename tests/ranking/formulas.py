"""What the tests of formulas write: numbers by juror and criterion, and what they come to."""

from collections.abc import Mapping
from itertools import product

from contracts.formula import Axis, parse
from ranking_service.engine.calculate import Entry, calculate
from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import Cell, Value, single

JURORS = ("ana", "budi", "citra")
CRITERIA = ("benefit", "novelty")
ALONG: Mapping[Axis, tuple[str, ...]] = {"juror": JURORS, "criterion": CRITERIA}

Numbers = Mapping[str, str | int]


def one(number: str | int) -> Value:
    """The value without axes."""
    return single(Fraction(number))


def along(axis: Axis, numbers: Numbers) -> Value:
    """A number for each of the axis."""
    return Value((axis,), {(index,): Fraction(each) for index, each in numbers.items()})


def by_juror(*numbers: str | int | None) -> Value:
    """A number for each juror in turn; None where it is absent."""
    pairs = zip(JURORS, numbers, strict=False)
    return along("juror", {juror: each for juror, each in pairs if each is not None})


def by_criterion(*numbers: str | int | None) -> Value:
    """A number for each criterion in turn; None where it is absent."""
    pairs = zip(CRITERIA, numbers, strict=False)
    return along("criterion", {name: each for name, each in pairs if each is not None})


def by_both(*numbers: str | int | None) -> Value:
    """A number for each criterion of each juror in turn; None where it is absent."""
    cells: dict[Cell, Fraction] = {
        cell: Fraction(each)
        for cell, each in zip(product(JURORS, CRITERIA), numbers, strict=False)
        if each is not None
    }
    return Value(("juror", "criterion"), cells)


def worked(formula: str, **known: Value) -> Value:
    """What the formula comes to, where these values are known."""
    entry = Entry(dict(known), lambda _, axes: product(*(ALONG[each] for each in axes)))
    calculate([("worked", parse(formula))], {"p": entry})
    return entry.known["worked"]


def number(formula: str, **known: Value) -> Fraction | None:
    """The one number that the formula comes to; None when it is absent."""
    value = worked(formula, **known)
    assert value.axes == ()
    return value.single


def each_of(value: Value) -> dict[str, Fraction]:
    """The numbers of a value of one axis, by what they are of."""
    return {cell[0]: each for cell, each in value.cells.items()}
