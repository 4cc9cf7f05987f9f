"""What is worked out over all proposals of a stage: places, and the greatest."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping

from contracts.ids import ProposalId

from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import Cell, Value

Column = Mapping[ProposalId, Value]


def _by_cell(column: Column) -> dict[Cell, list[Fraction]]:
    found: dict[Cell, list[Fraction]] = {}
    for value in column.values():
        for cell, number in value.cells.items():
            found.setdefault(cell, []).append(number)
    return {cell: sorted(numbers) for cell, numbers in found.items()}


def _placed(column: Column, better: Callable[[list[Fraction], Fraction], int]) -> Column:
    order = _by_cell(column)
    return {
        each: Value(
            value.axes,
            {
                cell: Fraction(1 + better(order[cell], number))
                for cell, number in value.cells.items()
            },
        )
        for each, value in column.items()
    }


def rank(column: Column) -> Column:
    """The place of each number in its cell; equal ones share it, the greatest has 1."""
    return _placed(column, lambda order, number: len(order) - bisect_right(order, number))


def rank_up(column: Column) -> Column:
    """The same with the smallest first."""
    return _placed(column, bisect_left)


def top(column: Column) -> Column:
    """The greatest number of each cell, for every proposal."""
    order = _by_cell(column)
    greatest = {cell: numbers[-1] for cell, numbers in order.items()}
    return {
        each: Value(value.axes, {cell: greatest[cell] for cell in greatest})
        for each, value in column.items()
    }


ACROSS: Mapping[str, Callable[[Column], Column]] = {"rank": rank, "rank_up": rank_up, "top": top}
