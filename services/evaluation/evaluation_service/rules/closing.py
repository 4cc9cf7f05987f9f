"""When scoring of a stage may close."""

from collections.abc import Mapping, Sequence

from contracts.evaluation import Minute, ScoringClosed
from contracts.ids import EditionId, ProposalId
from contracts.outcomes import Refused
from contracts.rulebook import Stage

from evaluation_service.rules.facts import named


def below_quorum(stage: Stage, counted: Mapping[ProposalId, int]) -> tuple[ProposalId, ...]:
    """The proposals with fewer counted sheets than the stage's quorum, in order of their ids."""
    return tuple(sorted(each for each, sheets in counted.items() if sheets < stage.quorum))


def closing(
    edition: EditionId,
    stage: Stage,
    counted: Mapping[ProposalId, int],
    *,
    by: str,
    decision: Minute | None,
) -> ScoringClosed:
    """The close of scoring, given how many sheets count for each proposal of the stage.

    Refused when there is no proposal, and when the quorum is missing and no minuted decision
    closes the stage all the same. A decision that was not needed is not kept.
    """
    if not counted:
        text = f"no proposal is in stage '{stage.id}': there is nothing to close"
        raise Refused("no_proposals", text)
    below = below_quorum(stage, counted)
    if below and decision is None:
        raise _quorum_missing(stage, below)
    return ScoringClosed(
        edition=edition,
        stage=stage.id,
        sheets=sum(counted.values()),
        below_quorum=below,
        by=by,
        decision=decision if below else None,
    )


def _quorum_missing(stage: Stage, below: Sequence[ProposalId]) -> Refused:
    return Refused(
        "quorum_missing",
        f"stage '{stage.id}' asks for {stage.quorum} sheets for each proposal; fewer count for"
        f" {named(below)}: wait for them, or close with a minuted decision",
    )
