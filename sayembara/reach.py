"""Between which numbers a step can come out, whatever the jurors mark.

A bound is never too tight: where nothing is known there is none. So what lies outside can really
not be reached, and what lies inside may not be reached either.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from contracts.formula import Call, Name, Node, Number, Table, parse
from contracts.functions import FUNCTIONS, axes_named
from contracts.rulebook import Stage
from contracts.stage import Criterion
from contracts.steps import word

from sayembara.ranges import ANYTHING, COUNT, PLAIN, Range, exactly, hull, times_most, total

ALONE = ""
"""What stands for the criterion where there is one number for all criteria."""

Reach = Mapping[str, Range]
"""One range for each criterion, or one that stands alone."""


def reach_of(stages: Sequence[Stage]) -> dict[str, dict[str, Range]]:
    """The range of each step of each stage, over all its criteria."""
    earlier: dict[str, Reach] = {}
    found: dict[str, dict[str, Range]] = {}
    for stage in stages:
        known = {**_known(stage), **earlier}
        found[stage.id] = {}
        for step in stage.steps:
            reach = _reach(parse(step.formula), known, stage)
            known[step.id] = reach
            found[stage.id][step.id] = hull(list(reach.values()))
            earlier[f"stage.{word(stage.id)}.{step.id}"] = reach
    return found


def _known(stage: Stage) -> dict[str, Reach]:
    found: dict[str, Reach] = {name: {ALONE: COUNT} for name in ("jurors", "seated", "recused")}
    found["parts"] = {ALONE: COUNT}
    found["weight"] = {each.id: exactly(Fraction(each.weight)) for each in stage.criteria}
    found |= _marks("", stage.criteria)
    for panel in stage.panels:
        prefix = f"panel.{word(panel.id)}."
        found |= {f"{prefix}{name}": {ALONE: COUNT} for name in ("jurors", "seated", "recused")}
        found |= _marks(prefix, [each for each in stage.criteria if each.panel in (None, panel.id)])
    return found


def _marks(prefix: str, criteria: Sequence[Criterion]) -> dict[str, Reach]:
    together = len({each.panel for each in criteria}) == 1
    found: dict[str, Reach] = {}
    for per, name in (("proposal", "mark"), ("part", "part.mark")):
        those = [each for each in criteria if each.per == per]
        found[f"{prefix}{name}"] = {each.id: _scale(each, sure=together) for each in those}
    for each in criteria:
        found[f"{prefix}mark.{word(each.id)}"] = {ALONE: _scale(each, sure=True)}
    return found


def _scale(criterion: Criterion, *, sure: bool) -> Range:
    scale = criterion.scale
    return Range(Fraction(scale.min), Fraction(scale.max), sure and not criterion.optional)


def _reach(node: Node, known: Mapping[str, Reach], stage: Stage) -> Reach:
    match node:
        case Number():
            return {ALONE: exactly(Fraction(node.value))}
        case Table():
            numbers = [Fraction(each) for each in node.values]
            return {ALONE: Range(min(numbers), max(numbers), sure=True)}
        case Name():
            return known.get(str(node), {ALONE: ANYTHING})
    return _called(node, known, stage)


def _called(call: Call, known: Mapping[str, Reach], stage: Stage) -> Reach:
    kinds = FUNCTIONS[call.function].given
    pairs = zip(kinds, call.given, strict=False)
    given = [_reach(each, known, stage) for kind, each in pairs if kind not in ("axis", "mode")]
    axes = [str(each) for each in axes_named(call)]
    if axes or call.function == "weighted":
        return _over(call, given, axes[0] if axes else "criterion", stage)
    work = PLAIN.get(call.function, lambda *_: ANYTHING)
    return _each(work, given)


def _each(work: Callable[..., Range], given: Sequence[Reach]) -> Reach:
    many = [reach for reach in given if ALONE not in reach]
    criteria = [key for key in many[0] if all(key in reach for reach in many)] if many else [ALONE]
    return {
        key: work(*(reach[ALONE] if ALONE in reach else reach[key] for reach in given))
        for key in criteria
    }


def _over(call: Call, given: Sequence[Reach], axis: str, stage: Stage) -> Reach:
    value = given[0]
    if FUNCTIONS[call.function].reduces and axis == "criterion":
        ranges = list(value.values())
        if call.function == "sum":
            return {ALONE: total(ranges)}
        return {ALONE: _reduced(call.function, hull(ranges), len(ranges))}
    if not FUNCTIONS[call.function].reduces:  # what is left of it may be less
        return {key: Range(each.low, each.high) for key, each in value.items()}
    most = len(stage.parts) if axis == "part" and stage.parts else None
    return {key: _reduced(call.function, each, most) for key, each in value.items()}


def _reduced(function: str, each: Range, most: int | None) -> Range:
    if function == "count":
        return Range(Fraction(0), None if most is None else Fraction(most), each.sure)
    if function == "sum":
        return times_most(each, most)
    known = function in ("mean", "median", "max", "min", "nth", "weighted")
    return Range(each.low, each.high, each.sure and function != "nth") if known else ANYTHING
