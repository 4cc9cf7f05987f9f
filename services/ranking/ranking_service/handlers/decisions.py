"""A panel's minuted decision of a stage that waits for one."""

from collections.abc import Iterable, Mapping

from contracts.event import Event, Minute
from contracts.ids import EditionId, ProposalId, StageId
from contracts.outcomes import Refused
from contracts.ranking import DecidedRank, StageDecided

from ranking_service.handlers.ranking import decided_results
from ranking_service.handlers.results import check_stage
from ranking_service.store import RankingStore


def decide_stage(
    store: RankingStore,
    edition: EditionId,
    stage: StageId,
    *,
    minute: Minute,
    ranks: Mapping[ProposalId, int],
    advanced: Iterable[ProposalId] | None,
) -> Iterable[Event]:
    """What was decided of the stage; the same decision again says nothing new."""
    check_stage(edition, stage, store)
    decision = StageDecided(
        edition=edition,
        stage=stage,
        decision=minute,
        ranks=tuple(DecidedRank(proposal=each, rank=ranks[each]) for each in sorted(ranks)),
        advanced=None if advanced is None else tuple(sorted(set(advanced))),
    )
    if store.decision(edition, stage) == decision:
        return ()
    _check_waiting(edition, stage, store)
    decided_results(decision, store)
    return (decision,)


def _check_waiting(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    ranking = store.ranking(edition, stage)
    if ranking is not None:
        text = f"stage '{stage}' is ranked, at position {ranking.position}: it stays as it is"
        raise Refused("already_ranked", f"{text} published; GET its standings")
    if store.question(edition, stage) is None:
        text = f"stage '{stage}' waits for no decision: close its scoring first, and read in its"
        raise Refused("not_waiting", f"{text} standings what is asked")
