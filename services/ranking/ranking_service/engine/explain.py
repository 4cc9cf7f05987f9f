"""A calculation told as a tree: each formula with what it came to, and what that was made of."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.formula import Call, Node, Number, Table
from contracts.ids import ProposalId

from ranking_service.engine.calculate import Entry, column, values_given
from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import Cell, Value
from ranking_service.engine.words import words_for

LOOSE = 0
BINDS = {
    "or": 1,
    "and": 2,
    "not": 3,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/"), 6),
    "negative": 7,
    "**": 8,
}
"""How closely each operator holds what stands beside it, as in arithmetic at school."""
CLOSER = {"**": (1, 0), **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), (1, 1))}
"""By how much more each side must hold to go without brackets, where it is not the right one."""
SIGNS = {"negative": "-", "not": "not "}


TELLING = {"trim": "left out", "best": "left out", "clamp": "moved", "default": "filled in"}
"""What a function that changes only some of its numbers has done with those."""


@dataclass(frozen=True)
class Change:
    """A number that a function left out, moved or filled in; None where there is none."""

    cell: Cell
    before: Fraction | None
    after: Fraction | None


@dataclass(frozen=True)
class Explained:
    """A formula, what the outermost function does, what it came to, and what it was made of.

    `changes` are the numbers of which `did` is said: those that it left out, moved or filled in.
    """

    text: str
    words: str
    value: Value
    of: tuple["Explained", ...] = ()
    did: str = ""
    changes: tuple[Change, ...] = ()


def explain(node: Node, entries: Mapping[ProposalId, Entry], proposal: ProposalId) -> Explained:
    """The formula for one of these proposals; each must know what the formula names."""
    value = column(node, entries)[proposal]
    if not isinstance(node, Call):
        return Explained(spell(node), "", value)
    of = tuple(explain(each, entries, proposal) for each in values_given(node))
    did = TELLING.get(node.function, "")
    changes = _changes(of[0].value, value) if did else ()
    return Explained(spell(node), words_for(node, spell), value, of, did, changes)


def _changes(before: Value, after: Value) -> tuple[Change, ...]:
    changes = []
    for cell in sorted({*after.cells, *(before.cells if before.axes == after.axes else ())}):
        place = dict(zip(after.axes, cell, strict=True))
        was = before.cells.get(tuple(place[axis] for axis in before.axes))
        now = after.cells.get(cell)
        if was != now:
            changes.append(Change(cell, was, now))
    return tuple(changes)


def spell(node: Node, around: int = LOOSE) -> str:
    """The formula as it is written, with the brackets that it needs."""
    match node:
        case Number(value=number):
            return _bracketed(str(number), "negative" if number < 0 else "", around)
        case Table(values=numbers):
            return f"[{', '.join(map(str, numbers))}]"
        case Call(function=function, given=given) if function in BINDS:
            return _bracketed(_operation(function, given), function, around)
        case Call(function=function, given=given):
            return f"{function}({', '.join(spell(each) for each in given)})"
    return str(node)


def _bracketed(text: str, function: str, around: int) -> str:
    return f"({text})" if BINDS.get(function, around) < around else text


def _operation(function: str, given: tuple[Node, ...]) -> str:
    binds = BINDS[function]
    if function in SIGNS:
        return f"{SIGNS[function]}{spell(given[0], binds)}"
    closer = CLOSER.get(function, (0, 1))
    sides = (spell(each, binds + more) for each, more in zip(given, closer, strict=True))
    return f" {function} ".join(sides)


def number_text(number: Fraction) -> str:
    """The number with all its decimals; as a quotient when they never end."""
    under, twos, fives = number.denominator, 0, 0
    while under % 2 == 0:
        under, twos = under // 2, twos + 1
    while under % 5 == 0:
        under, fives = under // 5, fives + 1
    if under != 1:
        return f"{number.numerator}/{number.denominator}"
    places = max(twos, fives)
    digits = str(abs(number.numerator) * 10**places // number.denominator).zfill(places + 1)
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{'-' if number < 0 else ''}{whole}{'.' if rest else ''}{rest}"
