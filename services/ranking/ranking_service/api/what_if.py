"""The same sheets under other rules: who would stand where, without any effect on the edition."""

from collections.abc import Iterable, Mapping
from functools import partial

from contracts.ids import EditionId, ProposalId, StageId
from contracts.rulebook import Rulebook
from contracts.stage import Stage
from pydantic import BaseModel

from ranking_service import rules
from ranking_service.engine.exact import Fraction
from ranking_service.engine.plan import Marks, Plan, plans_of
from ranking_service.handlers.results import open_edition
from ranking_service.handlers.scoring import tally_of
from ranking_service.places import Order, Place, cut, rank_all
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
    """A stage under both. `unjudged` would have come in under the others and has no sheet there.

    Everyone who was judged in the stage is placed in it, also who would not have come in.
    """

    stage: StageId
    moved: int
    rows: list[Compared]
    unjudged: list[ProposalId]


class WhatIf(BaseModel):
    """What the sheets of an edition come to under other rules. Nothing is changed by asking.

    Stages are compared by their ids; a stage that only one rulebook has is left out.
    """

    edition: EditionId
    rulebook_digest: str
    stages: list[StageCompared]


def what_if(store: RankingStore, edition: EditionId, other: Rulebook) -> WhatIf:
    """The edition as it stands, beside what it would be under another rulebook."""
    mine = {each.id: each for each in open_edition(edition, store).stages}
    plans = plans_of(other.stages)
    numbers: Numbers = {}
    compared: list[StageCompared] = []
    through: set[ProposalId] = set()
    for stage in other.stages:
        if stage.id in mine:
            entrants = store.entrants(edition, stage.id)
            then = _then(store, edition, plans[stage.id], entrants, numbers)
            now = cut(
                rank_all(store.scored(edition, stage.id), Order.of(mine[stage.id])),
                mine[stage.id].cut,
            )
            compared.append(_compared(stage, entrants, now, then, through - entrants.keys()))
            through = {each.proposal for each in then if each.advanced}
    return WhatIf(edition=edition, rulebook_digest=other.digest(), stages=compared)


def _then(
    store: RankingStore,
    edition: EditionId,
    plan: Plan,
    entrants: Mapping[ProposalId, Entrant],
    numbers: Numbers,
) -> tuple[Place, ...]:
    stage = plan.stage
    store.load((edition, stage.id, each) for each in entrants)
    entries = {
        each: plan.entry(
            _sheets(store, edition, stage, each),
            plan.earlier_numbers(partial(_numbers_of, numbers, each)),
        )
        for each in entrants
    }
    plan.work_out(entries)
    tallies = {each: tally_of(plan, entry) for each, entry in entries.items()}
    numbers[stage.id] = {each: tally.numbers for each, tally in tallies.items()}
    scored = {each: tally.scored(stage) for each, tally in tallies.items()}
    return cut(rank_all(scored, Order.of(stage)), stage.cut)


def _numbers_of(numbers: Numbers, proposal: ProposalId, stage: StageId) -> Mapping[str, Fraction]:
    return numbers.get(stage, {}).get(proposal, {})


def _sheets(
    store: RankingStore, edition: EditionId, stage: Stage, proposal: ProposalId
) -> dict[str, Marks]:
    dossier = store.dossier((edition, stage.id, proposal))
    named = {each.id for each in stage.criteria}
    given = {juror: sheet.marks for juror, sheet in dossier.sheets.items()}
    return {
        juror: {name: mark for name, mark in marks.items() if name in named}
        for juror, marks in rules.counted(given, dossier.recused).items()
    }


def _compared(
    stage: Stage,
    entrants: Mapping[ProposalId, Entrant],
    now: Iterable[Place],
    then: Iterable[Place],
    unjudged: Iterable[ProposalId],
) -> StageCompared:
    before = {each.proposal: _standing(each) for each in now}
    rows = [
        Compared(
            proposal=each.proposal,
            title=entrants[each.proposal].title,
            now=before[each.proposal],
            then=_standing(each),
        )
        for each in then
    ]
    moved = sum(
        (each.now.rank, each.now.advanced) != (each.then.rank, each.then.advanced) for each in rows
    )
    return StageCompared(stage=stage.id, moved=moved, rows=rows, unjudged=sorted(unjudged))


def _standing(place: Place) -> Standing:
    score = rules.score_text(place.score)
    return Standing(rank=place.rank, score=score, advanced=place.advanced is True)
