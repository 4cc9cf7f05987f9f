"""How a proposal came to its place: the whole calculation, from the marks to the rank."""

from collections.abc import Callable, Iterable, Mapping

from contracts.ids import EditionId, ProposalId, StageId
from contracts.outcomes import NotFound
from contracts.rulebook import Rulebook, Stage, Words
from kit.tokens import Who
from pydantic import BaseModel

from ranking_service.engine.calculate import Entry
from ranking_service.engine.explain import Explained, explain, number_text
from ranking_service.engine.plan import Plan
from ranking_service.engine.values import Value
from ranking_service.handlers.results import open_edition
from ranking_service.handlers.scoring import entry_of
from ranking_service.places import Order, Place, rank_all
from ranking_service.rules import score_text
from ranking_service.store import Entrant, RankingStore

Naming = Callable[[str], str]


class Cell(BaseModel):
    """A number, and of which juror or criterion it is."""

    of: list[str]
    number: str


class Work(BaseModel):
    """A formula, what its function does, what it came to for each cell, and what it is made of."""

    formula: str
    does: str
    over: list[str]
    cells: list[Cell]
    made_of: list["Work"]


class StepWorked(BaseModel):
    """A step of the stage, worked out."""

    step: str
    name: Words | None
    work: Work


class Calculation(BaseModel):
    """How a proposal came to its place in a stage.

    Numbers are exact: decimals, or a quotient such as 212/3 where the decimals never end. `beside`
    are the proposals that share the place; `breaks_ties` are the steps that were looked at in turn.
    """

    edition: EditionId
    stage: StageId
    proposal: ProposalId
    title: str
    final: bool
    rank: int | None
    score: str | None
    beside: list[ProposalId]
    ties: str
    tolerance: str
    breaks_ties: list[str]
    recused: list[str]
    steps: list[StepWorked]


def calculation(
    store: RankingStore, edition: EditionId, stage: StageId, proposal: ProposalId, who: Who
) -> Calculation:
    """The calculation as it is now; NotFound when the proposal is not in the stage.

    An applicant sees that of its own proposals, once the stage is ranked, and jurors by number.
    """
    rules = stage_in(open_edition(edition, store), stage)
    found = store.entrants(edition, stage).get(proposal)
    if found is None:
        raise NotFound("not_in_stage", f"proposal '{proposal}' is not in stage '{stage}'")
    final = store.ranking(edition, stage) is not None
    _check_may_see(who, found, final=final)
    dossier = store.dossier((edition, stage, proposal))
    anonymous = who.role == "applicant"
    naming = _by_number({*dossier.sheets, *dossier.recused}) if anonymous else str
    plan = store.plan(edition, stage)
    entries = _entries(store, plan, edition, stage, proposal)
    places = rank_all(store.scored(edition, stage), Order.of(rules))
    place = next(each for each in places if each.proposal == proposal)
    return Calculation(
        edition=edition,
        stage=stage,
        proposal=proposal,
        title=found.title,
        final=final,
        rank=place.rank,
        score=score_text(place.score),
        beside=_beside(place, places),
        ties=rules.ties,
        tolerance=format(rules.tolerance, "f"),
        breaks_ties=list(rules.tie_breaks),
        recused=[naming(each) for each in sorted(dossier.recused)],
        steps=list(_steps(plan, entries, proposal, naming)),
    )


def _check_may_see(who: Who, found: Entrant, *, final: bool) -> None:
    if who.role == "applicant":
        who.must_be(found.agency)
        if not final:
            raise who.refused("a calculation is shown to applicants once the stage is ranked")


def _beside(place: Place, places: Iterable[Place]) -> list[ProposalId]:
    if place.rank is None:
        return []
    return [each.proposal for each in places if each.rank == place.rank and each is not place]


def stage_in(rulebook: Rulebook, stage: StageId) -> Stage:
    """The stage of that id; NotFound when the rulebook has none."""
    stages = {each.id: each for each in rulebook.stages}
    if stage not in stages:
        text = f"'{rulebook.id}' has no stage '{stage}'; it has {', '.join(stages)}"
        raise NotFound("unknown_stage", text)
    return stages[stage]


def _by_number(jurors: Iterable[str]) -> Naming:
    numbers = {juror: f"juror {number}" for number, juror in enumerate(sorted(jurors), start=1)}
    return lambda name: numbers.get(name, name)


def _entries(
    store: RankingStore, plan: Plan, edition: EditionId, stage: StageId, proposal: ProposalId
) -> dict[ProposalId, Entry]:
    proposals = store.scored(edition, stage) if plan.across else [proposal]
    keys = [(edition, stage, each) for each in proposals]
    store.load(keys)
    entries = {key[2]: entry_of(key, plan, store) for key in keys}
    plan.work_out(entries)
    return entries


def _steps(
    plan: Plan, entries: Mapping[ProposalId, Entry], proposal: ProposalId, naming: Naming
) -> Iterable[StepWorked]:
    names = {each.id: each.name for each in plan.stage.steps}
    for step, node in plan.steps:
        work = _work(explain(node, entries, proposal), naming)
        yield StepWorked(step=step, name=names[step], work=work)


def _work(explained: Explained, naming: Naming) -> Work:
    return Work(
        formula=explained.text,
        does=explained.words,
        over=list(explained.value.axes),
        cells=_cells(explained.value, naming),
        made_of=[_work(each, naming) for each in explained.of],
    )


def _cells(value: Value, naming: Naming) -> list[Cell]:
    return [
        Cell(of=[naming(each) for each in cell], number=number_text(number))
        for cell, number in sorted(value.cells.items())
    ]
