"""Who sees the standings: freezing them, revealing place by place, and unfreezing.

What is decided after the moment of a rulebook comes after the freezing: `freeze_due` begins
each transaction, and an edition that is opened or amended later than that is frozen by it.
"""

from collections.abc import Iterable, Iterator

from contracts.event import Event
from contracts.freezing import (
    PlaceRevealed,
    StandingsFrozen,
    StandingsUnfrozen,
    hiding,
    holding,
)
from contracts.ids import EditionId, Office, Reason, StageId
from contracts.outcomes import Refused
from contracts.ranking import RankingEvent

from ranking_service import rules
from ranking_service.handlers.results import check_stage
from ranking_service.handlers.scoring import settle
from ranking_service.handlers.standings import rulebook_of
from ranking_service.places import Order, rank_all
from ranking_service.store import Entrant, RankingStore, ShownRow

ALL_REVEALED = "Semua peringkat sudah diumumkan / Every place is revealed"


def mark(store: RankingStore, event: Event) -> Event:
    """The event with the frozen stages that hold it back; as it is while nothing is frozen."""
    if not isinstance(event, RankingEvent):
        return event
    frozen = store.frozen_stages(event.edition)
    held_by = holding(event, _stages(event.edition, store), frozen) if frozen else ()
    return event.model_copy(update={"held_by": held_by}) if held_by else event


def freeze(
    store: RankingStore, edition: EditionId, stage: StageId, *, by: Office, reason: Reason
) -> Iterable[Event]:
    """The public sees the standings as they are now; nothing when the stage is frozen already.

    Refused once the stage is ranked and the public has seen it.
    """
    check_stage(edition, stage, store)
    if stage in store.frozen_stages(edition):
        return ()
    if _was_shown(edition, stage, store):
        text = f"stage '{stage}' of '{edition}' is ranked, and everybody has seen it"
        raise Refused("already_shown", f"{text}: it cannot be frozen any more")
    position = store.position
    frozen = StandingsFrozen(edition=edition, stage=stage, position=position, by=by, reason=reason)
    return (frozen,)


def freeze_due(store: RankingStore) -> Iterable[Event]:
    """Every stage whose moment has come is frozen, before anything else is decided."""
    if store.waits():
        return ()
    found = due(store)
    if not found:
        store.wait()
    return found


def due(store: RankingStore, only: EditionId | None = None) -> list[StandingsFrozen]:
    """What the moments that have come are to bring, in their order; of one edition, or of all.

    A stage that was frozen or unfrozen since is none of them, nor one that everybody has seen.
    """
    come = [
        (moment, edition, _stages(edition, store).index(stage), stage)
        for moment, edition, stage in store.come()
        if only in (None, edition) and not _was_shown(edition, stage, store)
    ]
    return [
        StandingsFrozen(edition=edition, stage=stage, position=store.position)
        for _, edition, _, stage in sorted(come)
    ]


def unfreeze(
    store: RankingStore, edition: EditionId, stage: StageId, *, by: Office, reason: Reason
) -> Iterable[Event]:
    """The public sees the live standings again; Refused when the stage is not frozen."""
    _check_frozen(edition, stage, store)
    return (_unfrozen(edition, stage, by, reason, store),)


def reveal(
    store: RankingStore, edition: EditionId, stage: StageId, *, by: Office, count: int = 1
) -> Iterable[Event]:
    """Show the public the next places from below; after the last one the stage is unfrozen.

    Who shares a place is shown together. Refused while the stage is not ranked, or is behind
    another frozen one: who is in it would tell who came through that.
    """
    _check_frozen(edition, stage, store)
    _refuse_behind(edition, stage, store)
    if store.ranking(edition, stage) is None:
        text = f"stage '{stage}' of '{edition}' is not ranked, so its places may still change"
        raise Refused("not_ranked_yet", f"{text}: close its scoring first")
    return _revealed(edition, stage, by, count, store)


def _revealed(
    edition: EditionId, stage: StageId, by: Office, count: int, store: RankingStore
) -> Iterator[Event]:
    frozen = store.frozen(edition, stage)
    assert frozen is not None  # whoever comes here has looked
    entrants = store.entrants(edition, stage)
    left = {each: found.rank for each, found in entrants.items() if each not in frozen.revealed}
    steps = rules.from_below(left)[:count]
    remaining = len(left)
    for proposal in (each for step in steps for each in step):
        remaining -= 1
        yield _place(edition, stage, entrants[proposal], remaining, by)
    if not remaining:
        yield _unfrozen(edition, stage, by, ALL_REVEALED, store)


def _place(
    edition: EditionId, stage: StageId, entrant: Entrant, remaining: int, by: Office
) -> PlaceRevealed:
    return PlaceRevealed(
        edition=edition,
        stage=stage,
        proposal=entrant.proposal,
        title=entrant.title,
        agency=entrant.agency,
        rank=entrant.rank,
        score=entrant.score,
        remaining=remaining,
        by=by,
    )


def _unfrozen(
    edition: EditionId, stage: StageId, by: Office, reason: Reason, store: RankingStore
) -> StandingsUnfrozen:
    return StandingsUnfrozen(
        edition=edition, stage=stage, position=store.position, by=by, reason=reason
    )


def keep_frozen(event: StandingsFrozen, store: RankingStore) -> None:
    """Keep what the public sees of the stage at this moment; it sees that from here on."""
    edition, stage = event.edition, event.stage
    rulebook_digest = store.rulebook_digest(edition) or ""
    hidden = hides(edition, stage, store) is not None
    rows = () if hidden else _rows_now(edition, stage, store)
    asked = None if hidden else store.question(edition, stage)
    store.freeze(event, rulebook_digest, rows, asked)


def _rows_now(edition: EditionId, stage: StageId, store: RankingStore) -> Iterator[ShownRow]:
    settle(edition, stage, store)
    rule = store.plan(edition, stage).stage
    entrants = store.entrants(edition, stage)
    for place in rank_all(store.scored(edition, stage), Order.of(rule)):
        entrant = entrants[place.proposal]
        band = rules.band_of(rule, entrant.score, entrant.numbers)
        yield ShownRow(place.proposal, place.rank, place.score, entrant.sheets, band)


def keep_revealed(event: PlaceRevealed, store: RankingStore) -> None:
    """The public sees this place."""
    store.reveal(event)


def keep_unfrozen(event: StandingsUnfrozen, store: RankingStore) -> None:
    """The public sees the live standings of the stage."""
    store.unfreeze(event.edition, event.stage)


def hides(edition: EditionId, stage: StageId, store: RankingStore) -> StageId | None:
    """The frozen stage for which the public does not see this one live; None when it does."""
    frozen = store.frozen_stages(edition)
    return next(iter(hiding(stage, _stages(edition, store), frozen)), None) if frozen else None


def _was_shown(edition: EditionId, stage: StageId, store: RankingStore) -> bool:
    return store.ranking(edition, stage) is not None and hides(edition, stage, store) is None


def _stages(edition: EditionId, store: RankingStore) -> list[StageId]:
    return [each.id for each in rulebook_of(edition, store).stages]


def _check_frozen(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    check_stage(edition, stage, store)
    if stage not in store.frozen_stages(edition):
        text = f"stage '{stage}' of '{edition}' is not frozen: everybody sees it as it is"
        raise Refused("not_frozen", text)


def _refuse_behind(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    first = hides(edition, stage, store)
    if first != stage:
        text = f"stage '{first}' comes before '{stage}' and is frozen too"
        raise Refused("frozen_before", f"{text}: reveal or unfreeze that one first")
