"""How a proposal came to its place: the whole calculation, from the marks to the rank."""

from collections.abc import Iterable, Sequence

from contracts.ids import BandId, EditionId, PartId, ProposalId, StageId
from contracts.outcomes import NotFound
from contracts.rulebook import Rulebook, Stage
from kit.tokens import Who
from pydantic import BaseModel

from ranking_service import rules
from ranking_service.api.languages import LANGUAGES, Language, Wording
from ranking_service.api.worked import StepWorked, by_id, by_number, steps_of
from ranking_service.engine.calculate import Entry
from ranking_service.engine.plan import Plan
from ranking_service.handlers.freezing import hides
from ranking_service.handlers.results import open_edition
from ranking_service.handlers.scoring import entry_of
from ranking_service.places import Order, Place, rank_all
from ranking_service.store import Entrant, RankingStore

SHOWN_ONCE_RANKED = "a calculation is shown to applicants once the stage is ranked"


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
    store: RankingStore,
    edition: EditionId,
    stage: StageId,
    proposal: ProposalId,
    who: Who,
    *,
    lang: Language = "en",
) -> Calculation:
    """The calculation as it is now, told in `lang`; NotFound when the proposal is not in the stage.

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
    return _told(store, (edition, stage, found), who, LANGUAGES[lang], final=final)


def _told(
    store: RankingStore,
    of: tuple[EditionId, StageId, Entrant],
    who: Who,
    wording: Wording,
    *,
    final: bool,
) -> Calculation:
    edition, stage, found = of
    proposal = found.proposal
    dossier, plan = store.dossier((edition, stage, proposal)), store.plan(edition, stage)
    naming = by_number(dossier.jurors, wording) if who.role == "applicant" else by_id
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
        steps=list(steps_of(plan, entries, proposal, naming, wording)),
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


def _entries(
    store: RankingStore, plan: Plan, edition: EditionId, stage: StageId, proposal: ProposalId
) -> dict[ProposalId, Entry]:
    proposals = store.scored(edition, stage) if plan.across else [proposal]
    keys = [(edition, stage, each) for each in proposals]
    store.load(keys)
    entries = {key[2]: entry_of(key, plan, store) for key in keys}
    plan.work_out(entries)
    return entries
