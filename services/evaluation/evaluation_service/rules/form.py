"""The form of a sheet: which marks are asked for, and on which scales."""

from collections.abc import Sequence
from decimal import Decimal

from contracts.evaluation import Mark
from contracts.ids import PanelId
from contracts.outcomes import Invalid
from contracts.rulebook import Criterion, Stage

from evaluation_service.rules.facts import Assignment, Marks, named


def in_form(
    stage: Stage, assignment: Assignment, panel: PanelId | None, marks: Marks
) -> tuple[Mark, ...]:
    """The marks of this sheet in the order of the criteria.

    Invalid when the sheet is of an unknown part, or marks not exactly what the stage asks of the
    juror's panel: of a part what is marked per part, otherwise what is marked per proposal. A mark
    that is optional may be left out, but not all of them.
    """
    asked = _asked(stage, assignment, panel)
    known = [each.id for each in asked]
    if unknown := [each for each in marks if each not in known]:
        raise Invalid("unknown_criterion", _unknown(stage, panel, unknown, known))
    if missing := [each.id for each in asked if not each.optional and each.id not in marks]:
        raise Invalid("marks_missing", _missing(stage, assignment, asked, missing))
    if not marks:
        text = f"a sheet has a mark at least; stage '{stage.id}' asks here for {named(known)}"
        raise Invalid("marks_missing", text)
    given = [each for each in asked if each.id in marks]
    if off := [each for each in given if not each.scale.takes(marks[each.id])]:
        raise Invalid("off_scale", "; ".join(_off(each, marks[each.id]) for each in off))
    return tuple(Mark(criterion=each.id, value=marks[each.id]) for each in given)


def _asked(stage: Stage, assignment: Assignment, panel: PanelId | None) -> tuple[Criterion, ...]:
    part = assignment.part
    if part is not None:
        _check_part(stage, part)
    asked = stage.asked_of(panel, of_part=part is not None)
    if not asked:
        raise Invalid("nothing_to_mark", _nothing(stage, assignment, panel))
    return asked


def _check_part(stage: Stage, part: str) -> None:
    if not stage.has_parts:
        text = f"stage '{stage.id}' marks no parts: hand in the sheet of the proposal itself"
        raise Invalid("unknown_part", text)
    if not stage.open_parts and part not in stage.parts:
        text = f"stage '{stage.id}' has no part '{part}'; its parts are {named(stage.parts)}"
        raise Invalid("unknown_part", text)


def _nothing(stage: Stage, assignment: Assignment, panel: PanelId | None) -> str:
    who = f"panel '{panel}' of stage '{stage.id}'" if panel else f"stage '{stage.id}'"
    if not stage.asked_of(panel, of_part=assignment.part is None):
        return f"{who} marks nothing; seat juror '{assignment.juror}' on a panel that has criteria"
    if assignment.part is not None:
        return f"{who} marks no parts: hand in the sheet of the proposal itself"
    parts = f" ({named(stage.parts)})" if stage.parts else ""
    return f"{who} marks parts only: hand in a sheet for each part of the proposal{parts}"


def _unknown(
    stage: Stage, panel: PanelId | None, unknown: Sequence[str], known: Sequence[str]
) -> str:
    here = {each.id for each in stage.criteria}
    if any(each not in here for each in unknown):
        return f"stage '{stage.id}' has no criterion {named(unknown)}; mark {named(known)}"
    whose = f" of panel '{panel}'" if panel else ""
    return (
        f"this sheet{whose} in stage '{stage.id}' takes no mark of {named(unknown)}; mark"
        f" {named(known)}"
    )


def _missing(
    stage: Stage, assignment: Assignment, asked: Sequence[Criterion], missing: Sequence[str]
) -> str:
    needed = named([each.id for each in asked if not each.optional])
    part = f" on the sheet of part '{assignment.part}'" if assignment.part else ""
    return f"stage '{stage.id}' asks for a mark of {needed}{part}; missing: {named(missing)}"


def _off(criterion: Criterion, mark: Decimal) -> str:
    scale = criterion.scale
    return (
        f"criterion '{criterion.id}' takes no mark {mark}: its scale goes from {scale.min} to"
        f" {scale.max} in steps of {scale.step}"
    )
