"""An edition that is opened."""

from collections.abc import Iterable

from contracts.event import Event
from contracts.outcomes import Refused
from contracts.submission import EditionOpened

from ranking_service.handlers.freezing import due
from ranking_service.store import RankingStore


def learn_edition(event: EditionOpened, store: RankingStore) -> Iterable[Event]:
    """Keep the rulebook, and freeze what it freezes by now.

    Refused when the edition was opened with another one.
    """
    kept = store.rulebook_digest(event.edition)
    if kept is None:
        store.add_edition(event)
        store.keep_moments(event.edition, event.rulebook.stages)
    elif kept != event.rulebook_digest:
        text = f"'{event.edition}' is open with the rulebook {kept}, not {event.rulebook_digest}"
        raise Refused("other_rulebook", text)
    return due(store, event.edition)
