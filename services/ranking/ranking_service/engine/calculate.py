"""Formulas worked out: one column of values for each step, a value for each proposal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from contracts.formula import Axis, Call, Name, Node, Number, Table
from contracts.functions import FUNCTIONS, axes_named, looks_across
from contracts.ids import ProposalId

from ranking_service.engine import across, exact, functions, values
from ranking_service.engine.exact import Fraction
from ranking_service.engine.functions import NO
from ranking_service.engine.sheets import NO_FACTS, Facts
from ranking_service.engine.values import ABSENT, Cell, Value, single

Column = Mapping[ProposalId, Value]
Expected = Callable[[Call, tuple[Axis, ...]], Iterable[Cell]]


def _nothing(call: Call, axes: tuple[Axis, ...]) -> Iterable[Cell]:  # noqa: ARG001 - as Expected
    return ()


@dataclass
class Entry:
    """What is known of one proposal in a stage: values by name, and where a number is expected.

    `expected` is asked for the cells that a call of `default` fills; `sheets` is how many jurors'
    sheets count.
    """

    known: dict[str, Value]
    expected: Expected = _nothing
    sheets: int = 0
    facts: Facts = NO_FACTS

    def value(self, name: str) -> Value:
        """The value of that name; absent where nothing is known by it."""
        try:
            return self.known[name]
        except KeyError:
            return ABSENT


def column(node: Node, entries: Mapping[ProposalId, Entry]) -> Column:
    """What the formula comes to for each of these proposals."""
    if not looks_across(node):
        return {each: value_of(node, entry) for each, entry in entries.items()}
    assert isinstance(node, Call)
    given = [column(each, entries) for each in values_given(node)]
    if node.function in across.ACROSS:
        return across.ACROSS[node.function](given[0])
    return {
        each: applied(node, [of[each] for of in given], entry) for each, entry in entries.items()
    }


def value_of(node: Node, entry: Entry) -> Value:
    """What a formula that does not look across comes to for one proposal."""
    match node:
        case Call():
            return applied(node, [value_of(each, entry) for each in values_given(node)], entry)
        case Name():
            return entry.value(str(node))
        case Number(value=number):
            return single(exact.fraction_of(number))
    raise AssertionError("a table has no value of its own")


def values_given(call: Call) -> list[Node]:
    """What the function is given to work on: not the axis, nor how many."""
    kinds = FUNCTIONS[call.function].given
    return [each for kind, each in zip(kinds, call.given, strict=False) if kind == "value"]


def applied(call: Call, given: Sequence[Value], entry: Entry) -> Value:
    """What the function gives for one proposal."""
    if work := functions.EACH.get(call.function):
        return values.each(work, *given)
    if call.function in functions.OVER:
        return values.reduced(given[0], _axis(call), functions.OVER[call.function])
    match call.function:
        case "when":
            return values.chosen(*given)
        case "default":
            return _filled(call, given[0], given[1], entry)
        case "round":
            return _rounded(call, given[0])
        case "points":
            return functions.points(given[0], _table(call.given[1]))
        case "weighted":
            return _weighted(given[0], entry)
    return _along(call, given[0])


def _along(call: Call, value: Value) -> Value:
    axis = _axis(call)
    counts = [int(each.value) for each in call.given if isinstance(each, Number)]
    match call.function:
        case "nth":
            return functions.nth(value, axis, *counts)
        case "trim":
            return functions.trim(value, axis, *counts)
    return functions.best(value, axis, *counts)


def _weighted(value: Value, entry: Entry) -> Value:
    weights = entry.known["weight"].cells
    left = tuple(each for each in value.axes if each != "criterion")
    wholes: dict[tuple[str, ...], Fraction] = {}
    cells = {}
    for cell, numbers in values.gathered(value, "criterion").items():
        marked = tuple(criterion for criterion, _ in numbers)
        if marked not in wholes:
            wholes[marked] = exact.total(weights[each,] for each in marked)
        pairs = ((number, weights[criterion,]) for criterion, number in numbers)
        cells[cell] = exact.total_of_products(pairs) / wholes[marked]
    return Value(left, cells)


def _filled(call: Call, value: Value, other: Value, entry: Entry) -> Value:
    axes = values.together((value, other))
    expected = Value(axes, dict.fromkeys(entry.expected(call, axes), NO))
    filling = values.each(lambda number, _: number, other, expected)
    own = values.each(lambda number, _: number, value, expected)
    return Value(axes, {**filling.cells, **own.cells})


def _rounded(call: Call, value: Value) -> Value:
    places, mode = rounding_of(call)
    return values.each(lambda number: exact.rounded(number, places, mode), value)


def rounding_of(call: Call) -> tuple[int, exact.Mode]:
    """To how many decimals a call of `round` rounds, and how."""
    assert isinstance(call.given[1], Number)
    mode = str(call.given[2]) if len(call.given) > 2 else "half_up"
    return int(call.given[1].value), cast(exact.Mode, mode)


def _table(node: Node) -> tuple[Fraction, ...]:
    assert isinstance(node, Table)
    return tuple(Fraction(each) for each in node.values)


def _axis(call: Call) -> Axis:
    return cast(Axis, str(axes_named(call)[0]))


def calculate(steps: Iterable[tuple[str, Node]], entries: Mapping[ProposalId, Entry]) -> None:
    """Work out the steps in turn; each is known, by its name, to those that follow.

    A step's number that is too long to be kept is absent: formulas are short, so that none grows
    beyond bounds before it is looked at here.
    """
    for name, node in steps:
        for proposal, value in column(node, entries).items():
            entries[proposal].known[name] = values.short(value)
