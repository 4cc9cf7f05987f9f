"""When scoring of a stage may close."""

from collections.abc import Iterator, Mapping

from contracts.evaluation import Minute, ScoringClosed
from contracts.ids import EditionId, ProposalId
from contracts.outcomes import Refused
from contracts.rulebook import Stage

from evaluation_service.rules.facts import Count, listed


def below_quorum(stage: Stage, counted: Mapping[ProposalId, Count]) -> tuple[ProposalId, ...]:
    """The proposals with too few sheets that count, in order of their ids.

    Too few of all jurors, for the stage's quorum or for what a rule asks for, or of a panel.
    """
    return tuple(sorted(each for each in counted if any(_shortages(stage, counted[each]))))


def _shortages(stage: Stage, count: Count) -> Iterator[str]:
    if count.jurors < max(stage.quorum, count.asked):
        asked = f"the {count.asked} that a rule asks for" if count.asked > stage.quorum else ""
        yield f"{count.jurors} of {asked or stage.quorum}"
    for panel in stage.panels:
        if (there := count.by_panel.get(panel.id, 0)) < panel.quorum:
            yield f"{there} of {panel.quorum} of panel '{panel.id}'"


def closing(
    edition: EditionId,
    stage: Stage,
    counted: Mapping[ProposalId, Count],
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
        raise _quorum_missing(stage, {each: counted[each] for each in below})
    return ScoringClosed(
        edition=edition,
        stage=stage.id,
        sheets=sum(each.jurors for each in counted.values()),
        below_quorum=below,
        by=by,
        decision=decision if below else None,
    )


def _quorum_missing(stage: Stage, below: Mapping[ProposalId, Count]) -> Refused:
    told = [f"'{each}' ({', '.join(_shortages(stage, below[each]))})" for each in below]
    return Refused(
        "quorum_missing",
        f"stage '{stage.id}' has too few sheets that count for {listed(told)}: wait for them, or"
        " close with a minuted decision",
    )
