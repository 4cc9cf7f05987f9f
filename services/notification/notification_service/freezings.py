"""Which stages are frozen at a position of the log: for what everybody sees, and for notices.

Written as the log is looked at, in its order, so that nothing which is parked can stand before it.
"""

from collections.abc import Sequence

from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.ids import EditionId, StageId
from contracts.outcomes import Refused
from kit.heard import Heard
from sqlalchemy import Connection, insert, or_, select, update

from notification_service.tables import freezings

TYPES = frozenset({StandingsFrozen.type, StandingsUnfrozen.type})


def frozen_at(connection: Connection, edition: EditionId, position: int) -> set[StageId]:
    """The stages of the edition that are frozen after what is at that position."""
    f = freezings.c
    begun = select(f.stage).where(f.edition == edition, f.frozen_from <= position)
    return set(
        connection.scalars(begun.where(or_(f.frozen_until.is_(None), f.frozen_until > position)))
    )


def over_at(connection: Connection, edition: EditionId, position: int) -> set[StageId]:
    """The stages of the edition that were unfrozen by that position, and are not frozen again."""
    f = freezings.c
    ended = select(f.stage).where(f.edition == edition, f.frozen_until <= position)
    return set(connection.scalars(ended)) - frozen_at(connection, edition, position)


def note(connection: Connection, messages: Sequence[Heard]) -> None:
    """Keep what these messages freeze and unfreeze; one that is known already changes nothing."""
    for message in messages:
        if message.event_type in TYPES:
            _note(connection, message)


def _note(connection: Connection, message: Heard) -> None:
    try:
        event = message.event
    except Refused:
        return  # whoever said it, it freezes nothing: it is parked where it is needed
    if isinstance(event, StandingsFrozen):
        _freeze(connection, event, message.position)
    elif isinstance(event, StandingsUnfrozen):
        _unfreeze(connection, event, message.position)


def _freeze(connection: Connection, event: StandingsFrozen, position: int) -> None:
    row = {"edition": event.edition, "stage": event.stage, "frozen_from": position}
    known = connection.scalar(select(freezings.c.frozen_from).filter_by(**row))
    if known is None and event.stage not in frozen_at(connection, event.edition, position):
        connection.execute(insert(freezings), {**row, "frozen_until": None})


def _unfreeze(connection: Connection, event: StandingsUnfrozen, position: int) -> None:
    f = freezings.c
    open_ones = update(freezings).filter_by(edition=event.edition, stage=event.stage)
    begun = open_ones.where(f.frozen_from < position, f.frozen_until.is_(None))
    if not connection.execute(begun.values(frozen_until=position)).rowcount:
        # Its freezing was not read, or this is known: either way it is over from here on.
        _end_here(connection, event, position)


def _end_here(connection: Connection, event: StandingsUnfrozen, position: int) -> None:
    key = {"edition": event.edition, "stage": event.stage}
    ended = select(freezings.c.stage).filter_by(**key, frozen_until=position)
    if connection.scalar(ended) is None:
        row = {**key, "frozen_from": position, "frozen_until": position}
        connection.execute(insert(freezings), row)
