"""The addresses of sheets: one by one, of a proposal or of a part of it, and many at once."""

import json
from decimal import Decimal
from typing import Annotated, Any

from contracts.evaluation import Entered
from contracts.ids import EditionId, JurorId, PartId, ProposalId, StageId
from contracts.outcomes import Invalid, NotFound
from fastapi import APIRouter, Depends
from kit.access import Route, may
from kit.commands import Reading
from kit.http import AtDesk, Desk, Receipt
from kit.tokens import Who

from evaluation_service.api.bodies import (
    EnteredState,
    Malformed,
    RefusedSheet,
    SheetOrder,
    SheetRow,
    SheetsOrder,
    SheetsTaken,
    SheetVersion,
)
from evaluation_service.handlers import hand_in
from evaluation_service.handlers.many import TakeSheets
from evaluation_service.rules.batch import RefusedRow, Row
from evaluation_service.rules.facts import Assignment
from evaluation_service.store import EvaluationStore

PROPOSAL = "/stages/{stage}/proposals/{proposal}"
SHEET = f"{PROPOSAL}/sheets/{{juror}}"
PART_SHEET = f"{PROPOSAL}/parts/{{part}}/sheets/{{juror}}"

Juror = Annotated[Who, may("juror")]
JurorOrSecretariat = Annotated[Who, may("juror", "secretariat")]

router = APIRouter(prefix="/editions/{edition}", tags=["evaluation"], route_class=Route)


async def _assignment(
    edition: EditionId, stage: StageId, proposal: ProposalId, juror: JurorId
) -> Assignment:
    # Not a plain function: each of those costs a hop to another thread and back per request.
    return Assignment(edition, stage, proposal, juror)


async def _part_assignment(
    edition: EditionId, stage: StageId, proposal: ProposalId, part: PartId, juror: JurorId
) -> Assignment:
    return Assignment(edition, stage, proposal, juror, part)


AssignmentHere = Annotated[Assignment, Depends(_assignment)]
PartHere = Annotated[Assignment, Depends(_part_assignment)]


@router.put(SHEET)
async def put_sheet(
    assignment: AssignmentHere, order: SheetOrder, desk: AtDesk, who: Juror
) -> Receipt:
    """Hand in a sheet, or replace it with a reason; the same marks again change nothing."""
    return await _hand_in(assignment, order, desk, who)


@router.put(PART_SHEET)
async def put_part_sheet(
    assignment: PartHere, order: SheetOrder, desk: AtDesk, who: Juror
) -> Receipt:
    """Hand in the sheet of one part of a proposal, or replace it with a reason."""
    return await _hand_in(assignment, order, desk, who)


@router.get(SHEET)
async def get_sheet(
    assignment: AssignmentHere, desk: AtDesk, who: JurorOrSecretariat
) -> list[SheetVersion]:
    """Every version of a sheet, the first one first; another juror's once the stage is closed."""
    return await _versions(assignment, desk, who)


@router.get(PART_SHEET)
async def get_part_sheet(
    assignment: PartHere, desk: AtDesk, who: JurorOrSecretariat
) -> list[SheetVersion]:
    """Every version of a part's sheet; another juror's once the stage is closed."""
    return await _versions(assignment, desk, who)


@router.post("/sheets")
async def post_sheets(
    edition: EditionId, order: SheetsOrder, desk: AtDesk, who: JurorOrSecretariat
) -> SheetsTaken:
    """Hand in many sheets at once: a juror its own ones, the secretariat those of any juror.

    All of them or, when one is refused, none; with `partial` all that can be taken. A refusal
    names every refused sheet with its line (`refused` in the problem).
    """
    command = _take_sheets(edition, order, who)
    await desk.here.command(command, desk.correlation)
    found = command.found
    refused = [RefusedSheet(**vars(each)) for each in found.refused]
    return SheetsTaken(taken=len(found.said), unchanged=found.unchanged, refused=refused)


async def _hand_in(assignment: Assignment, order: SheetOrder, desk: Desk, who: Who) -> Receipt:
    who.must_be(assignment.juror)
    marks = _exact(order.marks)
    command = Reading(assignment, lambda store: hand_in(store, assignment, marks, order.reason))
    return await desk.run(command)


def _exact(marks: dict[str, str]) -> dict[str, Decimal]:
    return {criterion: Decimal(mark) for criterion, mark in marks.items()}


async def _versions(assignment: Assignment, desk: Desk, who: Who) -> list[SheetVersion]:
    def ask(store: EvaluationStore) -> list[SheetVersion]:
        if not store.is_closed(assignment.edition, assignment.stage):
            who.must_be(assignment.juror)
        return _kept(store, assignment)

    versions: list[SheetVersion] = await desk.read(ask)
    return versions


def _kept(store: EvaluationStore, assignment: Assignment) -> list[SheetVersion]:
    store.stage(assignment.edition, assignment.stage)
    rows = store.sheet_versions(assignment)
    if not rows:
        text = f"juror '{assignment.juror}' has handed in no sheet of {assignment.what()}"
        raise NotFound("no_sheet", text)
    return [_version(row) for row in rows]


def _version(row: Any) -> SheetVersion:
    by, source = row.entered_by, row.entered_from
    return SheetVersion(
        version=row.version,
        marks=json.loads(row.marks),
        reason=row.reason,
        handed_in_at=row.handed_in_at,
        entered=None if by is None else EnteredState(by=by, source=source),
    )


def _take_sheets(edition: EditionId, order: SheetsOrder, who: Who) -> TakeSheets:
    rows, malformed = [], []
    for place, each in enumerate(order.sheets, start=1):
        line = place if each.line is None else each.line
        if isinstance(each, Malformed):
            malformed.append(RefusedRow(line, "malformed_sheet", each.text))
        else:
            who.must_be(each.juror)
            rows.append(_row(edition, line, each))
    return TakeSheets(edition, rows, malformed, _entered(order, who), order.partial)


def _row(edition: EditionId, line: int, row: SheetRow) -> Row:
    assignment = Assignment(edition, row.stage, row.proposal, row.juror, row.part)
    return Row(line, assignment, _exact(row.marks), row.reason)


def _entered(order: SheetsOrder, who: Who) -> Entered | None:
    if who.role == "juror":
        return None
    if order.by is None or not order.source:
        raise Invalid(
            "source_missing",
            "say by which office the sheets are put in (by) and from where they are taken (source),"
            " such as the name of the file or of the paper",
        )
    return Entered(by=order.by, source=order.source)
