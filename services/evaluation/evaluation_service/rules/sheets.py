"""Which sheet is taken, in which form."""

from typing import Any, Literal

from contracts.evaluation import Entered, SheetAmended, SheetEvent, SheetSubmitted
from contracts.outcomes import Refused
from contracts.rulebook import Stage

from evaluation_service.rules.facts import (
    Assignment,
    Duty,
    Marks,
    Sheet,
    refuse_strangers,
    scoring_closed,
)
from evaluation_service.rules.form import in_form

DutyState = Literal["due", "handed_in", "recused"]


def handing_in(
    assignment: Assignment,
    stage: Stage,
    duty: Duty,
    marks: Marks,
    *,
    before: Sheet | None,
    reason: str | None,
    entered: Entered | None = None,
) -> tuple[SheetEvent, ...]:
    """What is said when a juror hands in these marks and `before` is the sheet that stands.

    The same marks by value say nothing. A first sheet needs no reason; one that is given with it
    is not kept. Refused when the juror may not judge this proposal now, Invalid when the marks
    are not in the form that the stage asks for. `entered` is told where another put the sheet in.
    """
    refuse_strangers(assignment, duty)
    if duty.recused:
        raise _recused(assignment)
    if before is not None and before.marks == marks:
        return ()
    if duty.closed:
        raise scoring_closed(assignment.stage)
    said: dict[str, Any] = {**assignment.said(), **({"entered": entered} if entered else {})}
    said["marks"] = in_form(stage, assignment, duty.panel, marks)
    if before is None:
        return (SheetSubmitted(**said, version=1),)
    if reason is None:
        raise _reason_missing(assignment, before)
    return (SheetAmended(**said, version=before.version + 1, reason=reason),)


def _recused(assignment: Assignment) -> Refused:
    return Refused(
        "recused",
        f"juror '{assignment.juror}' is recused for proposal '{assignment.proposal}' in stage"
        f" '{assignment.stage}': no sheet of this juror is taken for it",
    )


def _reason_missing(assignment: Assignment, before: Sheet) -> Refused:
    return Refused(
        "reason_missing",
        f"juror '{assignment.juror}' handed in other marks for {assignment.what()}"
        f" before (version {before.version}); give the reason for the new ones",
    )


def duty_state(*, recused: bool, handed_in: bool) -> DutyState:
    """How an assignment stands; a recusal outweighs a sheet that was handed in before it."""
    if recused:
        return "recused"
    return "handed_in" if handed_in else "due"
