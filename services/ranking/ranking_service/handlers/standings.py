"""The live standings: who stands in a stage, the sheets that count, and what changed."""

from collections.abc import Iterable

from contracts.evaluation import JurorRecused, SheetAmended, SheetSubmitted
from contracts.event import Event
from contracts.ids import EditionId, ProposalId, StageId
from contracts.outcomes import NotYet, Refused
from contracts.ranking import Standing, StandingsChanged
from contracts.rulebook import Rulebook, Stage
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
)

from ranking_service import rules
from ranking_service.store import RankingStore, Tally

UNSCORED = Tally(None, 0)


def rulebook_of(edition: EditionId, store: RankingStore) -> Rulebook:
    """The rulebook of an edition; NotYet while the edition is not known."""
    rulebook = store.rulebook(edition)
    if rulebook is None:
        raise NotYet(f"edition '{edition}' is not known here yet")
    return rulebook


def stage_of(edition: EditionId, stage: StageId, store: RankingStore) -> Stage:
    """A stage of the rulebook; Refused when the rulebook has none of that id."""
    stages = {each.id: each for each in rulebook_of(edition, store).stages}
    if stage not in stages:
        text = f"the rulebook of '{edition}' has no stage '{stage}'; it has {', '.join(stages)}"
        raise Refused("unknown_stage", text)
    return stages[stage]


def refuse_ranked(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    """Refused once the stage is ranked: what is published does not change any more."""
    ranking = store.ranking(edition, stage)
    if ranking is not None:
        text = f"stage '{stage}' of '{edition}' is ranked, at position {ranking.position}"
        raise Refused("scoring_closed", f"{text}: nothing changes its standings any more")


def learn_edition(event: EditionOpened, store: RankingStore) -> None:
    """Keep the rulebook; Refused when the edition was opened with another one."""
    kept = store.rulebook_digest(event.edition)
    if kept is None:
        store.add_edition(event)
    elif kept != event.rulebook_digest:
        text = f"'{event.edition}' is open with the rulebook {kept}, not {event.rulebook_digest}"
        raise Refused("other_rulebook", text)


def enter_first_stage(event: ProposalAdmitted, store: RankingStore) -> None:
    """An admitted proposal is judged in the first stage."""
    first = rulebook_of(event.edition, store).stages[0].id
    known = store.proposal(event.edition, event.proposal)
    if known is not None and known.gone:
        text = f"'{event.proposal}' was withdrawn or disqualified after it was admitted"
        raise Refused("proposal_gone", f"{text}: it does not come back")
    if known is None:
        refuse_ranked(event.edition, first, store)
        store.add_proposal(event)
        enter(event.edition, first, event.proposal, store)


def enter(edition: EditionId, stage: StageId, proposal: ProposalId, store: RankingStore) -> None:
    """A proposal is judged in a stage from here on."""
    if store.tally(edition, stage, proposal) is None:
        store.enter(edition, stage, proposal)


def take_out(event: ProposalWithdrawn | ProposalDisqualified, store: RankingStore) -> None:
    """A proposal leaves every stage that is not ranked yet; what is ranked stays as it is."""
    rulebook = rulebook_of(event.edition, store)
    if store.proposal(event.edition, event.proposal) is None:
        return  # it was never admitted, so it stands nowhere
    store.mark_gone(event.edition, event.proposal)
    for stage in rulebook.stages:
        if store.ranking(event.edition, stage.id) is None:
            store.leave(event.edition, stage.id, event.proposal)


def recuse(event: JurorRecused, store: RankingStore) -> None:
    """No sheet of this juror counts for this proposal, not even one that came before."""
    stage = stage_of(event.edition, event.stage, store)
    key = event.model_dump(include={"edition", "stage", "proposal", "juror"})
    if store.is_recused(key):
        return
    refuse_ranked(event.edition, event.stage, store)
    # It is kept for a proposal that is not in the stage too: a panel may be cleared beforehand.
    store.add_recusal(key)
    if store.tally(event.edition, event.stage, event.proposal) is not None:
        rescore(event.edition, stage, event.proposal, store)


def take_sheet(event: SheetSubmitted | SheetAmended, store: RankingStore) -> None:
    """Keep the sheet in place of an older version, and score its proposal again."""
    stage = stage_of(event.edition, event.stage, store)
    proposal = store.proposal(event.edition, event.proposal)
    if proposal is not None and proposal.gone:
        # The juror could not know: evaluation hears of it later than the sheet was handed in.
        return
    refuse_ranked(event.edition, event.stage, store)
    if store.tally(event.edition, event.stage, event.proposal) is None:
        raise NotYet(f"proposal '{event.proposal}' is not in stage '{event.stage}' yet")
    marks = rules.fitting_marks(stage.criteria, event.marks)
    _refuse_stale(event, store)
    key = event.model_dump(include={"edition", "stage", "proposal", "juror"})
    store.keep_sheet(key, event.version, marks)
    rescore(event.edition, stage, event.proposal, store)


def _refuse_stale(event: SheetSubmitted | SheetAmended, store: RankingStore) -> None:
    kept = store.sheet_version(event.edition, event.stage, event.proposal, event.juror)
    if kept is not None and event.version <= kept:
        text = f"version {event.version} of the sheet of '{event.juror}' for '{event.proposal}'"
        raise Refused("stale_version", f"{text} is not newer than version {kept}, which counts")


def rescore(edition: EditionId, stage: Stage, proposal: ProposalId, store: RankingStore) -> None:
    """Work out a proposal's score from all its sheets that count."""
    sheets = store.counted_sheets(edition, stage.id, proposal)
    tally = Tally(rules.stage_score(stage, sheets), len(sheets))
    store.keep_tally(edition, stage.id, proposal, tally)


def announce_changes(store: RankingStore) -> Iterable[Event]:
    """Tell what this transaction changed, once for each stage that is not ranked yet."""
    stages = dict.fromkeys((edition, stage) for edition, stage, _ in store.touched)
    for edition, stage in stages:
        if store.ranking(edition, stage) is None:
            yield from _changes(edition, stage, store)


def _changes(edition: EditionId, stage: StageId, store: RankingStore) -> Iterable[Event]:
    before = {
        proposal: tally
        for (its_edition, its_stage, proposal), tally in store.touched.items()
        if (its_edition, its_stage) == (edition, stage)
    }
    now = {
        each.proposal: Tally(each.score, each.sheets)
        for each in store.entrants(edition, stage).values()
    }
    rows = tuple(
        Standing(
            proposal=place.proposal,
            score=place.score,
            rank=place.rank,
            sheets=now[place.proposal].sheets,
        )
        for place in rules.rank_all({proposal: tally.score for proposal, tally in now.items()})
        if place.proposal in before and now[place.proposal] != (before[place.proposal] or UNSCORED)
    )
    removed = tuple(
        sorted(each for each, tally in before.items() if tally is not None and each not in now)
    )
    if rows or removed:
        yield StandingsChanged(
            edition=edition, stage=stage, position=store.position, rows=rows, removed=removed
        )
