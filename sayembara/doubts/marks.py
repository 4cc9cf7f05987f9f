"""Panels, marks and steps of a rulebook that come to nothing."""

from collections.abc import Iterator, Sequence

from contracts.formula import names_in, parse
from contracts.rulebook import Criterion, Rulebook, Stage
from contracts.steps import word

from sayembara.doubts.doubt import Doubt


def marks_that_nothing_uses(rulebook: Rulebook) -> Iterator[Doubt]:
    """Panels that mark nothing, and marks that no formula names."""
    for number, stage in enumerate(rulebook.stages):
        said = _names(stage)
        for at, panel in enumerate(stage.panels):
            if not any(stage.asked_of(panel.id, of_part=each) for each in (True, False)):
                text = f"stage '{stage.id}': the panel '{panel.id}' marks no criterion"
                yield Doubt(("stages", number, "panels", at), text)
        for at, criterion in enumerate(stage.criteria):
            for whose in _unused(stage, criterion, said):
                text = f"stage '{stage.id}': no formula uses the marks for '{criterion.id}'{whose}"
                yield Doubt(("stages", number, "criteria", at), text)


def _unused(stage: Stage, criterion: Criterion, said: set[str]) -> Iterator[str]:
    """Whose marks nothing uses, as words to add: of some panels, or of everybody."""
    if _marks_of("", criterion) & said:
        return
    panels = [each.id for each in stage.panels if criterion.panel in (None, each.id)]
    unused = [each for each in panels if not _marks_of(f"panel.{word(each)}.", criterion) & said]
    if len(unused) == len(panels):
        yield ""
    elif unused:
        yield f" of the panel {' or '.join(repr(each) for each in unused)}"


def _marks_of(prefix: str, criterion: Criterion) -> set[str]:
    every = "part.mark" if criterion.per == "part" else "mark"
    return {f"{prefix}{every}", f"{prefix}mark.{word(criterion.id)}"}


def steps_that_nothing_uses(rulebook: Rulebook) -> Iterator[Doubt]:
    """Steps that neither a formula names nor the stage ranks, breaks ties, or asks by."""
    for number, stage in enumerate(rulebook.stages):
        theirs = _all_names(rulebook.stages[number + 1 :])
        asked = {stage.score, *stage.tie_breaks, stage.more_sheets}
        asked |= {band.when for band in stage.bands} | _names(stage)
        for at, step in enumerate(stage.steps):
            if step.id not in asked and f"stage.{word(stage.id)}.{step.id}" not in theirs:
                text = f"stage '{stage.id}': nothing uses the step '{step.id}'"
                yield Doubt(("stages", number, "steps", at), text)


def _all_names(stages: Sequence[Stage]) -> set[str]:
    return {name for stage in stages for name in _names(stage)}


def _names(stage: Stage) -> set[str]:
    return {str(name) for step in stage.steps for name in names_in(parse(step.formula))}
