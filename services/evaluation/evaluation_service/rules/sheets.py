"""Which sheet is taken, in which form."""

from decimal import Decimal
from typing import Literal

from contracts.evaluation import Mark, SheetAmended, SheetEvent, SheetSubmitted
from contracts.outcomes import Invalid, Refused
from contracts.rulebook import Criterion, Stage

from evaluation_service.rules.facts import (
    Assignment,
    Duty,
    Marks,
    Sheet,
    named,
    refuse_strangers,
    scoring_closed,
)

DutyState = Literal["due", "handed_in", "recused"]


def handing_in(
    assignment: Assignment,
    stage: Stage,
    duty: Duty,
    marks: Marks,
    *,
    before: Sheet | None,
    reason: str | None,
) -> tuple[SheetEvent, ...]:
    """What is said when a juror hands in these marks and `before` is the sheet that stands.

    The same marks by value say nothing. A first sheet needs no reason; one that is given with it
    is not kept. Refused when the juror may not judge this proposal now, Invalid when the marks
    are not in the form that the stage asks for.
    """
    refuse_strangers(assignment, duty)
    if duty.recused:
        raise _recused(assignment)
    if before is not None and before.marks == marks:
        return ()
    if duty.closed:
        raise scoring_closed(assignment.stage)
    given = _in_form(stage, marks)
    if before is None:
        return (SheetSubmitted(**vars(assignment), marks=given, version=1),)
    if reason is None:
        raise _reason_missing(assignment, before)
    version = before.version + 1
    return (SheetAmended(**vars(assignment), marks=given, version=version, reason=reason),)


def _recused(assignment: Assignment) -> Refused:
    return Refused(
        "recused",
        f"juror '{assignment.juror}' is recused for proposal '{assignment.proposal}' in stage"
        f" '{assignment.stage}': no sheet of this juror is taken for it",
    )


def _reason_missing(assignment: Assignment, before: Sheet) -> Refused:
    return Refused(
        "reason_missing",
        f"juror '{assignment.juror}' handed in other marks for proposal '{assignment.proposal}'"
        f" before (version {before.version}); give the reason for the new ones",
    )


def _in_form(stage: Stage, marks: Marks) -> tuple[Mark, ...]:
    known = [each.id for each in stage.criteria]
    if unknown := [each for each in marks if each not in known]:
        text = f"stage '{stage.id}' has no criterion {named(unknown)}; mark {named(known)}"
        raise Invalid("unknown_criterion", text)
    if missing := [each for each in known if each not in marks]:
        text = f"stage '{stage.id}' asks for a mark of every criterion; missing: {named(missing)}"
        raise Invalid("marks_missing", text)
    if off := [each for each in stage.criteria if not each.scale.takes(marks[each.id])]:
        raise Invalid("off_scale", "; ".join(_off(each, marks[each.id]) for each in off))
    return tuple(Mark(criterion=each, value=marks[each]) for each in known)


def _off(criterion: Criterion, mark: Decimal) -> str:
    scale = criterion.scale
    return (
        f"criterion '{criterion.id}' takes no mark {mark}: its scale goes from {scale.min} to"
        f" {scale.max} in steps of {scale.step}"
    )


def duty_state(*, recused: bool, handed_in: bool) -> DutyState:
    """How an assignment stands; a recusal outweighs a sheet that was handed in before it."""
    if recused:
        return "recused"
    return "handed_in" if handed_in else "due"
