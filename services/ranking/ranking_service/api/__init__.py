"""The addresses of ranking: standings, results, decisions, and the live page."""

from pathlib import Path

from contracts.ids import AwardId, EditionId, Office, ProposalId, Reason, StageId
from contracts.outcomes import NotFound
from contracts.rulebook import Rulebook, Words
from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from kit import checkpoint
from kit.access import PUBLIC, Route, may
from kit.http import AtDesk, Receipt
from pydantic import BaseModel, ConfigDict

from ranking_service import rules
from ranking_service.handlers.results import announce, give_award, open_edition
from ranking_service.rules import Place
from ranking_service.store import Entrant, GivenAward, RankingStore

SECRETARIAT = may("secretariat")

router = APIRouter(tags=["ranking"], route_class=Route)

INDEX = (Path(__file__).parent / "index.html").read_text("utf-8")
PAGE = (Path(__file__).parent / "page.html").read_text("utf-8")
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
}


class StageName(BaseModel):
    """A stage of an edition, and whether its ranking is final."""

    stage: StageId
    name: Words
    final: bool


class Edition(BaseModel):
    """An edition and its stages, in order."""

    edition: EditionId
    name: Words
    stages: list[StageName]


class Row(BaseModel):
    """A proposal in its place; the score is an exact decimal, or null while no sheet counts."""

    rank: int | None
    proposal: ProposalId
    title: str
    agency_name: str
    score: str | None
    sheets: int
    advanced: bool | None


class Standings(BaseModel):
    """The standings of a stage at a position of the log, and the digest of their canonical form."""

    edition: EditionId
    stage: StageId
    position: int
    digest: str
    final: bool
    rows: list[Row]


class Award(BaseModel):
    """An award that a proposal received: by its rank, or by an office's decision."""

    award: AwardId
    name: Words
    proposal: ProposalId
    title: str
    agency_name: str
    basis: str
    rank: int | None
    reason: str | None
    by: str | None


class Results(BaseModel):
    """The awards of an edition, and whether they are public."""

    edition: EditionId
    announced: bool
    awards: list[Award]


class AwardOrder(BaseModel):
    """A panel's minuted decision to give an award."""

    model_config = ConfigDict(extra="forbid")

    award: AwardId
    proposal: ProposalId
    by: Office
    reason: Reason


class AnnouncementOrder(BaseModel):
    """Which office announces the results."""

    model_config = ConfigDict(extra="forbid")

    by: Office


@router.get("/editions", dependencies=[PUBLIC])
async def list_editions(desk: AtDesk) -> list[Edition]:
    """Every edition with its stages."""
    editions: list[Edition] = await desk.read(
        lambda store: [_edition(store, each) for each in store.edition_ids()]
    )
    return editions


@router.get("/editions/{edition}/stages/{stage}/standings", dependencies=[PUBLIC])
async def show_standings(edition: EditionId, stage: StageId, desk: AtDesk) -> Standings:
    """The standings of a stage: live and provisional until its scoring is closed, then final."""
    standings: Standings = await desk.read(lambda store: _standings(store, edition, stage))
    return standings


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
    results: Results = await desk.read(lambda store: _results(store, edition))
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


def _edition(store: RankingStore, edition: EditionId) -> Edition:
    rulebook = open_edition(edition, store)
    stages = [
        StageName(stage=each.id, name=each.name, final=store.ranking(edition, each.id) is not None)
        for each in rulebook.stages
    ]
    return Edition(edition=edition, name=rulebook.name, stages=stages)


def _standings(store: RankingStore, edition: EditionId, stage: StageId) -> Standings:
    _check_stage(open_edition(edition, store), stage)
    # In this order: once the ranking is there, what is read after it does not change any more.
    ranking = store.ranking(edition, stage)
    entrants = store.entrants(edition, stage)
    if ranking:
        position, digest = ranking.position, ranking.digest
        places = rules.in_order(each.place() for each in entrants.values())
    else:
        position = checkpoint.read(store.connection)
        places = rules.rank_all({each.proposal: each.score for each in entrants.values()})
        rulebook = store.rulebook_digest(edition) or ""
        digest = rules.digest(edition, stage, rulebook, final=False, places=places)
    return Standings(
        edition=edition,
        stage=stage,
        position=position,
        digest=digest,
        final=ranking is not None,
        rows=[_row(each, entrants[each.proposal]) for each in places],
    )


def _row(place: Place, entrant: Entrant) -> Row:
    return Row(
        rank=place.rank,
        proposal=place.proposal,
        title=entrant.title,
        agency_name=entrant.agency_name,
        score=rules.score_text(place.score),
        sheets=entrant.sheets,
        advanced=place.advanced,
    )


def _check_stage(rulebook: Rulebook, stage: StageId) -> None:
    known = [each.id for each in rulebook.stages]
    if stage not in known:
        text = f"'{rulebook.id}' has no stage '{stage}'; it has {', '.join(known)}"
        raise NotFound("unknown_stage", text)


def _results(store: RankingStore, edition: EditionId) -> Results:
    rulebook = open_edition(edition, store)
    given = store.awards(edition)
    awards = [
        _award(store, edition, award.name, each)
        for award in rulebook.awards
        for each in given
        if each.award == award.id
    ]
    return Results(edition=edition, announced=store.is_announced(edition), awards=awards)


def _award(store: RankingStore, edition: EditionId, name: Words, given: GivenAward) -> Award:
    receiver = store.proposal(edition, given.proposal)
    assert receiver is not None  # an award names a proposal that was admitted
    return Award(
        award=given.award,
        name=name,
        proposal=given.proposal,
        title=receiver.title,
        agency_name=receiver.agency_name,
        basis=given.basis,
        rank=given.rank,
        reason=given.reason,
        by=given.by,
    )
