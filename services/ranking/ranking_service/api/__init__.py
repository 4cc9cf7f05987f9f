"""The addresses of ranking: standings, results, decisions, and the live page."""

from pathlib import Path
from typing import Annotated

from contracts.ids import EditionId, ProposalId, StageId
from contracts.rulebook import Rulebook
from contracts.written import Impersonal
from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from kit.access import PUBLIC, Route, may
from kit.http import AtDesk, Receipt
from kit.tokens import Who
from kit.unchanged import UNCHANGED, Asked, Unchanged

from ranking_service.api import changes, freezing
from ranking_service.api.bodies import (
    AnnouncementOrder,
    AwardOrder,
    DecisionOrder,
    Edition,
    Results,
    Standings,
)
from ranking_service.api.calculation import Calculation, calculation
from ranking_service.api.languages import Language
from ranking_service.api.standings import edition_of, results_of, standings_of
from ranking_service.api.what_if import WhatIf, what_if
from ranking_service.handlers.decisions import decide_stage
from ranking_service.handlers.results import announce, give_award

SECRETARIAT = may("secretariat")
Inquirer = Annotated[Who, may("applicant", "secretariat", "operator")]

router = APIRouter(tags=["ranking"], route_class=Route)
router.routes.extend(changes.router.routes)

INDEX = (Path(__file__).parent / "index.html").read_text("utf-8")
PAGE = (Path(__file__).parent / "page.html").read_text("utf-8")
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/editions", dependencies=[PUBLIC])
async def list_editions(desk: AtDesk) -> list[Edition]:
    """Every edition with its stages."""
    editions: list[Edition] = await desk.share(
        "editions", lambda store: [edition_of(store, each) for each in store.edition_ids()]
    )
    return editions


@router.get(
    "/editions/{edition}/stages/{stage}/standings",
    dependencies=[PUBLIC],
    response_model=Standings,
    responses=UNCHANGED,
)
async def show_standings(
    edition: EditionId, stage: StageId, desk: AtDesk, asked: Asked
) -> Response:
    """The standings of a stage: live and provisional until its scoring is closed, then final.

    While the stage, or one before it, is frozen: as they were then, and what was revealed since.
    What changes after their `position` is at `…/changes`. Their ETag stays while nothing but the
    position is another; `Cache-Control: max-age` asks for less than the newest.
    """
    kept: Unchanged = await desk.share(
        ("standings", edition, stage),
        lambda store: Unchanged.of(standings_of(store, edition, stage), apart={"position"}),
        asked.seconds_old,
    )
    answer = kept.answer(asked)
    answer.headers.update(changes.EVERYWHERE)
    return answer


@router.get("/editions/{edition}/stages/{stage}/proposals/{proposal}/calculation")
async def show_calculation(
    edition: EditionId,
    stage: StageId,
    proposal: ProposalId,
    desk: AtDesk,
    who: Inquirer,
    *,
    lang: Language = "en",
) -> Calculation:
    """How a proposal came to its place, from the marks to the rank, in Indonesian or English."""
    found: Calculation = await desk.read(
        lambda store: calculation(store, edition, stage, proposal, who, lang=lang)
    )
    return found


@router.post("/editions/{edition}/what-if", dependencies=[may("secretariat", "operator")])
async def ask_what_if(edition: EditionId, rulebook: Rulebook, desk: AtDesk) -> WhatIf:
    """Who would stand where under another rulebook; nothing is changed by asking."""
    found: WhatIf = await desk.read(lambda store: what_if(store, edition, rulebook))
    return found


@router.post("/editions/{edition}/stages/{stage}/decision", dependencies=[SECRETARIAT])
async def decide(
    edition: EditionId, stage: StageId, order: Annotated[DecisionOrder, Impersonal], desk: AtDesk
) -> Receipt:
    """What a panel decided of a stage that waits for it; the same again changes nothing."""
    return await desk.run(
        lambda store: decide_stage(
            store,
            edition,
            stage,
            minute=order.decision(),
            ranks=order.ranks,
            advanced=order.advanced,
        )
    )


@router.post("/editions/{edition}/awards", dependencies=[SECRETARIAT])
async def decide_award(edition: EditionId, order: AwardOrder, desk: AtDesk) -> Receipt:
    """Give an award that a panel decided; the same decision again changes nothing."""
    return await desk.run(
        lambda store: give_award(
            store,
            edition,
            award=order.award,
            proposal=order.proposal,
            by=order.by,
            reason=order.reason,
        )
    )


@router.post("/editions/{edition}/announcement", dependencies=[SECRETARIAT])
async def announce_results(edition: EditionId, order: AnnouncementOrder, desk: AtDesk) -> Receipt:
    """Make the awards public: nothing is awarded after it."""
    return await desk.run(lambda store: announce(store, edition, by=order.by))


@router.get("/editions/{edition}/results", dependencies=[PUBLIC])
async def show_results(edition: EditionId, desk: AtDesk) -> Results:
    """The awards so far, in the order of the rulebook, and whether they are public."""
    results: Results = await desk.read(lambda store: results_of(store, edition))
    return results


@router.get("/", dependencies=[PUBLIC], response_class=HTMLResponse)
async def index() -> Response:
    """The page that lists editions and stages."""
    return HTMLResponse(INDEX, headers=PAGE_HEADERS)


@router.get(
    "/editions/{edition}/stages/{stage}", dependencies=[PUBLIC], response_class=HTMLResponse
)
async def page(edition: EditionId, stage: StageId) -> Response:  # noqa: ARG001 - the page reads its own address
    """The live page of a stage."""
    return HTMLResponse(PAGE, headers=PAGE_HEADERS)


router.routes.extend(freezing.router.routes)
