"""The same sheets under other rules: who would stand where, without any effect on the edition."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from contracts.ids import EditionId, ProposalId, StageId
from contracts.rulebook import Rulebook
from contracts.stage import Stage
from pydantic import BaseModel

from ranking_service import rules
from ranking_service.cuts.choice import Choice, choose
from ranking_service.engine.exact import Fraction
from ranking_service.engine.plan import Plan, plans_of
from ranking_service.handlers.results import open_edition
from ranking_service.handlers.scoring import entry_with, tally_of
from ranking_service.places import Order, Place, Scored, rank_all
from ranking_service.store import Entrant, RankingStore

Numbers = dict[StageId, dict[ProposalId, Mapping[str, Fraction]]]


class Standing(BaseModel):
    """A place under one set of rules."""

    rank: int | None
    score: str | None
    advanced: bool


class Compared(BaseModel):
    """A proposal's place under the rules of the edition, and under the others."""

    proposal: ProposalId
    title: str
    now: Standing
    then: Standing


class StageCompared(BaseModel):
    """A stage under both: the rows of who would be judged in it under the others, too.

    `unjudged` would have come in under the others and has no sheet here; `shut_out` was judged here
    and would not have come in. `conflict` says why nobody would go on: limits that cannot be met.
    """

    stage: StageId
    moved: int
    rows: list[Compared]
    unjudged: list[ProposalId]
    shut_out: list[ProposalId]
    conflict: str


class WhatIf(BaseModel):
    """What the sheets of an edition come to under other rules. Nothing is changed by asking.

    Stages are compared by their ids; a stage that only one rulebook has is left out.
    """

    edition: EditionId
    rulebook_digest: str
    stages: list[StageCompared]


def what_if(store: RankingStore, edition: EditionId, other: Rulebook) -> WhatIf:
    """The edition as it stands, beside what it would be under another rulebook."""
    mine = {each.id for each in open_edition(edition, store).stages}
    plans = plans_of(other.stages)
    numbers: Numbers = {}
    compared: list[StageCompared] = []
    through: set[ProposalId] | None = None
    for stage in other.stages:
        if stage.id in mine:
            entrants = store.entrants(edition, stage.id)
            coming = entrants.keys() if through is None else through
            here = {each: entrants[each] for each in entrants if each in coming}
            then = _then(store, edition, plans[stage.id], here, numbers)
            now = _now(store, edition, stage.id, entrants)
            compared.append(_compared(stage, entrants, now, then, coming))
            through = {each.proposal for each in then.places if each.advanced}
    return WhatIf(edition=edition, rulebook_digest=other.digest(), stages=compared)


def _now(
    store: RankingStore,
    edition: EditionId,
    stage: StageId,
    entrants: Mapping[ProposalId, Entrant],
) -> Iterable[Place]:
    if store.ranking(edition, stage) is not None:
        return [each.place() for each in entrants.values()]
    return _chosen(store.plan(edition, stage).stage, store.scored(edition, stage), entrants).places


def _chosen(
    stage: Stage, scored: Mapping[ProposalId, Scored], entrants: Mapping[ProposalId, Entrant]
) -> Choice:
    labels = {each: entrants[each].labels for each in scored}
    return choose(stage, rank_all(scored, Order.of(stage)), labels)


def _then(
    store: RankingStore,
    edition: EditionId,
    plan: Plan,
    coming: Mapping[ProposalId, Entrant],
    numbers: Numbers,
) -> Choice:
    stage = plan.stage
    keys = {each: (edition, stage.id, each) for each in coming}
    store.load(keys.values())
    entries = {}
    for each, key in keys.items():
        earlier = plan.earlier_numbers(partial(_numbers_of, numbers, each))
        entries[each] = entry_with(key, plan, earlier, store)
    plan.work_out(entries)
    tallies = {each: tally_of(plan, entry) for each, entry in entries.items()}
    numbers[stage.id] = {each: tally.numbers for each, tally in tallies.items()}
    scored = {each: tally.scored(stage) for each, tally in tallies.items()}
    return _chosen(stage, scored, coming)


def _numbers_of(numbers: Numbers, proposal: ProposalId, stage: StageId) -> Mapping[str, Fraction]:
    return numbers.get(stage, {}).get(proposal, {})


def _compared(
    stage: Stage,
    entrants: Mapping[ProposalId, Entrant],
    now: Iterable[Place],
    then: Choice,
    coming: Collection[ProposalId],
) -> StageCompared:
    before = {each.proposal: _standing(each) for each in now}
    rows = [
        Compared(
            proposal=each.proposal,
            title=entrants[each.proposal].title,
            now=before[each.proposal],
            then=_standing(each),
        )
        for each in then.places
    ]
    moved = sum(
        (each.now.rank, each.now.advanced) != (each.then.rank, each.then.advanced) for each in rows
    )
    return StageCompared(
        stage=stage.id,
        moved=moved,
        rows=rows,
        unjudged=sorted(set(coming) - entrants.keys()),
        shut_out=sorted(entrants.keys() - set(coming)),
        conflict=then.why,
    )


def _standing(place: Place) -> Standing:
    score = rules.score_text(place.score)
    return Standing(rank=place.rank, score=score, advanced=place.advanced is True)
