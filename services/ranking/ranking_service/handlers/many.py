"""Many sheets of a stage at once, of which only the last version of each is worked out.

For whoever has looked at each of them already as `take_sheet` does: what that asks of the stage
and of its proposals is told here for all of them together.
"""

from collections.abc import Collection, Mapping

from contracts.ids import EditionId, ProposalId, StageId
from contracts.outcomes import NotYet, Refused
from contracts.stage import Stage

from ranking_service.handlers.scoring import rescore
from ranking_service.handlers.standings import refuse_ranked, stage_of
from ranking_service.store import Giver, RankingStore, Sheet

Latest = Mapping[ProposalId, Mapping[Giver, Sheet]]


def open_stage(edition: EditionId, stage: StageId, store: RankingStore) -> Stage | None:
    """The stage while it takes sheets that are the same for every juror; None otherwise."""
    try:
        found = stage_of(edition, stage, store)
        refuse_ranked(edition, stage, store)
    except (NotYet, Refused):
        return None
    return None if store.plan(edition, stage).of_seats else found


def versions_in(
    edition: EditionId, stage: StageId, proposals: Collection[ProposalId], store: RankingStore
) -> dict[ProposalId, dict[Giver, int]]:
    """Which version of each sheet counts, of those of these proposals that are judged there."""
    store.load_proposals(edition, proposals)
    store.load((edition, stage, each) for each in proposals)
    found = {}
    for each in proposals:
        known, dossier = store.proposal(edition, each), store.dossier((edition, stage, each))
        if known is not None and not known.gone and dossier.tally is not None:
            found[each] = {giver: sheet.version for giver, sheet in dossier.sheets.items()}
    return found


def score_again(
    edition: EditionId, stage: StageId, proposals: Collection[ProposalId], store: RankingStore
) -> None:
    """Score these proposals again: sheets that count were kept beside the store's own."""
    keys = [(edition, stage, each) for each in proposals]
    store.load(keys)
    for key in keys:
        rescore(key, store)


def keep_sheets(edition: EditionId, stage: StageId, sheets: Latest, store: RankingStore) -> None:
    """Keep these sheets in place of older versions; their proposals are scored already."""
    for proposal, given in sheets.items():
        for giver, sheet in given.items():
            store.keep_sheet((edition, stage, proposal), giver, sheet)
