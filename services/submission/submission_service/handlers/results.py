"""What ranking says of proposals, kept for those who entered them."""

from collections.abc import Iterable
from typing import Any

from contracts.event import Event
from contracts.ranking import (
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ResultEvent,
    ResultsAnnounced,
    StageRanked,
)

from submission_service.rules.proposals import AwardGiven, Result
from submission_service.store import SubmissionStore


def keep_advanced(event: ProposalAdvanced, store: SubmissionStore) -> Iterable[Event]:
    """The last result of the proposal: it passed the cut of this stage."""
    result = Result(
        stage=event.stage,
        outcome="advanced",
        rank=event.rank,
        score=event.score,
        next_stage=event.next_stage,
        **_beside(event),
    )
    store.put_result(event.edition, event.proposal, result)
    return ()


def keep_eliminated(event: ProposalEliminated, store: SubmissionStore) -> Iterable[Event]:
    """The last result of the proposal: it did not pass the cut of this stage."""
    result = Result(
        stage=event.stage,
        outcome="eliminated",
        rank=event.rank,
        score=event.score,
        next_stage=None,
        **_beside(event),
    )
    store.put_result(event.edition, event.proposal, result)
    return ()


def keep_awarded(event: ProposalAwarded, store: SubmissionStore) -> Iterable[Event]:
    """The proposal receives this award."""
    award = AwardGiven(
        award=event.award,
        name=event.award_name,
        basis=event.basis,
        rank=event.rank,
        reason=event.reason,
        by=event.by,
    )
    store.put_award(event.edition, event.proposal, award)
    return ()


def keep_ranked(event: StageRanked, store: SubmissionStore) -> Iterable[Event]:
    """The rules of the stage stand fast from here on."""
    store.put_ranked(event.edition, event.stage)
    return ()


def keep_announced(event: ResultsAnnounced, store: SubmissionStore) -> Iterable[Event]:
    """All rules of the edition stand fast from here on."""
    store.put_announced(event.edition)
    return ()


def _beside(event: ResultEvent) -> dict[str, Any]:
    return event.model_dump(include={"band", "computed_rank", "because"})
