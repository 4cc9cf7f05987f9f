"""Who sits where in a stage, and what a new seat changes."""

from contracts.evaluation import JurorSeated

from ranking_service.handlers.standings import stage_of
from ranking_service.store import RankingStore


def seat(event: JurorSeated, store: RankingStore) -> None:
    """Keep where the juror sits; where that changes scores, the stage is scored again."""
    stage_of(event.edition, event.stage, store)
    plan = store.plan(event.edition, event.stage)
    before = store.seats(event.edition, event.stage).get(event.juror) if plan.of_seats else None
    store.keep_seat(event)
    changes = plan.counts_seats or before not in (None, (event.panel, event.agency))
    if changes and store.ranking(event.edition, event.stage) is None:
        store.unsettled.add((event.edition, event.stage))
