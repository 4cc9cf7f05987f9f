"""The standings of a stage as they are: live, waiting for a decision, or final."""

from collections.abc import Mapping

from contracts.cut import Limit
from contracts.ids import BandId, EditionId, ProposalId, StageId
from contracts.ranking import DecisionAsked
from contracts.rulebook import Stage
from kit import checkpoint

from ranking_service import rules
from ranking_service.api.bodies import Amended, Band, Decided, Displaced, Row, Standings, Waiting
from ranking_service.api.calculation import stage_in
from ranking_service.cuts.conflict import limit_text
from ranking_service.handlers.results import open_edition
from ranking_service.places import Order, Place, in_order, rank_all
from ranking_service.store import Amendment, Entrant, RankingStore


def live_standings(store: RankingStore, edition: EditionId, stage: StageId) -> Standings:
    """The standings of the stage; NotFound when the edition or the stage is not known."""
    stage_in(open_edition(edition, store), stage)
    # In this order: once the ranking is there, what is read after it does not change any more.
    ranking = store.ranking(edition, stage)
    rule = store.plan(edition, stage).stage
    entrants = store.entrants(edition, stage)
    if ranking:
        position, digest = ranking.position, ranking.digest
        places = in_order(each.place() for each in entrants.values())
    else:
        position = checkpoint.read(store.connection)
        places = rank_all(store.scored(edition, stage), Order.of(rule))
        rulebook = store.rulebook_digest(edition) or ""
        digest = rules.digest(edition, stage, rulebook, final=False, places=places)
    return Standings(
        edition=edition,
        stage=stage,
        position=position,
        digest=digest,
        final=ranking is not None,
        waiting=None if ranking else waiting(store.question(edition, stage), rule),
        decision=_decision(store, edition, stage),
        amendments=[amended(each) for each in store.amendments(edition)],
        frozen=None,
        rows=[_row(each, rule, entrants, final=ranking is not None) for each in places],
    )


def waiting(asked: DecisionAsked | None, stage: Stage) -> Waiting | None:
    """What a panel is asked, as it is shown; None when it is asked nothing."""
    if asked is None:
        return None
    said = {each.id: limit_text(each) for each in _limits(stage)}
    return Waiting(
        why=asked.why,
        position=asked.position,
        proposals=list(asked.proposals),
        limits=[said.get(each, each) for each in asked.limits],
    )


def _limits(stage: Stage) -> tuple[Limit, ...]:
    return stage.cut.limits if stage.cut else ()


def _decision(store: RankingStore, edition: EditionId, stage: StageId) -> Decided | None:
    found = store.decision(edition, stage)
    return Decided(**found.decision.model_dump()) if found else None


def amended(each: Amendment) -> Amended:
    """An amendment, as it is shown."""
    return Amended(
        position=each.position,
        before=each.before,
        digest=each.digest,
        by=each.by,
        minute=each.minute,
        reason=each.reason,
    )


def _row(place: Place, stage: Stage, entrants: Mapping[ProposalId, Entrant], *, final: bool) -> Row:
    entrant = entrants[place.proposal]
    live = rules.band_of(stage, entrant.score, entrant.numbers)
    return Row(
        rank=place.rank,
        proposal=place.proposal,
        title=entrant.title,
        agency_name=entrant.agency_name,
        score=rules.score_text(place.score),
        sheets=entrant.sheets,
        advanced=place.advanced,
        band=band_in(stage, entrant.band if final else live),
        computed_rank=entrant.computed_rank,
        because=entrant.because,
        displaced=_displaced(stage, entrant, entrants),
    )


def band_in(stage: Stage, band: BandId | None) -> Band | None:
    """A band of the stage, as it is shown."""
    names = {each.id: each.name for each in stage.bands}
    return Band(band=band, name=names[band]) if band in names else None


def _displaced(
    stage: Stage, entrant: Entrant, entrants: Mapping[ProposalId, Entrant]
) -> Displaced | None:
    found = entrant.displaced
    if found is None:
        return None
    said = {each.id: limit_text(each) for each in _limits(stage)}
    instead = entrants.get(found.instead or "")
    return Displaced(
        limit=found.limit,
        says=said.get(found.limit, found.limit),
        instead=found.instead,
        title=instead.title if instead else None,
        margin=rules.score_text(found.margin),
    )
