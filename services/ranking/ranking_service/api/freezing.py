"""Freezing the public standings, revealing them, and the live ones for those who may see them."""

from pathlib import Path

from contracts.ids import EditionId, StageId
from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from kit.access import ENTERED, MayVisit, Route, may
from kit.http import AtDesk, Receipt

from ranking_service.api.bodies import FreezeOrder, Results, RevealOrder, Standings
from ranking_service.api.inside import live_standings
from ranking_service.api.standings import live_results
from ranking_service.handlers.freezing import freeze, reveal, unfreeze

OFFICE = may("secretariat", "operator")
INSIDE = may("juror", "secretariat", "operator", kind=MayVisit)
STAGE = "/editions/{edition}/stages/{stage}"

PAGE = (Path(__file__).parent / "frozen.html").read_text("utf-8")
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}

router = APIRouter(tags=["ranking"], route_class=Route)


@router.post(f"{STAGE}/freeze", dependencies=[OFFICE])
async def freeze_standings(
    edition: EditionId, stage: StageId, order: FreezeOrder, desk: AtDesk
) -> Receipt:
    """From now on everybody sees the standings as they are now; the same again changes nothing."""
    by, reason = order.by, order.reason
    return await desk.run(lambda store: freeze(store, edition, stage, by=by, reason=reason))


@router.post(f"{STAGE}/unfreeze", dependencies=[OFFICE])
async def unfreeze_standings(
    edition: EditionId, stage: StageId, order: FreezeOrder, desk: AtDesk
) -> Receipt:
    """Everybody sees the live standings again, and what was held back."""
    by, reason = order.by, order.reason
    return await desk.run(lambda store: unfreeze(store, edition, stage, by=by, reason=reason))


@router.post(f"{STAGE}/reveal", dependencies=[OFFICE])
async def reveal_places(
    edition: EditionId, stage: StageId, order: RevealOrder, desk: AtDesk
) -> Receipt:
    """Show everybody the next places from below; after the last one the stage is unfrozen."""
    by, count = order.by, order.count
    return await desk.run(lambda store: reveal(store, edition, stage, by=by, count=count))


@router.get(f"{STAGE}/standings/live", dependencies=[INSIDE], responses=ENTERED)
async def show_live_standings(edition: EditionId, stage: StageId, desk: AtDesk) -> Standings:
    """The standings as they are, whether the public sees them or not."""
    found: Standings = await desk.read(lambda store: live_standings(store, edition, stage))
    return found


@router.get("/editions/{edition}/results/live", dependencies=[OFFICE])
async def show_live_results(edition: EditionId, desk: AtDesk) -> Results:
    """The awards as they are, those too that a frozen stage holds back."""
    found: Results = await desk.read(lambda store: live_results(store, edition))
    return found


@router.get(
    f"{STAGE}/frozen", dependencies=[INSIDE], response_class=HTMLResponse, responses=ENTERED
)
async def show_frozen(edition: EditionId, stage: StageId) -> Response:  # noqa: ARG001 - the page reads its own address
    """The page that shows what the public sees beside what is."""
    return HTMLResponse(PAGE, headers=PAGE_HEADERS)
