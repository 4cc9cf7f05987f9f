"""The addresses of a stage: who sits in it, who may not judge what, how far it is, its close."""

from contracts.evaluation import Minute
from contracts.ids import EditionId, JurorId, ProposalId, StageId
from contracts.rulebook import Stage
from fastapi import APIRouter
from kit.access import Route, may
from kit.http import AtDesk, Receipt

from evaluation_service.api.bodies import (
    AssignmentState,
    ClosingOrder,
    ConflictOrder,
    PanelState,
    SeatOrder,
    StageState,
)
from evaluation_service.api.sheets import Juror, JurorOrSecretariat
from evaluation_service.handlers import close_scoring, declare_conflict, seat_juror
from evaluation_service.rules.closing import below_quorum
from evaluation_service.rules.facts import Assignment, Count, Seat
from evaluation_service.rules.sheets import duty_state
from evaluation_service.store import EvaluationStore

SECRETARIAT = may("secretariat")

router = APIRouter(
    prefix="/editions/{edition}/stages/{stage}", tags=["evaluation"], route_class=Route
)


@router.put("/jurors/{juror}", dependencies=[SECRETARIAT])
async def put_juror(
    edition: EditionId, stage: StageId, juror: JurorId, order: SeatOrder, desk: AtDesk
) -> Receipt:
    """Seat a juror; conflicts that show in the data are found at once."""
    seat = Seat(juror, order.office, order.agency, order.panel)
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
    """A juror declares a conflict and is recused for the proposal, and for every part of it."""
    who.must_be(order.juror)
    assignment = Assignment(edition, stage, proposal, order.juror)
    return await desk.run(lambda store: declare_conflict(store, assignment, order.reason))


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
    seats = store.seats(edition, stage)
    recusals = store.count_recusals(edition, stage)
    return StageState(
        edition=edition,
        stage=stage,
        state="closed" if store.is_closed(edition, stage) else "open",
        proposals=len(counted),
        jurors=len(seats),
        recusals=recusals,
        sheets=sum(each.jurors for each in counted.values()),
        expected=len(counted) * len(seats) - recusals,
        below_quorum=list(below_quorum(rules, counted)),
        panels=_panels(rules, seats, list(counted.values())),
        asked={each: count.asked for each, count in counted.items() if count.asked},
    )


def _panels(rules: Stage, seats: list[Seat], counts: list[Count]) -> list[PanelState]:
    return [
        PanelState(
            panel=panel.id,
            quorum=panel.quorum,
            jurors=sum(seat.panel == panel.id for seat in seats),
            sheets=sum(count.by_panel.get(panel.id, 0) for count in counts),
        )
        for panel in rules.panels
    ]


def _states(store: EvaluationStore, edition: EditionId, stage: StageId) -> list[AssignmentState]:
    rules = store.stage(edition, stage)
    parts = store.parts_handed_in(edition, stage) if rules.has_parts else {}
    rows = sorted(store.assignments(edition, stage), key=lambda row: (row.proposal, row.juror))
    return [
        AssignmentState(
            proposal=row.proposal,
            title=row.title,
            juror=row.juror,
            panel=row.panel or None,
            state=duty_state(recused=row.recused, handed_in=row.handed_in),
            parts=parts.get((row.proposal, row.juror), []),
        )
        for row in rows
    ]
