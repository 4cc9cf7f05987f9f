"""An amended rulebook: what it changes in the stages that are not ranked yet."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from contracts.event import Event
from contracts.ids import EditionId, ProposalId, StageId
from contracts.outcomes import Refused
from contracts.ranking import Move, PlacesMoved
from contracts.rulebook import Rulebook
from contracts.submission import RulebookAmended

from ranking_service.handlers.freezing import due
from ranking_service.handlers.ranking import ask_or_rank
from ranking_service.handlers.scoring import settle, work_out
from ranking_service.handlers.standings import rulebook_of
from ranking_service.places import Order, rank_all
from ranking_service.store import RankingStore

Ranks = Mapping[ProposalId, int | None]


def amend(event: RulebookAmended, store: RankingStore) -> Iterable[Event]:
    """Work by the new rulebook from here on, and say which places it moves.

    A stage that is ranked stays as it was published, by the rules of that time. One that waits
    for a decision is asked about anew, or ranked where nothing is left to decide. What the new
    rulebook freezes by now is frozen before any of this is said.
    """
    edition, rulebook = event.edition, rulebook_of(event.edition, store)
    if store.rulebook_digest(edition) == event.rulebook_digest:
        return
    _check(event, rulebook, store)
    stages = [each.id for each in rulebook.stages]
    ranked = {each for each in stages if store.ranking(edition, each) is not None}
    before = {each: _settled(edition, each, store) for each in stages if each not in ranked}
    store.amend(event)
    store.keep_moments(edition, event.rulebook.stages)
    yield from due(store, edition)
    for stage in ranked:
        _keep_what_is_asked_now(edition, stage, event.rulebook, store)
    for stage, ranks in before.items():
        store.unsettled.add((edition, stage))
        store.remade.add((edition, stage))
        yield from _moved(event, stage, ranks, _settled(edition, stage, store), store)
        if store.question(edition, stage) is not None:
            # The panel was asked about other numbers, or about what is not in doubt any more.
            store.drop_question(edition, stage)
            yield from ask_or_rank(edition, stage, store)


def _check(event: RulebookAmended, rulebook: Rulebook, store: RankingStore) -> None:
    kept = store.rulebook_digest(event.edition)
    if kept != event.before:
        text = f"the amendment replaces the rulebook {event.before}, and '{event.edition}' is run"
        raise Refused("other_rulebook", f"{text} by {kept}: amend that one")
    before, after = ([each.id for each in book.stages] for book in (rulebook, event.rulebook))
    if before != after:
        text = f"the stages are {', '.join(before)}, and the amendment has {', '.join(after)}"
        raise Refused("other_stages", f"{text}: an open edition keeps its stages")


def _settled(edition: EditionId, stage: StageId, store: RankingStore) -> Ranks:
    settle(edition, stage, store)
    order = Order.of(store.plan(edition, stage).stage)
    return {each.proposal: each.rank for each in rank_all(store.scored(edition, stage), order)}


def _keep_what_is_asked_now(
    edition: EditionId, stage: StageId, rulebook: Rulebook, store: RankingStore
) -> None:
    # A later stage may ask for a number that was not kept when this one was ranked.
    plan = store.plan(edition, stage)
    asked = {
        step
        for each in rulebook.stages
        for step in store.plan(edition, each.id).earlier.get(stage, {})
    }
    kept = tuple(name for name, _ in plan.steps if name in asked | {*plan.kept})
    if kept != plan.kept:
        keys = {(edition, stage, proposal) for proposal in store.scored(edition, stage)}
        work_out(keys, replace(plan, kept=kept), store)


def _moved(
    event: RulebookAmended, stage: StageId, before: Ranks, after: Ranks, store: RankingStore
) -> Iterable[Event]:
    moves = [
        Move(proposal=each, before=before[each], after=rank)
        for each, rank in after.items()
        if before[each] != rank
    ]
    if moves:
        yield PlacesMoved(
            edition=event.edition,
            stage=stage,
            position=store.position,
            rulebook_digest=event.rulebook_digest,
            decision=event.decision,
            moves=tuple(moves),
        )
