"""The results: the final ranking of a stage, who advances, awards, the announcement."""

from collections.abc import Iterable, Iterator
from typing import Any

from contracts.evaluation import ScoringClosed
from contracts.event import Event
from contracts.ids import AwardId, EditionId, Office, ProposalId, Reason
from contracts.outcomes import NotFound, NotYet, Refused
from contracts.ranking import (
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ResultsAnnounced,
    StageRanked,
)
from contracts.rulebook import Rulebook
from kit import parking

from ranking_service import rules
from ranking_service.handlers.scoring import settle
from ranking_service.handlers.standings import enter, rulebook_of, stage_of
from ranking_service.places import Order, Place, cut, rank_all
from ranking_service.store import Entrant, Proposal, RankingStore


def rank_stage(event: ScoringClosed, store: RankingStore) -> Iterable[Event]:
    """Make the ranking of the stage final, and say what it came to for each proposal."""
    stage = stage_of(event.edition, event.stage, store)
    if store.ranking(event.edition, event.stage) is not None:
        return
    _wait_for_stage_before(event, store)
    _wait_for_parked(event, store)
    settle(event.edition, event.stage, store)
    scored = store.scored(event.edition, event.stage)
    places = cut(rank_all(scored, Order.of(stage)), stage.cut)
    yield _stage_ranked(event, places, store)
    entrants = store.entrants(event.edition, event.stage)
    following = rulebook_of(event.edition, store).stage_after(event.stage)
    next_stage = following.id if following else None
    yield from _advanced(event, places, entrants, next_stage)
    yield from _eliminated(event, places, entrants)


def _wait_for_stage_before(event: ScoringClosed, store: RankingStore) -> None:
    for stage in rulebook_of(event.edition, store).stages:
        if stage.id == event.stage:
            return
        if store.ranking(event.edition, stage.id) is None:
            raise NotYet(f"stage '{event.stage}' is ranked after stage '{stage.id}'")


def _wait_for_parked(event: ScoringClosed, store: RankingStore) -> None:
    # What was refused stays refused, but a message that waits may still change the ranking, and
    # after the ranking is published it would come too late.
    waiting = [
        row.position
        for row in parking.waiting(store.connection)
        if row.edition == event.edition
        and row.outcome != "refused"
        and row.event_type != ScoringClosed.type
        and _concerns(event, parking.heard_again(row).event)
    ]
    if waiting:
        places = ", ".join(str(position) for position in waiting)
        text = f"messages that may change stage '{event.stage}' are parked, at positions {places}"
        raise NotYet(f"{text}: retry or discard them")


def _concerns(event: ScoringClosed, parked: Event) -> bool:
    return bool(getattr(parked, "stage", event.stage) == event.stage)


def _stage_ranked(
    event: ScoringClosed, places: tuple[Place, ...], store: RankingStore
) -> StageRanked:
    rulebook = store.rulebook_digest(event.edition) or ""
    return StageRanked(
        edition=event.edition,
        stage=event.stage,
        position=store.position,
        digest=rules.digest(event.edition, event.stage, rulebook, final=True, places=places),
        proposals=len(places),
        advanced=sum(each.advanced is True for each in places),
    )


def _advanced(
    event: ScoringClosed,
    places: tuple[Place, ...],
    entrants: dict[ProposalId, Entrant],
    next_stage: str | None,
) -> Iterator[Event]:
    for each in places:
        if each.advanced:
            facts = _result(event, each, entrants[each.proposal])
            yield ProposalAdvanced(**facts, next_stage=next_stage)


def _eliminated(
    event: ScoringClosed, places: tuple[Place, ...], entrants: dict[ProposalId, Entrant]
) -> Iterator[Event]:
    for each in places:
        if not each.advanced:
            yield ProposalEliminated(**_result(event, each, entrants[each.proposal]))


def _result(event: ScoringClosed, place: Place, entrant: Entrant) -> dict[str, Any]:
    return {
        "edition": event.edition,
        "stage": event.stage,
        "proposal": place.proposal,
        "title": entrant.title,
        "agency": entrant.agency,
        "rank": place.rank,
        "score": place.score,
    }


def keep_ranking(event: StageRanked, store: RankingStore) -> Iterable[Event]:
    """Keep the final ranks, and give the awards that follow from them."""
    # The ranks are worked out here too, because this is taken before proposal.advanced.
    order = Order.of(stage_of(event.edition, event.stage, store))
    places = rank_all(store.scored(event.edition, event.stage), order)
    store.keep_ranking(event, places)
    entrants = store.entrants(event.edition, event.stage)
    rulebook = rulebook_of(event.edition, store)
    for award, place in rules.winners(rulebook, event.stage, places):
        yield ProposalAwarded(
            edition=event.edition,
            proposal=place.proposal,
            title=entrants[place.proposal].title,
            agency=entrants[place.proposal].agency,
            award=award.id,
            award_name=award.name,
            basis="rank",
            rank=place.rank,
        )


def advance(event: ProposalAdvanced, store: RankingStore) -> None:
    """Keep that the proposal passed the cut; it is judged in the next stage from here on."""
    store.keep_advanced(event.edition, event.stage, event.proposal, advanced=True)
    if event.next_stage is not None:
        enter(event.edition, event.next_stage, event.proposal, store)


def eliminate(event: ProposalEliminated, store: RankingStore) -> None:
    """Keep that the proposal did not pass the cut."""
    store.keep_advanced(event.edition, event.stage, event.proposal, advanced=False)


def keep_award(event: ProposalAwarded, store: RankingStore) -> None:
    """Keep the award."""
    store.add_award(event)


def keep_announcement(event: ResultsAnnounced, store: RankingStore) -> None:
    """The results are public."""
    store.mark_announced(event.edition)


def give_award(
    store: RankingStore,
    edition: EditionId,
    *,
    award: AwardId,
    proposal: ProposalId,
    by: Office,
    reason: Reason,
) -> Iterable[Event]:
    """A panel's decision award; the same decision again says nothing new."""
    rulebook = open_edition(edition, store)
    decided = rules.decision_award(rulebook, award)
    receiver = _receiver(edition, proposal, store)
    given = [each for each in store.awards(edition) if each.award == award]
    if (proposal, reason, by) in {(each.proposal, each.reason, each.by) for each in given}:
        return ()
    _refuse_announced(edition, store)
    _refuse_gone(receiver)
    _refuse_unranked(rulebook, store)
    rules.check_award(decided, proposal, [each.proposal for each in given])
    event = ProposalAwarded(
        edition=edition,
        proposal=proposal,
        title=receiver.title,
        agency=receiver.agency,
        award=award,
        award_name=decided.name,
        basis="decision",
        reason=reason,
        by=by,
    )
    return (event,)


def announce(store: RankingStore, edition: EditionId, *, by: Office) -> Iterable[Event]:
    """The edition is over and its awards are public; once announced, nothing new is said."""
    rulebook = open_edition(edition, store)
    if store.is_announced(edition):
        return ()
    _refuse_unranked(rulebook, store)
    return (ResultsAnnounced(edition=edition, awards=len(store.awards(edition)), by=by),)


def open_edition(edition: EditionId, store: RankingStore) -> Rulebook:
    """The rulebook of the edition that a person named; NotFound when there is none."""
    rulebook = store.rulebook(edition)
    if rulebook is None:
        raise NotFound("unknown_edition", f"no edition '{edition}' is open here; GET /editions")
    return rulebook


def _receiver(edition: EditionId, proposal: ProposalId, store: RankingStore) -> Proposal:
    found = store.proposal(edition, proposal)
    if found is None:
        raise NotFound("unknown_proposal", f"no proposal '{proposal}' was admitted to '{edition}'")
    return found


def _refuse_gone(receiver: Proposal) -> None:
    if receiver.gone:
        text = f"'{receiver.proposal}' was withdrawn or disqualified; it can receive no award"
        raise Refused("proposal_gone", text)


def _refuse_announced(edition: EditionId, store: RankingStore) -> None:
    if store.is_announced(edition):
        text = f"the results of '{edition}' are announced: no award follows"
        raise Refused("results_announced", text)


def _refuse_unranked(rulebook: Rulebook, store: RankingStore) -> None:
    for stage in rulebook.stages:
        if store.ranking(rulebook.id, stage.id) is None:
            text = f"stage '{stage.id}' of '{rulebook.id}' is not ranked: close its scoring first"
            raise Refused("not_ranked_yet", text)
