"""What a function of a formula did, in words for who reads a calculation."""

from collections.abc import Callable, Mapping

from contracts.formula import Call, Name, Node, Number, Table
from contracts.functions import FUNCTIONS, axes_named

MODES = {
    "half_up": "a half goes up",
    "half_even": "a half goes to the even one",
    "down": "the rest is cut off",
    "up": "any rest goes up",
}
MANY = {"group": "groups", "juror": "jurors", "part": "parts", "criterion": "criteria"}
OVER = {
    "sum": "the sum of the {}",
    "mean": "the mean of the {}",
    "median": "the middle one of the {}",
    "max": "the greatest of the {}",
    "min": "the smallest of the {}",
    "count": "how many of the {} have one that is not 0",
}


def words_for(call: Call, spell: Callable[[Node], str]) -> str:
    """What this call does; `spell` writes a part of the formula."""
    if call.function in OVER:
        return OVER[call.function].format(MANY[str(axes_named(call)[0])])
    if call.function in SAID:
        return SAID[call.function](call, spell)
    return FUNCTIONS[call.function].words


Spell = Callable[[Node], str]


def _rounded(call: Call, spell: Spell) -> str:  # noqa: ARG001 - each is given the same
    places, *mode = call.given[1:]
    how = MODES[str(mode[0])] if mode else MODES["half_up"]
    assert isinstance(places, Number)
    many = "decimal" if places.value == 1 else "decimals"
    to = f"{places.value} {many}" if places.value else "a whole number"
    return f"rounded to {to}; {how}"


def _trimmed(call: Call, spell: Spell) -> str:
    low, high = (spell(each) for each in call.given[2:])
    return f"without the {low} smallest and the {high} greatest of the {_axis(call)}"


def _best(call: Call, spell: Spell) -> str:
    return f"only the {spell(call.given[2])} greatest of the {_axis(call)}"


def _nth(call: Call, spell: Spell) -> str:
    return f"number {spell(call.given[2])} of the {_axis(call)}, the greatest first"


def _clamped(call: Call, spell: Spell) -> str:
    low, high = (spell(each) for each in call.given[1:])
    return f"moved to {low} where it is below, and to {high} where it is above"


def _default(call: Call, spell: Spell) -> str:
    return f"{spell(call.given[1])} stands in where it is absent"


def _points(call: Call, spell: Spell) -> str:  # noqa: ARG001 - each is given the same
    assert isinstance(call.given[1], Table)
    worth = ", ".join(map(str, call.given[1].values))
    return f"what the place is worth: {worth} from the first on, then nothing"


def _axis(call: Call) -> str:
    named = call.given[1]
    assert isinstance(named, Name)
    return MANY[str(named)]


SAID: Mapping[str, Callable[[Call, Spell], str]] = {
    "round": _rounded,
    "trim": _trimmed,
    "best": _best,
    "nth": _nth,
    "clamp": _clamped,
    "default": _default,
    "points": _points,
}
