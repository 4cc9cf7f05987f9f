"""What people are told of results, and of what a result waits for.

As in `handlers`, a reaction only queues a notice; the same event heard again is the same notice.
"""

from typing import Any

from contracts.ids import EditionId, ProposalId, StageId
from contracts.ranking import (
    DecisionAsked,
    Displaced,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ReviewCalled,
)
from contracts.submission import RulebookAmended

from notification_service.rules import Kind
from notification_service.store import NotificationStore
from notification_service.telling import THE_SECRETARIAT, proposal_of, queue, tell_applicant


def tell_advanced(event: ProposalAdvanced, store: NotificationStore) -> None:
    """The applicant learns rank and score, and which stage follows."""
    following = store.name_of(event.edition, event.next_stage) if event.next_stage else None
    _tell_result("advanced", event, store, next_stage=following)


def tell_eliminated(event: ProposalEliminated, store: NotificationStore) -> None:
    """The applicant learns rank and score, or that no sheet counted; and what stood against it."""
    displaced = event.displaced and _displaced(event.edition, event.stage, event.displaced, store)
    _tell_result("eliminated", event, store, displaced=displaced)


def _tell_result(
    kind: Kind, event: ProposalAdvanced | ProposalEliminated, store: NotificationStore, **said: Any
) -> None:
    band = event.band and store.term(event.edition, event.stage, "band", event.band)
    ranked = event.model_dump(include={"rank", "score", "computed_rank", "because"})
    named = {"stage": store.name_of(event.edition, event.stage), "band": band}
    tell_applicant(kind, event, store, event.stage, **ranked, **named, **said)


def _displaced(
    edition: EditionId, stage: StageId, by: Displaced, store: NotificationStore
) -> dict[str, Any]:
    instead = by.instead and _entry(edition, by.instead, store)
    limit = store.term(edition, stage, "limit", by.limit)
    return {"limit": limit, "instead": instead, "margin": by.margin}


def tell_awarded(event: ProposalAwarded, store: NotificationStore) -> None:
    """The applicant learns which award it is, and by which rank, class of results or decision."""
    said = {"award": event.award_name, "basis": event.basis, "rank": event.rank}
    decision = {"reason": event.reason, "by": event.by}
    tell_applicant("awarded", event, store, event.award, **said, **decision)


def tell_decision_asked(event: DecisionAsked, store: NotificationStore) -> None:
    """The secretariat learns which stage waits for a minuted decision, why, and about whom."""
    limits = [store.term(event.edition, event.stage, "limit", each) for each in event.limits]
    said = {
        "stage": store.name_of(event.edition, event.stage),
        "why": event.why,
        "proposals": [_entry(event.edition, each, store) for each in event.proposals],
        "limits": limits,
        "address": f"/editions/{event.edition}/stages/{event.stage}/decision",
    }
    facts = (event.stage, event.position)
    queue(store, "decision-asked", event.edition, THE_SECRETARIAT, facts=facts, said=said)


def tell_review_called(event: ReviewCalled, store: NotificationStore) -> None:
    """The secretariat learns which proposal needs how many sheets; nothing when no more."""
    if not event.sheets:
        return
    said = {
        "stage": store.name_of(event.edition, event.stage),
        "title": proposal_of(event.edition, event.proposal, store).title,
        "proposal": event.proposal,
        "sheets": event.sheets,
    }
    facts = (event.stage, event.proposal, event.position)
    queue(store, "review-called", event.edition, THE_SECRETARIAT, facts=facts, said=said)


def tell_rulebook_amended(event: RulebookAmended, store: NotificationStore) -> None:
    """The secretariat and every agency with a proposal learn who decided it, where and why."""
    store.keep_names(event.rulebook)
    decision = event.decision.model_dump()
    said = decision | {"digest": event.rulebook_digest, "before": event.before}
    facts = (event.before, event.rulebook_digest, event.decision.minute)
    told = [(THE_SECRETARIAT, None)]
    told += [
        (("applicant", each.agency), each.agency_name) for each in store.agencies(event.edition)
    ]
    for to, name in told:
        whole = said | {"agency_name": name}
        queue(store, "rulebook-amended", event.edition, to, facts=facts, said=whole)


def _entry(edition: EditionId, proposal: ProposalId, store: NotificationStore) -> str:
    known = store.proposal(edition, proposal)
    return f'"{known.title}" ({proposal})' if known else proposal
