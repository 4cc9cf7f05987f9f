"""The addresses of evaluation."""

import json
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from contracts.evaluation import Minute
from contracts.ids import (
    AgencyId,
    CriterionId,
    EditionId,
    JurorId,
    Office,
    ProposalId,
    Reason,
    StageId,
)
from contracts.outcomes import NotFound
from fastapi import APIRouter, Depends
from kit.http import AtDesk, Receipt
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from evaluation_service.handlers import close_scoring, declare_conflict, hand_in, seat_juror
from evaluation_service.rules.closing import below_quorum
from evaluation_service.rules.facts import Assignment, Seat
from evaluation_service.rules.sheets import DutyState, duty_state
from evaluation_service.store import EvaluationStore

EXACT = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?")
SHEET = "/proposals/{proposal}/sheets/{juror}"

router = APIRouter(prefix="/editions/{edition}/stages/{stage}", tags=["evaluation"])


def _exact(mark: object) -> str:
    if isinstance(mark, bool) or not isinstance(mark, int | str):
        raise ValueError(
            'a mark is a string such as "70" or "70.5", or a whole number; a JSON number with a'
            " point is refused, because it is not exact"
        )
    if not EXACT.fullmatch(str(mark)):
        raise ValueError(
            f'"{mark}" is not a mark; write digits, a point and up to six decimals: "70.5"'
        )
    return str(mark)


ExactMark = Annotated[str, BeforeValidator(_exact, json_schema_input_type=str | int)]


class Body(BaseModel):
    """What is sent; a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class SeatOrder(Body):
    """Which office takes the seat, and to which agency it belongs."""

    office: Office
    agency: AgencyId


class ConflictOrder(Body):
    """Which juror steps aside, and why."""

    juror: JurorId
    reason: Reason


class SheetOrder(Body):
    """One mark per criterion, as exact decimal text; a reason when an earlier sheet is replaced."""

    marks: Annotated[dict[CriterionId, ExactMark], Field(examples=[{"kebaruan": "70.5"}])]
    reason: Reason | None = None


class Decision(Body):
    """The minuted decision to close without the quorum."""

    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason


class ClosingOrder(Body):
    """Who closes scoring; with a decision when the quorum is missing."""

    by: Office
    decision: Decision | None = None


class StageState(BaseModel):
    """How far a stage is, in counts. `sheets` are those that count, of `expected` in all."""

    edition: str
    stage: str
    state: Literal["open", "closed"]
    proposals: int
    jurors: int
    recusals: int
    sheets: int
    expected: int
    below_quorum: list[str]


class AssignmentState(BaseModel):
    """One juror before one proposal."""

    proposal: str
    title: str
    juror: str
    state: DutyState


class SheetVersion(BaseModel):
    """One version of a sheet; the last one stands."""

    version: int
    marks: dict[str, str]
    reason: str | None
    handed_in_at: AwareDatetime


def _assignment(
    edition: EditionId, stage: StageId, proposal: ProposalId, juror: JurorId
) -> Assignment:
    return Assignment(edition, stage, proposal, juror)


AssignmentHere = Annotated[Assignment, Depends(_assignment)]


@router.put("/jurors/{juror}")
async def put_juror(
    edition: EditionId, stage: StageId, juror: JurorId, order: SeatOrder, desk: AtDesk
) -> Receipt:
    """Seat a juror; conflicts that show in the data are found at once."""
    seat = Seat(juror, order.office, order.agency)
    return await desk.run(lambda store: seat_juror(store, edition, stage, seat))


@router.get("")
async def get_stage(edition: EditionId, stage: StageId, desk: AtDesk) -> StageState:
    """How far the stage is."""
    state: StageState = await desk.read(lambda store: _stage_state(store, edition, stage))
    return state


@router.get("/assignments")
async def get_assignments(
    edition: EditionId, stage: StageId, desk: AtDesk
) -> list[AssignmentState]:
    """Every proposal before every juror, by proposal and juror."""
    rows: list[AssignmentState] = await desk.read(lambda store: _states(store, edition, stage))
    return rows


@router.post("/proposals/{proposal}/conflicts")
async def post_conflict(
    edition: EditionId, stage: StageId, proposal: ProposalId, order: ConflictOrder, desk: AtDesk
) -> Receipt:
    """A juror declares a conflict and is recused for the proposal."""
    assignment = Assignment(edition, stage, proposal, order.juror)
    return await desk.run(lambda store: declare_conflict(store, assignment, order.reason))


@router.put(SHEET)
async def put_sheet(assignment: AssignmentHere, order: SheetOrder, desk: AtDesk) -> Receipt:
    """Hand in a sheet, or replace it with a reason; the same marks again change nothing."""
    marks = {criterion: Decimal(mark) for criterion, mark in order.marks.items()}
    return await desk.run(lambda store: hand_in(store, assignment, marks, order.reason))


@router.get(SHEET)
async def get_sheet(assignment: AssignmentHere, desk: AtDesk) -> list[SheetVersion]:
    """Every version of a sheet, the first one first."""
    versions: list[SheetVersion] = await desk.read(lambda store: _versions(store, assignment))
    return versions


@router.post("/closing")
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
