"""What the formulas of a rulebook may name, and whether they fit together."""

import keyword
from collections.abc import Mapping, Sequence

from contracts.formula import AXES, Call, FormulaError, Node, Number, parse
from contracts.functions import FUNCTIONS, Axes, axes_of
from contracts.ids import StageId
from contracts.stage import Stage, Step

NOTHING: Axes = frozenset()


def word(name: str) -> str:
    """An id as formulas name it: `latar-belakang` is `latar_belakang`."""
    return name.replace("-", "_")


def known_to(stage: Stage, earlier: Mapping[str, Axes] = {}) -> dict[str, Axes]:
    """What the stage's first formula may name, each with its axes; `earlier` is of other stages."""
    by_juror: Axes = frozenset({"juror"})
    return {
        "mark": by_juror | {"criterion"},
        **{f"mark.{word(each.id)}": by_juror for each in stage.criteria},
        "weight": frozenset({"criterion"}),
        "jurors": NOTHING,
        **earlier,
    }


def axes_of_steps(stages: Sequence[Stage]) -> dict[StageId, dict[str, Axes]]:
    """The axes of each step of each stage; ValueError, with both, where a formula does not fit."""
    earlier: dict[str, Axes] = {}
    found = {}
    for stage in stages:
        found[stage.id] = _check_stage(stage, earlier)
        for step, axes in found[stage.id].items():
            if not axes:
                earlier[f"stage.{word(stage.id)}.{step}"] = axes
    return found


def _check_stage(stage: Stage, earlier: Mapping[str, Axes]) -> dict[str, Axes]:
    scope = known_to(stage, earlier)
    values: dict[str, Axes] = {}
    for step in stage.steps:
        _check_id(stage, step, scope)
        try:
            values[step.id] = scope[step.id] = axes_of(parse(step.formula), scope)
        except FormulaError as error:
            raise ValueError(f"stage '{stage.id}', step '{step.id}': {error}") from error
    _check_score(stage, values)
    return values


def _check_id(stage: Stage, step: Step, scope: Mapping[str, Axes]) -> None:
    taken = {*AXES, *FUNCTIONS, *(name.split(".")[0] for name in scope), "stage"}
    if step.id in taken or keyword.iskeyword(step.id):
        text = f"stage '{stage.id}': the name '{step.id}' is taken; name the step otherwise"
        raise ValueError(text)


def _check_score(stage: Stage, values: Mapping[str, Axes]) -> None:
    for name in (stage.score, *stage.tie_breaks):
        if name not in values:
            known = ", ".join(values)
            text = f"stage '{stage.id}' ranks by '{name}', which is none of its steps: {known}"
            raise ValueError(text)
        if values[name]:
            text = f"stage '{stage.id}' ranks by '{name}', of which there is one for each"
            raise ValueError(f"{text} {' and '.join(sorted(values[name]))}, not one in all")
    if rounding_of(step_of(stage, stage.score)) is None:
        text = f"stage '{stage.id}': the step '{stage.score}' makes the score; it says how the"
        raise ValueError(f"{text} score is rounded, as in round(mean(total, juror), 2)")


def step_of(stage: Stage, step: str) -> Node:
    """The formula of that step, read."""
    return parse({each.id: each.formula for each in stage.steps}[step])


def rounding_of(node: Node) -> int | None:
    """To how many decimals the formula rounds at its end; None when it does not."""
    if isinstance(node, Call) and node.function == "round":
        places = node.given[1]
        return int(places.value) if isinstance(places, Number) else None
    return None
