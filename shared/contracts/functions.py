"""What a formula may call: each function, what it is given, and over which axes its result goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Literal, cast

from contracts.formula import AXES, MODES, Axis, Call, FormulaError, Name, Node, Number, Table

Axes = frozenset[Axis]
Kind = Literal["value", "axis", "count", "mode", "table"]
Scope = Mapping[str, Axes]
"""The values that a formula may name, each with its axes."""


@dataclass(frozen=True)
class Function:
    """What a function is given; from `needed` on it may be left out. `words` is for the reader."""

    given: tuple[Kind, ...]
    words: str
    over: Axes = frozenset()
    """Axes that are always worked over: `weighted` works over the criteria."""
    reduces: bool = False
    """Whether the axis that it names is gone afterwards."""
    needed: int = 0
    across: bool = False
    """Whether it looks at every proposal of the stage, not at one alone."""

    @property
    def at_least(self) -> int:
        """How many things it must be given."""
        return self.needed or len(self.given)


def _each(count: int, words: str) -> Function:
    return Function(tuple(repeat("value", count)), words)


def _reduce(words: str) -> Function:
    return Function(("value", "axis"), words, reduces=True)


FUNCTIONS: Mapping[str, Function] = {
    **{
        name: _each(2, "arithmetic; absent where one side is absent, or divided by nothing")
        for name in ("+", "-", "*", "/", "**")
    },
    **{
        name: _each(2, "1 when it is so, 0 when not")
        for name in ("<", "<=", ">", ">=", "==", "!=", "and", "or")
    },
    "not": _each(1, "1 for 0, and 0 for everything else"),
    "negative": _each(1, "with the other sign"),
    "abs": _each(1, "without its sign"),
    "least": _each(2, "the smaller of two"),
    "greatest": _each(2, "the greater of two"),
    "clamp": _each(3, "the value, but not below the second and not above the third"),
    "when": _each(3, "the second where the first is not 0, the third elsewhere"),
    "default": _each(2, "the value; the second where it is absent and expected"),
    "round": Function(
        ("value", "count", "mode"),
        "rounded to so many decimals: half_up (if nothing is said), half_even, down or up",
        needed=2,
    ),
    "sum": _reduce("the sum over an axis"),
    "mean": _reduce("the mean over an axis; absent ones do not count"),
    "median": _reduce("the middle one over an axis, or the mean of the two in the middle"),
    "max": _reduce("the greatest over an axis"),
    "min": _reduce("the smallest over an axis"),
    "count": _reduce("how many are there over an axis and are not 0"),
    "nth": Function(("value", "axis", "count"), "the n-th greatest over an axis", reduces=True),
    "trim": Function(
        ("value", "axis", "count", "count"), "without so many of the smallest and of the greatest"
    ),
    "best": Function(("value", "axis", "count"), "only so many of the greatest"),
    "weighted": Function(
        ("value",),
        "the mean over the criteria, each by its weight",
        over=frozenset({"criterion"}),
        reduces=True,
    ),
    "points": Function(
        ("value", "table"), "what this place is worth: the first number for 1, and so on, then 0"
    ),
    "rank": Function(("value",), "its place among all proposals: 1 for the greatest", across=True),
    "rank_up": Function(
        ("value",), "its place among all proposals: 1 for the smallest", across=True
    ),
    "top": Function(("value",), "the greatest of all proposals", across=True),
}


def axes_of(node: Node, scope: Scope) -> Axes:
    """The axes of what the formula gives; FormulaError when it does not fit together."""
    match node:
        case Number():
            return frozenset()
        case Table():
            raise FormulaError("a table stands only in points(place, [...])", node.column)
        case Name():
            return _named(node, scope)
    return _called(node, scope)


def looks_across(node: Node) -> bool:
    """Whether a part of the formula looks at every proposal of the stage."""
    if not isinstance(node, Call):
        return False
    return FUNCTIONS[node.function].across or any(looks_across(each) for each in node.given)


def _named(name: Name, scope: Scope) -> Axes:
    if str(name) in scope:
        return scope[str(name)]
    if str(name) in AXES:
        raise FormulaError(f"'{name}' is an axis, and a value is asked for here", name.column)
    known = ", ".join(sorted(scope))
    raise FormulaError(f"there is no value '{name}' here; there are {known}", name.column)


def _called(call: Call, scope: Scope) -> Axes:
    function = FUNCTIONS.get(call.function)
    if function is None:
        known = ", ".join(name for name in FUNCTIONS if name.isidentifier())
        raise FormulaError(
            f"there is no function '{call.function}'; there are {known}", call.column
        )
    _check_count(call, function)
    found: Axes = frozenset()
    for kind, each in zip(function.given, call.given, strict=False):
        found |= CHECKS[kind](each, scope)
    return _left(call, function, found)


def _check_count(call: Call, function: Function) -> None:
    if not function.at_least <= len(call.given) <= len(function.given):
        asked = ", ".join(function.given[: function.at_least])
        text = f"'{call.function}' is given {len(call.given)} things, and asks for: {asked}"
        raise FormulaError(text, call.column)


def _left(call: Call, function: Function, found: Axes) -> Axes:
    gone = frozenset(cast(Axis, str(each)) for each in axes_named(call)) | function.over
    for axis in gone:
        if axis not in found:
            raise FormulaError(f"there is nothing to work on over '{axis}' here", call.column)
    return found - gone if function.reduces else found


def axes_named(call: Call) -> list[Name]:
    """The axis that the call names, to work over it; none for most functions."""
    kinds = FUNCTIONS[call.function].given
    pairs = zip(kinds, call.given, strict=False)
    return [each for kind, each in pairs if kind == "axis" and isinstance(each, Name)]


def _word(words: Sequence[str], what: str) -> Callable[[Node, Scope], Axes]:
    def check(node: Node, scope: Scope) -> Axes:  # noqa: ARG001 - every check is given the same
        if not isinstance(node, Name) or str(node) not in words:
            raise FormulaError(f"here stands {what}: {', '.join(words)}", node.column)
        return frozenset()

    return check


def _count(node: Node, scope: Scope) -> Axes:  # noqa: ARG001 - every check is given the same
    if not isinstance(node, Number) or node.value != int(node.value) or not 0 <= node.value <= 99:
        raise FormulaError("here stands a whole number from 0 to 99", node.column)
    return frozenset()


def _table(node: Node, scope: Scope) -> Axes:  # noqa: ARG001 - every check is given the same
    if not isinstance(node, Table) or not node.values:
        raise FormulaError("here stands a table of numbers, as in [12, 10, 8]", node.column)
    return frozenset()


CHECKS: Mapping[Kind, Callable[[Node, Scope], Axes]] = {
    "value": axes_of,
    "axis": _word(AXES, "an axis"),
    "count": _count,
    "mode": _word(MODES, "a mode of rounding"),
    "table": _table,
}
