"""The addresses of evaluation."""

import json
from decimal import Decimal
from typing import Annotated, Any

from contracts.evaluation import Minute
from contracts.ids import EditionId, JurorId, ProposalId, StageId
from contracts.outcomes import NotFound
from fastapi import APIRouter, Depends
from kit.access import Route, may
from kit.commands import Reading
from kit.http import AtDesk, Receipt
from kit.tokens import Who

from evaluation_service.api.bodies import (
    AssignmentState,
    ClosingOrder,
    ConflictOrder,
    SeatOrder,
    SheetOrder,
    SheetVersion,
    StageState,
)
from evaluation_service.handlers import close_scoring, declare_conflict, hand_in, seat_juror
from evaluation_service.rules.closing import below_quorum
from evaluation_service.rules.facts import Assignment, Seat
from evaluation_service.rules.sheets import duty_state
from evaluation_service.store import EvaluationStore

SHEET = "/proposals/{proposal}/sheets/{juror}"

SECRETARIAT = may("secretariat")
Juror = Annotated[Who, may("juror")]
JurorOrSecretariat = Annotated[Who, may("juror", "secretariat")]

router = APIRouter(
    prefix="/editions/{edition}/stages/{stage}", tags=["evaluation"], route_class=Route
)


async def _assignment(
    edition: EditionId, stage: StageId, proposal: ProposalId, juror: JurorId
) -> Assignment:
    # Not a plain function: each of those costs a hop to another thread and back per request.
    return Assignment(edition, stage, proposal, juror)


AssignmentHere = Annotated[Assignment, Depends(_assignment)]


@router.put("/jurors/{juror}", dependencies=[SECRETARIAT])
async def put_juror(
    edition: EditionId, stage: StageId, juror: JurorId, order: SeatOrder, desk: AtDesk
) -> Receipt:
    """Seat a juror; conflicts that show in the data are found at once."""
    seat = Seat(juror, order.office, order.agency)
    return await desk.run(lambda store: seat_juror(store, edition, stage, seat))


@router.get("", dependencies=[may("juror", "secretariat", "operator")])
async def get_stage(edition: EditionId, stage: StageId, desk: AtDesk) -> StageState:
    """How far the stage is."""
    state: StageState = await desk.read(lambda store: _stage_state(store, edition, stage))
    return state


@router.get("/assignments")
async def get_assignments(
    edition: EditionId, stage: StageId, desk: AtDesk, who: JurorOrSecretariat
) -> list[AssignmentState]:
    """Every proposal before every juror, by proposal and juror; for a juror its own ones."""
    rows: list[AssignmentState] = await desk.read(lambda store: _states(store, edition, stage))
    return [each for each in rows if who.role != "juror" or each.juror == who.subject]


@router.post("/proposals/{proposal}/conflicts")
async def post_conflict(
    *,
    edition: EditionId,
    stage: StageId,
    proposal: ProposalId,
    order: ConflictOrder,
    desk: AtDesk,
    who: Juror,
) -> Receipt:
    """A juror declares a conflict and is recused for the proposal."""
    who.must_be(order.juror)
    assignment = Assignment(edition, stage, proposal, order.juror)
    return await desk.run(lambda store: declare_conflict(store, assignment, order.reason))


@router.put(SHEET)
async def put_sheet(
    assignment: AssignmentHere, order: SheetOrder, desk: AtDesk, who: Juror
) -> Receipt:
    """Hand in a sheet, or replace it with a reason; the same marks again change nothing."""
    who.must_be(assignment.juror)
    marks = {criterion: Decimal(mark) for criterion, mark in order.marks.items()}
    command = Reading(assignment, lambda store: hand_in(store, assignment, marks, order.reason))
    return await desk.run(command)


@router.get(SHEET)
async def get_sheet(
    assignment: AssignmentHere, desk: AtDesk, who: JurorOrSecretariat
) -> list[SheetVersion]:
    """Every version of a sheet, the first one first; another juror's once the stage is closed."""

    def ask(store: EvaluationStore) -> list[SheetVersion]:
        if not store.is_closed(assignment.edition, assignment.stage):
            who.must_be(assignment.juror)
        return _versions(store, assignment)

    versions: list[SheetVersion] = await desk.read(ask)
    return versions


@router.post("/closing", dependencies=[SECRETARIAT])
async def post_closing(
    edition: EditionId, stage: StageId, order: ClosingOrder, desk: AtDesk
) -> Receipt:
    """Close scoring of the stage."""
    decision = Minute(**order.decision.model_dump()) if order.decision else None
    return await desk.run(lambda store: close_scoring(store, edition, stage, order.by, decision))


def _stage_state(store: EvaluationStore, edition: EditionId, stage: StageId) -> StageState:
    rules = store.stage(edition, stage)
    counted = store.counted_sheets(edition, stage)
    jurors = len(store.seats(edition, stage))
    recusals = store.count_recusals(edition, stage)
    return StageState(
        edition=edition,
        stage=stage,
        state="closed" if store.is_closed(edition, stage) else "open",
        proposals=len(counted),
        jurors=jurors,
        recusals=recusals,
        sheets=sum(counted.values()),
        expected=len(counted) * jurors - recusals,
        below_quorum=list(below_quorum(rules, counted)),
    )


def _states(store: EvaluationStore, edition: EditionId, stage: StageId) -> list[AssignmentState]:
    store.stage(edition, stage)
    rows = sorted(store.assignments(edition, stage), key=lambda row: (row.proposal, row.juror))
    return [
        AssignmentState(
            proposal=row.proposal,
            title=row.title,
            juror=row.juror,
            state=duty_state(recused=row.recused, handed_in=row.handed_in),
        )
        for row in rows
    ]


def _versions(store: EvaluationStore, assignment: Assignment) -> list[SheetVersion]:
    store.stage(assignment.edition, assignment.stage)
    rows = store.sheet_versions(assignment)
    if not rows:
        who, what = assignment.juror, assignment.proposal
        raise NotFound("no_sheet", f"juror '{who}' has handed in no sheet of proposal '{what}'")
    return [_version(row) for row in rows]


def _version(row: Any) -> SheetVersion:
    return SheetVersion(
        version=row.version,
        marks=json.loads(row.marks),
        reason=row.reason,
        handed_in_at=row.handed_in_at,
    )
