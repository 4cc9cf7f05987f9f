"""What the formulas of a rulebook may name, and whether they fit together."""

import keyword
from collections.abc import Mapping, Sequence

from contracts.formula import AXES, Call, FormulaError, Node, Number, parse
from contracts.functions import FUNCTIONS, Axes, axes_of
from contracts.ids import PanelId, StageId
from contracts.stage import Stage, Step

NOTHING: Axes = frozenset()
RESERVED = frozenset({"mark", "panel", "parts", "stage"})
"""Names that formulas know in some stages only; no step of any stage takes them."""


def word(name: str) -> str:
    """An id as formulas name it: `latar-belakang` is `latar_belakang`."""
    return name.replace("-", "_")


def known_to(stage: Stage, earlier: Mapping[str, Axes] = {}) -> dict[str, Axes]:
    """What the stage's first formula may name, each with its axes; `earlier` is of other stages."""
    found: dict[str, Axes] = {
        **_marks(stage),
        "weight": frozenset({"criterion"}),
        "jurors": NOTHING,
    }
    for panel in stage.panels:
        prefix = f"panel.{word(panel.id)}"
        own = {**_marks(stage, panel.id), "jurors": NOTHING, "seated": NOTHING, "recused": NOTHING}
        found.update({f"{prefix}.{name}": axes for name, axes in own.items()})
    found.update({"seated": NOTHING, "recused": NOTHING})
    if stage.has_parts:
        found["parts"] = NOTHING
    return {**found, **earlier}


def _marks(stage: Stage, panel: PanelId | None = None) -> dict[str, Axes]:
    found: dict[str, Axes] = {}
    by_juror: Axes = frozenset({"group", "juror"} if stage.groups else {"juror"})
    for each in stage.criteria:
        if panel is None or each.panel in (None, panel):
            of_part: Axes = frozenset({"part"} if each.per == "part" else ())
            found["part.mark" if of_part else "mark"] = by_juror | of_part | {"criterion"}
            found[f"mark.{word(each.id)}"] = by_juror | of_part
    return found


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
    taken = {*AXES, *FUNCTIONS, *(name.split(".")[0] for name in scope), *RESERVED}
    if step.id in taken or keyword.iskeyword(step.id):
        text = f"stage '{stage.id}': the name '{step.id}' is taken; name the step otherwise"
        raise ValueError(text)


def _check_score(stage: Stage, values: Mapping[str, Axes]) -> None:
    asked = [(name, "ranks by") for name in (stage.score, *stage.tie_breaks)]
    if stage.more_sheets:
        asked.append((stage.more_sheets, "asks for more sheets by"))
    asked += [(band.when, f"has band '{band.id}' when") for band in stage.bands if band.when]
    for name, what in asked:
        _check_single(f"stage '{stage.id}' {what} '{name}'", name, values)
    if rounding_of(step_of(stage, stage.score)) is None:
        text = f"stage '{stage.id}': the step '{stage.score}' makes the score; it says how the"
        raise ValueError(f"{text} score is rounded, as in round(mean(total, juror), 2)")


def _check_single(said: str, name: str, values: Mapping[str, Axes]) -> None:
    if name not in values:
        raise ValueError(f"{said}, which is none of its steps: {', '.join(values)}")
    if values[name]:
        each = " and ".join(sorted(values[name]))
        raise ValueError(f"{said}, of which there is one for each {each}, not one in all")


def step_of(stage: Stage, step: str) -> Node:
    """The formula of that step, read."""
    return parse({each.id: each.formula for each in stage.steps}[step])


def rounding_of(node: Node) -> int | None:
    """To how many decimals the formula rounds at its end; None when it does not."""
    if isinstance(node, Call) and node.function == "round":
        places = node.given[1]
        return int(places.value) if isinstance(places, Number) else None
    return None
