"""The final ranking of a stage: the places, who goes on, and the awards that follow."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from contracts.evaluation import ScoringClosed
from contracts.event import Event
from contracts.ids import EditionId, StageId
from contracts.outcomes import NotYet
from contracts.ranking import (
    DecisionAsked,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    StageDecided,
    StageRanked,
)
from contracts.rulebook import RankAward, Rulebook
from kit import parking
from kit.line import may_change

from ranking_service import rules
from ranking_service.cuts.choice import Choice, choose
from ranking_service.cuts.decisions import (
    Question,
    Result,
    decided,
    decided_places,
    question,
    undecided,
)
from ranking_service.handlers.scoring import settle
from ranking_service.handlers.standings import enter, rulebook_of, stage_of
from ranking_service.places import Order, rank_all
from ranking_service.store import Entrant, FinalRank, RankingStore


def rank_stage(event: ScoringClosed, store: RankingStore) -> Iterable[Event]:
    """Make the ranking of the stage final, and say what it came to; or ask a panel to decide."""
    edition, stage = event.edition, event.stage
    stage_of(edition, stage, store)
    if store.ranking(edition, stage) is not None or store.question(edition, stage) is not None:
        return
    _wait_for_stage_before(event, store)
    _wait_for_parked(event, store)
    yield from ask_or_rank(edition, stage, store)


def ask_or_rank(edition: EditionId, stage: StageId, store: RankingStore) -> Iterable[Event]:
    """Ask a panel where the numbers of a closed stage leave it something; else rank the stage."""
    settle(edition, stage, store)
    choice = computed(edition, stage, store)
    if asked := what_to_ask(edition, stage, choice, store):
        yield _decision_asked(edition, stage, choice, asked, store)
    else:
        yield from _results(edition, stage, undecided(choice), None, store)


def _wait_for_stage_before(event: ScoringClosed, store: RankingStore) -> None:
    for stage in rulebook_of(event.edition, store).stages:
        if stage.id == event.stage:
            return
        if store.ranking(event.edition, stage.id) is None:
            raise NotYet(f"stage '{event.stage}' is ranked after stage '{stage.id}'")


def _wait_for_parked(event: ScoringClosed, store: RankingStore) -> None:
    # What was refused stays refused, but a message that waits may still change the ranking, and
    # after the ranking is published it would come too late. What came after this close waits
    # behind it, and must not be waited for.
    waiting: list[int] = []
    for row in parking.waiting(store.connection):
        if not may_change(row.about, event.edition, event.stage):
            continue
        if row.event_type == ScoringClosed.type:
            break
        if row.outcome != "refused":
            waiting.append(row.position)
    if waiting:
        places = ", ".join(str(position) for position in waiting)
        text = f"messages that may change stage '{event.stage}' are parked, at positions {places}"
        raise NotYet(f"{text}: retry or discard them")


def computed(edition: EditionId, stage: StageId, store: RankingStore) -> Choice:
    """Who goes on by the numbers as they are now."""
    rule = stage_of(edition, stage, store)
    places = rank_all(store.scored(edition, stage), Order.of(rule))
    limits = rule.cut.limits if rule.cut else ()
    entrants = store.entrants(edition, stage) if limits else {}
    return choose(rule, places, {each: found.labels for each, found in entrants.items()})


def what_to_ask(
    edition: EditionId, stage: StageId, choice: Choice, store: RankingStore
) -> Question | None:
    """What a panel has to decide of the stage; None when everything follows from the numbers."""
    awards = rulebook_of(edition, store).awards
    tops = [each.top for each in awards if isinstance(each, RankAward) and each.stage == stage]
    return question(stage_of(edition, stage, store), choice, tops)


def _decision_asked(
    edition: EditionId, stage: StageId, choice: Choice, asked: Question, store: RankingStore
) -> DecisionAsked:
    rulebook = store.rulebook_digest(edition) or ""
    places = rank_all(store.scored(edition, stage), Order.of(stage_of(edition, stage, store)))
    return DecisionAsked(
        edition=edition,
        stage=stage,
        position=store.position,
        digest=rules.digest(edition, stage, rulebook, final=False, places=places),
        why=asked.why,
        proposals=asked.proposals,
        limits=asked.limits,
    )


def keep_question(event: DecisionAsked, store: RankingStore) -> None:
    """The stage waits for a decision from here on."""
    store.keep_question(event)


def keep_decision(event: StageDecided, store: RankingStore) -> Iterable[Event]:
    """Keep what was decided, and say what the stage came to by it."""
    store.keep_decision(event)
    results = decided_results(event, store)
    yield from _results(event.edition, event.stage, results, event, store)


def decided_results(event: StageDecided, store: RankingStore) -> tuple[Result, ...]:
    """What the stage comes to by the decision; Refused where it is not a panel's to decide."""
    rule = stage_of(event.edition, event.stage, store)
    entrants = store.entrants(event.edition, event.stage)
    labels = {each: found.labels for each, found in entrants.items()}
    return decided(rule, computed(event.edition, event.stage, store), labels, event)


def _results(
    edition: EditionId,
    stage: StageId,
    results: Sequence[Result],
    decision: StageDecided | None,
    store: RankingStore,
) -> Iterator[Event]:
    yield _stage_ranked(edition, stage, results, decision, store)
    entrants = store.entrants(edition, stage)
    rulebook = rulebook_of(edition, store)
    following = rulebook.stage_after(stage)
    if following:
        # Each enters the next stage when it is said to advance: read together what that reads.
        going = [each.place.proposal for each in results if each.place.advanced]
        store.load((edition, following.id, each) for each in going)
    for each in results:
        if each.place.advanced:
            facts = _facts(rulebook, stage, each, entrants[each.place.proposal])
            next_stage = following.id if following else None
            yield ProposalAdvanced(**facts, next_stage=next_stage)
    for each in results:
        if not each.place.advanced:
            facts = _facts(rulebook, stage, each, entrants[each.place.proposal])
            yield ProposalEliminated(**facts, displaced=each.displaced)


def _stage_ranked(
    edition: EditionId,
    stage: StageId,
    results: Sequence[Result],
    decision: StageDecided | None,
    store: RankingStore,
) -> StageRanked:
    entrants, plan = store.entrants(edition, stage), store.plan(edition, stage)
    rulebook = store.rulebook_digest(edition) or ""
    places = [each.place for each in results]
    beside = {each.place.proposal: each.computed.rank for each in results} if decision else None
    return StageRanked(
        edition=edition,
        stage=stage,
        position=store.position,
        digest=rules.digest(edition, stage, rulebook, final=True, places=places, computed=beside),
        proposals=len(results),
        advanced=sum(each.advanced is True for each in places),
        short_of_sheets=tuple(
            name
            for name, each in sorted(entrants.items())
            if plan.sheets_asked(each.numbers) > each.sheets
        ),
        departures=sum(each.departs for each in results),
    )


def _facts(rulebook: Rulebook, stage: StageId, result: Result, entrant: Entrant) -> dict[str, Any]:
    place, rank = result.place, result.computed.rank
    return {
        "edition": rulebook.id,
        "stage": stage,
        "proposal": place.proposal,
        "title": entrant.title,
        "agency": entrant.agency,
        "rank": place.rank,
        "score": place.score,
        "band": rules.band_of(rulebook.stage(stage), entrant.score, entrant.numbers),
        "computed_rank": rank if rank != place.rank else None,
        "because": result.because,
    }


def keep_ranking(event: StageRanked, store: RankingStore) -> Iterable[Event]:
    """Keep the final ranks, and give the awards that follow from the results."""
    # The ranks are worked out here too, because this is taken before proposal.advanced.
    rule = stage_of(event.edition, event.stage, store)
    before = rank_all(store.scored(event.edition, event.stage), Order.of(rule))
    decision = store.decision(event.edition, event.stage)
    ranks = {each.proposal: each.rank for each in decision.ranks} if decision else {}
    places = decided_places(rule, before, ranks) if decision else before
    beside = {each.proposal: each.rank for each in before} if decision else {}
    found = (FinalRank(each.proposal, each.rank, beside.get(each.proposal)) for each in places)
    entrants = store.entrants(event.edition, event.stage)
    store.keep_ranking(event, found)
    rulebook = rulebook_of(event.edition, store)
    bands = {name: rules.band_of(rule, each.score, each.numbers) for name, each in entrants.items()}
    for award, place in rules.winners(rulebook, event.stage, places, bands):
        yield ProposalAwarded(
            edition=event.edition,
            proposal=place.proposal,
            title=entrants[place.proposal].title,
            agency=entrants[place.proposal].agency,
            award=award.id,
            award_name=award.name,
            basis=award.by,
            rank=place.rank,
        )


def advance(event: ProposalAdvanced, store: RankingStore) -> None:
    """Keep that the proposal passed the cut; it is judged in the next stage from here on."""
    store.keep_result(event)
    if event.next_stage is not None:
        enter(event.edition, event.next_stage, event.proposal, store)


def eliminate(event: ProposalEliminated, store: RankingStore) -> None:
    """Keep that the proposal did not pass the cut."""
    store.keep_result(event)
