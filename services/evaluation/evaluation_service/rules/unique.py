"""Marks that a juror gives to one proposal only, as the places in an order of merit."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from contracts.ids import CriterionId
from contracts.outcomes import Refused
from contracts.rulebook import Stage

from evaluation_service.rules.facts import Assignment, Marks, named

Sheets = Mapping[Assignment, Marks]


def has_unique(stage: Stage) -> bool:
    """Whether a criterion of the stage has marks that a juror gives once."""
    return any(not each.repeats for each in stage.criteria)


def given_already(stage: Stage, standing: Sheets, new: Sheets) -> dict[Assignment, Refused]:
    """The refusals of those `new` sheets that give a unique mark to a second proposal.

    `standing` are the sheets that count and that these jurors have handed in before. What counts
    is how it stands once all the new ones are taken: so two places are swapped by two sheets.
    """
    holders: dict[object, list[str]] = defaultdict(list)
    for assignment, marks in {**standing, **new}.items():
        for _, key in _unique_marks(stage, assignment, marks):
            holders[key].append(assignment.proposal)
    return {
        assignment: _refusal(assignment, criterion, marks, others)
        for assignment, marks in new.items()
        for criterion, key in _unique_marks(stage, assignment, marks)
        if (others := [each for each in holders[key] if each != assignment.proposal])
    }


def _unique_marks(
    stage: Stage, assignment: Assignment, marks: Marks
) -> Iterator[tuple[CriterionId, object]]:
    for each in stage.criteria:
        if each.id in marks and each.gives_once(marks[each.id]):
            yield each.id, (assignment.juror, assignment.part, each.id, marks[each.id])


def _refusal(
    assignment: Assignment, criterion: CriterionId, marks: Marks, others: list[str]
) -> Refused:
    return Refused(
        "mark_given_already",
        f"juror '{assignment.juror}' gives the mark {marks[criterion]} of '{criterion}' to one"
        f" proposal only, and gives it to {named(others)} too; change that sheet first, or hand in"
        " both at once",
    )
