"""What is told of a stage while it goes on: ranking's own events, as the public sees them."""

from collections.abc import Iterable, Sequence

from contracts.event import Event
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen
from contracts.ids import EditionId, StageId
from contracts.ranking import (
    DecisionAsked,
    PlacesMoved,
    RankingEvent,
    StageDecided,
    StageRanked,
    StandingsChanged,
)
from kit import outbox
from kit.heard import Heard
from sqlalchemy import Connection

CHANGES: tuple[type[RankingEvent], ...] = (
    StandingsChanged,
    PlacesMoved,
    DecisionAsked,
    StageDecided,
    StageRanked,
    StandingsFrozen,
    PlaceRevealed,
    StandingsUnfrozen,
)
OF_ANY_STAGE = (PlaceRevealed, StandingsUnfrozen)
"""The subject of these does not tell whether the stage hears of them."""

TYPES = frozenset(each.type for each in CHANGES)


def is_told(event: Event, stage: StageId) -> bool:
    """Whether the public of this stage hears of this event of its edition.

    What a frozen stage holds back is never told. When a stage is unfrozen every stage of the
    edition is told: a later one may show what the earlier one held.
    """
    if not isinstance(event, CHANGES) or event.held_by:
        return False
    return isinstance(event, StandingsUnfrozen) or getattr(event, "stage", None) == stage


def changes_after(
    connection: Connection, edition: EditionId, stage: StageId, after: int, limit: int
) -> list[Heard]:
    """The next candidates on the log after this position; `is_told` says which are for it."""
    return outbox.published_on(connection, list(_subjects(edition, stage)), after, limit)


def _subjects(edition: EditionId, stage: StageId) -> Iterable[str]:
    for each in CHANGES:
        about = "%" if each in OF_ANY_STAGE else stage
        yield each.filter().replace("*", edition, 1).replace("*", about)


def told(messages: Sequence[Heard], stage: StageId) -> list[Heard]:
    """Those of them that the public of this stage hears of."""
    return [each for each in messages if is_told(each.event, stage)]
