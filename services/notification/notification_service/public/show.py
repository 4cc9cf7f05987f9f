"""What is shown, and when: each event that has a public view, in log order, once by its id.

What frozen stages hold back is written down without a number. The unfreezing that frees it comes
first, and then it, in log order. So the order depends on nothing but the log.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from contracts.freezing import StandingsUnfrozen, held_by
from contracts.ids import EditionId
from contracts.outcomes import Refused
from contracts.public import public_body, public_headers, public_subject
from kit import bulk
from kit.heard import Heard
from kit.outgoing import Outgoing
from kit.store import Store
from sqlalchemy import Connection, Row, bindparam, func, select

from notification_service.freezings import frozen_at, note
from notification_service.public.tables import catching_up, shown

_AFTER = (
    select(shown.c.number, shown.c.subject, shown.c.headers, shown.c.body)
    .where(shown.c.number > bindparam("after"))
    .order_by(shown.c.number)
    .limit(bindparam("most"))
)


def show(store: Store, messages: Sequence[Heard]) -> None:
    """Write down the public view of these messages; not while older ones are still to be shown."""
    if shown_up_to(store.connection) is None:
        Showing(store.connection).show(messages)
    else:
        note(store.connection, messages)


class Showing:
    """Writes views down in one transaction, and numbers those that everybody may see now."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._number = last_number(connection)
        self._rows: list[dict[str, Any]] = []

    def show(self, messages: Sequence[Heard]) -> None:
        """Show these, or hold them back. They come after everything that was shown before."""
        for message in self._new(messages):
            row = _row(message)
            if row is not None:
                self._show(row, message)
        self._write()

    def _new(self, messages: Sequence[Heard]) -> Iterator[Heard]:
        # The public stream takes an id once: a second message with it could never be published.
        some = bulk.among(self.connection.dialect.name, shown.c.event_id, "ids")
        ids = [each.event_id for each in messages]
        known = set(self.connection.scalars(select(shown.c.event_id).where(some), {"ids": ids}))
        for each in messages:
            if each.event_id not in known:
                known.add(each.event_id)
                yield each

    def _show(self, row: dict[str, Any], message: Heard) -> None:
        # In log order the mark alone decides: also where the freezing could not be read.
        is_held = bool(held_by(message.event))
        self._rows.append({**row, "number": None if is_held else self._next()})
        note(self.connection, (message,))
        if isinstance(message.event, StandingsUnfrozen):
            self._let_go(message.event, message.position)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _let_go(self, event: StandingsUnfrozen, position: int) -> None:
        self._write()
        still = frozen_at(self.connection, event.edition, position)
        held = [(row.position, row.held_by.split()) for row in self._held(event.edition)]
        freed = [
            {"position": place, "number": self._next()}
            for place, stages in held
            if event.stage in stages and still.isdisjoint(stages)
        ]
        bulk.change(self.connection, shown, freed)

    def _held(self, edition: EditionId) -> list[Row[Any]]:
        held = select(shown.c.position, shown.c.held_by).where(shown.c.number.is_(None))
        here = held.where(shown.c.edition == edition).order_by(shown.c.position)
        return list(self.connection.execute(here))

    def _write(self) -> None:
        bulk.write(self.connection, shown, self._rows)
        self._rows = []


def _row(message: Heard) -> dict[str, Any] | None:
    # What cannot be decoded has no view: whoever needs the message parks it.
    try:
        event = message.event
    except Refused:
        return None
    body = public_body(event)
    if body is None:
        return None
    return {
        "position": message.position,
        "event_id": message.event_id,
        "event_type": message.event_type,
        "edition": event.edition,
        "held_by": " ".join(held_by(event)),
        "subject": public_subject(message.subject),
        "headers": json.dumps(public_headers(message.headers, message.position)),
        "body": body,
    }


def last_number(connection: Connection) -> int:
    """The number of what was shown last; 0 when nothing was."""
    return connection.scalar(select(func.max(shown.c.number))) or 0


def shown_after(connection: Connection, after: int, most: int) -> list[Outgoing]:
    """What comes after this number in the public order, as it is published."""
    rows = connection.execute(_AFTER, {"after": after, "most": most})
    return [Outgoing(row.number, row.subject, json.loads(row.headers), row.body) for row in rows]


def by_state(store: Store) -> dict[str, int]:
    """How many views are shown, and how many are held back."""
    held = select(func.count()).select_from(shown).where(shown.c.number.is_(None))
    return {
        "shown": last_number(store.connection),
        "held": store.connection.scalar(held) or 0,
    }


def shown_up_to(connection: Connection) -> int | None:
    """How far a store has come that is catching up with itself; None when it is not."""
    return connection.scalar(select(catching_up.c.position))
