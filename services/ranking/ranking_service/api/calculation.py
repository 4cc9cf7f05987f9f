"""How a proposal came to its place: the whole calculation, from the marks to the rank."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.formula import Axis
from contracts.ids import BandId, EditionId, PartId, ProposalId, StageId
from contracts.outcomes import NotFound
from contracts.rulebook import Rulebook, Stage, Words
from kit.tokens import Who
from pydantic import BaseModel

from ranking_service import rules
from ranking_service.engine.calculate import Entry
from ranking_service.engine.explain import Explained, explain, number_text
from ranking_service.engine.plan import Plan
from ranking_service.handlers.freezing import hides
from ranking_service.handlers.results import open_edition
from ranking_service.handlers.scoring import entry_of
from ranking_service.places import Order, Place, rank_all
from ranking_service.store import Entrant, RankingStore

Naming = Callable[[Axis, str], str]
SHOWN_ONCE_RANKED = "a calculation is shown to applicants once the stage is ranked"


class Cell(BaseModel):
    """A number, and of which juror, group, part or criterion it is."""

    of: list[str]
    number: str


class Work(BaseModel):
    """A formula, what its function does, what it came to for each cell, and what it is made of.

    `did` says which numbers a trim left out, a clamp moved or a default filled in.
    """

    formula: str
    does: str
    did: str
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
    `computed_rank` is there where the rank was decided otherwise.
    """

    edition: EditionId
    stage: StageId
    proposal: ProposalId
    title: str
    final: bool
    rank: int | None
    computed_rank: int | None
    score: str | None
    band: BandId | None
    beside: list[ProposalId]
    ties: str
    tolerance: str
    breaks_ties: list[str]
    recused: list[str]
    parts: list[PartId]
    steps: list[StepWorked]


def calculation(
    store: RankingStore, edition: EditionId, stage: StageId, proposal: ProposalId, who: Who
) -> Calculation:
    """The calculation as it is now; NotFound when the proposal is not in the stage.

    An applicant sees that of its own proposals, once the stage is ranked and not frozen, and jurors
    by number.
    """
    stage_in(open_edition(edition, store), stage)
    if who.role == "applicant":
        _check_shown(store, edition, stage, proposal, who)
    found = store.entrants(edition, stage).get(proposal)
    if found is None:
        raise _not_in_stage(proposal, stage)
    final = store.ranking(edition, stage) is not None
    _check_may_see(who, found, final=final)
    dossier, plan = store.dossier((edition, stage, proposal)), store.plan(edition, stage)
    naming = _by_number(dossier.jurors) if who.role == "applicant" else _by_id
    entries = _entries(store, plan, edition, stage, proposal)
    places = _places(store, edition, stage)
    place = next(each for each in places if each.proposal == proposal)
    return Calculation(
        edition=edition,
        stage=stage,
        proposal=proposal,
        title=found.title,
        final=final,
        rank=place.rank,
        computed_rank=found.computed_rank if found.computed_rank != place.rank else None,
        score=rules.score_text(place.score),
        band=rules.band_of(plan.stage, found.score, found.numbers),
        beside=_beside(place, places),
        ties=plan.stage.ties,
        tolerance=format(plan.stage.tolerance, "f"),
        breaks_ties=list(plan.stage.tie_breaks),
        recused=[naming("juror", each) for each in sorted(dossier.recused)],
        parts=sorted(dossier.parts),
        steps=list(_steps(plan, entries, proposal, naming)),
    )


def _places(store: RankingStore, edition: EditionId, stage: StageId) -> Sequence[Place]:
    if store.ranking(edition, stage) is not None:
        return [each.place() for each in store.entrants(edition, stage).values()]
    order = Order.of(store.plan(edition, stage).stage)
    return rank_all(store.scored(edition, stage), order)


def _check_shown(
    store: RankingStore, edition: EditionId, stage: StageId, proposal: ProposalId, who: Who
) -> None:
    # While the stage is frozen everyone in the edition is answered alike: whether a proposal came
    # into a stage tells how it did in the one before.
    if hides(edition, stage, store) is not None:
        known = store.proposal(edition, proposal)
        if known is None:
            raise _not_in_stage(proposal, stage)
        who.must_be(known.agency)
        raise who.refused(SHOWN_ONCE_RANKED)


def _check_may_see(who: Who, found: Entrant, *, final: bool) -> None:
    if who.role == "applicant":
        who.must_be(found.agency)
        if not final:
            raise who.refused(SHOWN_ONCE_RANKED)


def _not_in_stage(proposal: ProposalId, stage: StageId) -> NotFound:
    return NotFound("not_in_stage", f"proposal '{proposal}' is not in stage '{stage}'")


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


def _by_id(axis: Axis, name: str) -> str:  # noqa: ARG001 - as Naming
    return name


def _by_number(jurors: Iterable[str]) -> Naming:
    numbers = {juror: f"juror {number}" for number, juror in enumerate(sorted(jurors), start=1)}
    groups: dict[str, str] = {}

    def naming(axis: Axis, name: str) -> str:
        if axis == "group":
            # The agency would tell who its jurors are.
            return groups.setdefault(name, f"group {len(groups) + 1}")
        return numbers[name] if axis == "juror" else name

    return naming


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
    axes = explained.value.axes
    cells = [
        Cell(of=_named(axes, cell, naming), number=number_text(number))
        for cell, number in sorted(explained.value.cells.items())
    ]
    return Work(
        formula=explained.text,
        does=explained.words,
        did=_did(explained, naming),
        over=list(axes),
        cells=cells,
        made_of=[_work(each, naming) for each in explained.of],
    )


def _named(axes: Sequence[Axis], cell: Sequence[str], naming: Naming) -> list[str]:
    return [naming(axis, each) for axis, each in zip(axes, cell, strict=True)]


def _did(explained: Explained, naming: Naming) -> str:
    """As in `left out: juror 3 (98), juror 5 (61)`."""
    told = []
    for each in explained.changes:
        name = ", ".join(_named(explained.value.axes, each.cell, naming)) or "it"
        numbers = [number_text(it) for it in (each.before, each.after) if it is not None]
        told.append(f"{name} ({' to '.join(numbers)})")
    return f"{explained.did}: {'; '.join(told)}" if told else ""
