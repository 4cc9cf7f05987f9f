"""Many sheets at once: which of them are taken."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.evaluation import SheetEvent
from contracts.ids import JurorId
from contracts.outcomes import Refused
from contracts.rulebook import Stage

from evaluation_service.rules.facts import Assignment, Marks, listed
from evaluation_service.rules.unique import Sheets, given_already

TOLD_MAX = 3


@dataclass(frozen=True, eq=False)
class Row:
    """One sheet of many; `line` is where it stands in the file."""

    line: int
    assignment: Assignment
    marks: Marks
    reason: str | None = None


@dataclass(frozen=True)
class RefusedRow:
    """A sheet that is not taken, and why."""

    line: int
    code: str
    text: str

    @classmethod
    def of(cls, row: Row, refused: Refused) -> "RefusedRow":
        """The row with its refusal."""
        return cls(row.line, refused.code, refused.text)


@dataclass
class Sorted:
    """The rows, sorted into those that say something, say nothing new, and are refused."""

    said: dict[Row, SheetEvent] = field(default_factory=dict)
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    def refuse(self, refusals: Mapping[Row, Refused]) -> None:
        """These rows are refused after all."""
        for row, refused in refusals.items():
            del self.said[row]
            self.refused.append(RefusedRow.of(row, refused))


def without_twins(rows: Iterable[Row]) -> tuple[list[Row], list[RefusedRow]]:
    """The rows whose sheet is there once, and refusals of all the others, each naming its twins."""
    lines: dict[Assignment, list[int]] = defaultdict(list)
    for row in (rows := list(rows)):
        lines[row.assignment].append(row.line)
    single = [row for row in rows if len(lines[row.assignment]) == 1]
    twins = [
        RefusedRow(row.line, "sheet_twice", _twice(row.assignment, lines[row.assignment]))
        for row in rows
        if len(lines[row.assignment]) > 1
    ]
    return single, twins


def _twice(assignment: Assignment, lines: Sequence[int]) -> str:
    places = listed([str(each) for each in lines])
    return (
        f"lines {places} are all the sheet of juror '{assignment.juror}' for {assignment.what()} in"
        f" stage '{assignment.stage}'; leave one of them"
    )


def refuse_given_twice(found: Sorted, stage: Stage, standing: Sheets) -> None:
    """Refuse the rows of the stage that give a unique mark to a second proposal.

    A refused row leaves its proposal with the mark that stands, which another row may have counted
    on: so the juror's other rows are looked at again until nothing is refused any more.
    """
    before: dict[JurorId, dict[Assignment, Marks]] = defaultdict(dict)
    for assignment, marks in standing.items():
        before[assignment.juror][assignment] = marks
    rows: dict[JurorId, dict[Assignment, Row]] = defaultdict(dict)
    for row in found.said:
        if row.assignment.stage == stage.id:
            rows[row.assignment.juror][row.assignment] = row
    for juror, theirs in rows.items():
        while clashes := _clashes(stage, before[juror], theirs):
            found.refuse({theirs.pop(each): refused for each, refused in clashes.items()})


def _clashes(
    stage: Stage, standing: Sheets, rows: Mapping[Assignment, Row]
) -> dict[Assignment, Refused]:
    return given_already(stage, standing, {each: row.marks for each, row in rows.items()})


def all_refused(rows: int, refused: Sequence[RefusedRow]) -> Refused:
    """The refusal of everything, because these rows are refused."""
    told = "; ".join(f"line {each.line}: {each.text}" for each in refused[:TOLD_MAX])
    more = len(refused) - TOLD_MAX
    rest = f"; and {more} more" if more > 0 else ""
    return Refused(
        "sheets_refused",
        f"{len(refused)} of {rows} sheets are refused, and none is taken: {told}{rest}",
        {"refused": [vars(each) for each in refused]},
    )
