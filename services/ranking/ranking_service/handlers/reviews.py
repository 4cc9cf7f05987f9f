"""A rule that calls for more sheets, as where two jurors differ too much: what is said of it."""

from collections.abc import Iterable

from contracts.event import Event
from contracts.ids import EditionId, StageId
from contracts.ranking import ReviewCalled

from ranking_service.store import RankingStore


def calls(edition: EditionId, stage: StageId, store: RankingStore) -> Iterable[Event]:
    """Tell how many sheets are called for, where this transaction changed it."""
    plan = store.plan(edition, stage)
    for key in sorted(each for each in store.touched if each[:2] == (edition, stage)):
        dossier = store.dossier(key)
        if dossier.tally is not None:
            sheets = plan.sheets_asked(dossier.tally.numbers)
            if sheets != dossier.asked:
                yield ReviewCalled(
                    edition=edition,
                    stage=stage,
                    proposal=key[2],
                    sheets=sheets,
                    position=store.position,
                )


def keep_call(event: ReviewCalled, store: RankingStore) -> None:
    """Keep how many sheets are called for."""
    store.keep_asked((event.edition, event.stage, event.proposal), event.sheets)
