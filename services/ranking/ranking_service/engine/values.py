"""Values: a number for each cell of some axes; a cell without a number is absent."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from contracts.formula import AXES, Axis

from ranking_service.engine import exact
from ranking_service.engine.exact import Fraction

Cell = tuple[str, ...]


class Value(NamedTuple):
    """A number for each cell; a cell names one juror or criterion for each axis."""

    axes: tuple[Axis, ...]
    cells: Mapping[Cell, Fraction]

    @property
    def single(self) -> Fraction | None:
        """The number of a value without axes; None when it is absent."""
        return self.cells.get(())


ABSENT = Value((), {})


def single(number: Fraction | None) -> Value:
    """The value without axes."""
    return ABSENT if number is None else Value((), {(): number})


def each(work: Callable[..., Fraction | None], *values: Value) -> Value:
    """The work done cell by cell; what has fewer axes is the same along the others."""
    if len(values) == 1:
        return _each_alone(work, values[0])
    axes = together(values)
    cells = {}
    for cell, numbers in _joined(axes, values):
        if (found := work(*numbers)) is not None:
            cells[cell] = found
    return Value(axes, cells)


def _each_alone(work: Callable[[Fraction], Fraction | None], value: Value) -> Value:
    worked = {cell: work(number) for cell, number in value.cells.items()}
    found = {cell: number for cell, number in worked.items() if number is not None}
    return Value(value.axes, found)


def chosen(so: Value, yes: Value, no: Value) -> Value:
    """`yes` where `so` is not 0, `no` where it is; the one that is not taken may be absent."""
    axes = together((so, yes, no))
    asked, either = _pick(axes, so.axes), {True: yes, False: no}
    picks = {taken: _pick(axes, value.axes) for taken, value in either.items()}
    cells = {}
    for cell in _spread(axes, (so, yes, no)):
        if (answer := so.cells.get(asked(cell))) is not None:
            taken = answer != 0
            if (found := either[taken].cells.get(picks[taken](cell))) is not None:
                cells[cell] = found
    return Value(axes, cells)


def short(value: Value) -> Value:
    """Without the numbers that are too long to be kept."""
    if all(map(exact.is_short, value.cells.values())):
        return value
    return Value(
        value.axes,
        {cell: number for cell, number in value.cells.items() if exact.is_short(number)},
    )


def together(values: Sequence[Value]) -> tuple[Axis, ...]:
    """The axes of them all."""
    if all(value.axes == values[0].axes for value in values):
        return values[0].axes
    return tuple(axis for axis in AXES if any(axis in value.axes for value in values))


def _joined(
    axes: tuple[Axis, ...], values: Sequence[Value]
) -> Iterator[tuple[Cell, list[Fraction]]]:
    picks = [_pick(axes, value.axes) for value in values]
    for cell in _cells(axes, values):
        keys = [pick(cell) for pick in picks]
        if all(key in value.cells for key, value in zip(keys, values, strict=True)):
            yield cell, [value.cells[key] for key, value in zip(keys, values, strict=True)]


def _pick(axes: tuple[Axis, ...], wanted: tuple[Axis, ...]) -> Callable[[Cell], Cell]:
    if axes == wanted:
        return lambda cell: cell
    places = [axes.index(axis) for axis in wanted]
    return lambda cell: tuple(cell[place] for place in places)


def _cells(axes: tuple[Axis, ...], values: Sequence[Value]) -> Iterable[Cell]:
    whole = [value.cells for value in values if value.axes == axes]
    if whole:
        return min(whole, key=len)
    return _spread(axes, values)


def _spread(axes: tuple[Axis, ...], values: Sequence[Value]) -> Iterable[Cell]:
    along: dict[Axis, dict[str, None]] = {axis: {} for axis in axes}
    for value in values:
        for cell in value.cells:
            for axis, index in zip(value.axes, cell, strict=True):
                along[axis][index] = None
    return product(*(along[axis] for axis in axes))


def gathered(value: Value, axis: Axis) -> dict[Cell, list[tuple[str, Fraction]]]:
    """The numbers along the axis, for each cell of the other axes."""
    place = value.axes.index(axis)
    found: dict[Cell, list[tuple[str, Fraction]]] = {}
    for cell, number in value.cells.items():
        found.setdefault(cell[:place] + cell[place + 1 :], []).append((cell[place], number))
    return found


def reduced(value: Value, axis: Axis, work: Callable[[list[Fraction]], Fraction | None]) -> Value:
    """The work done on the numbers along the axis, which is gone afterwards."""
    left = tuple(each for each in value.axes if each != axis)
    cells = {}
    for cell, numbers in gathered(value, axis).items():
        if (found := work([number for _, number in numbers])) is not None:
            cells[cell] = found
    return Value(left, cells)


def kept(
    value: Value, axis: Axis, choose: Callable[[list[tuple[str, Fraction]]], Iterable[str]]
) -> Value:
    """Only the numbers along the axis that are chosen."""
    place = value.axes.index(axis)
    cells = {}
    for rest, numbers in gathered(value, axis).items():
        for index in choose(numbers):
            cell = (*rest[:place], index, *rest[place:])
            cells[cell] = value.cells[cell]
    return Value(value.axes, cells)
