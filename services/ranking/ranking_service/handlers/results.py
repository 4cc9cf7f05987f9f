"""The results: awards by decision, and the announcement."""

from collections.abc import Iterable

from contracts.event import Event
from contracts.ids import AwardId, EditionId, Office, ProposalId, Reason, StageId
from contracts.outcomes import NotFound, Refused
from contracts.ranking import ProposalAwarded, ResultsAnnounced
from contracts.rulebook import Rulebook

from ranking_service import rules
from ranking_service.store import Proposal, RankingStore


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
    _refuse_frozen(edition, store)
    return (ResultsAnnounced(edition=edition, awards=len(store.awards(edition)), by=by),)


def open_edition(edition: EditionId, store: RankingStore) -> Rulebook:
    """The rulebook of the edition that a person named; NotFound when there is none."""
    rulebook = store.rulebook(edition)
    if rulebook is None:
        raise NotFound("unknown_edition", f"no edition '{edition}' is open here; GET /editions")
    return rulebook


def check_stage(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    """NotFound when there is no such edition, or it has no such stage."""
    stages = [each.id for each in open_edition(edition, store).stages]
    if stage not in stages:
        text = f"'{edition}' has no stage '{stage}'; it has {', '.join(stages)}"
        raise NotFound("unknown_stage", text)


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


def _refuse_frozen(edition: EditionId, store: RankingStore) -> None:
    if frozen := sorted(store.frozen_stages(edition)):
        text = f"the public standings of {', '.join(frozen)} are frozen: reveal or unfreeze them"
        raise Refused("frozen", f"{text} first, then announce")
