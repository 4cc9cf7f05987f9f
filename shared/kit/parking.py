"""Parking: messages that could not be taken, each with its reason, until somebody acts."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from contracts.operations import MessageDiscarded, MessageParked, MessageRetried
from contracts.outcomes import NotFound
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kit.heard import Heard
from kit.line import Line, about
from kit.settings import Settings
from kit.tables import parked

Failure = Literal["not_yet", "refused", "bug"]
"""Why a message could not be taken."""

Outcome = Literal["not_yet", "refused", "bug", "behind"]
"""A failure; or `behind`: not tried yet, because a message in front of it is parked."""

Action = type[MessageRetried] | type[MessageDiscarded]
"""What the operator may have done with a parked message."""

PLACES = select(parked.c.position, parked.c.about).order_by(parked.c.position)


def read_line(connection: Connection) -> Line:
    """Who waits for whom now."""
    return Line((row.position, row.about) for row in connection.execute(PLACES))


def park(
    connection: Connection,
    heard: Heard,
    *,
    outcome: Outcome,
    reason: str,
    tries: int,
    now: datetime,
    retry_at: datetime | None = None,
) -> None:
    """Set the message aside; a message that is parked already has its outcome replaced."""
    connection.execute(delete(parked).where(parked.c.position == heard.position))
    connection.execute(
        insert(parked).values(
            position=heard.position,
            event_id=heard.event_id,
            event_type=heard.event_type,
            edition=heard.edition,
            about=about(heard),
            outcome=outcome,
            reason=reason[:2000],
            headers=json.dumps({**heard.headers, "subject": heard.subject}),
            body=heard.body,
            tries=tries,
            parked_at=now,
            retry_at=retry_at,
        )
    )


def holds_back(connection: Connection, line: Line, heard: Heard, now: datetime) -> bool:
    """Whether something parked is in front of the message; then it is set aside behind it."""
    about_it = about(heard)
    front = line.front_of(heard.position, about_it)
    if front is None:
        return False
    reason = _why_behind(front)
    park(connection, heard, outcome="behind", reason=reason, tries=0, now=now)
    line.add(heard.position, about_it)
    return True


def _why_behind(front: int) -> str:
    return f"waits until the message at position {front} is taken or discarded"


def let_up(connection: Connection, line: Line, edition: str) -> Iterator[Heard]:
    """The messages of the edition that waited behind others and do not any more, in log order.

    Each must be taken or parked, and the line say so, before the next one is asked for.
    """
    named = select(parked.c.position, parked.c.reason, parked.c.about)
    here = named.where(parked.c.outcome == "behind", parked.c.edition == edition)
    for row in connection.execute(here.order_by(parked.c.position)).all():
        front = line.front_of(row.position, row.about)
        if front is None:
            yield heard_again(find(connection, row.position))
        elif row.reason != _why_behind(front):
            moved = update(parked).where(parked.c.position == row.position)
            connection.execute(moved.values(reason=_why_behind(front)))


def parked_event(service: str, heard: Heard, outcome: Failure, reason: str) -> MessageParked:
    """What the service says when a message waits for the operator."""
    return MessageParked(
        edition=heard.edition,
        service=service,
        position=heard.position,
        event_type=heard.event_type,
        outcome=outcome,
        reason=reason[:2000],
    )


def action_event(
    service: str, heard: Heard, kind: Action, checkpoint: int, *, by: str, reason: str
) -> MessageRetried | MessageDiscarded:
    """What the service says when the operator retries or discards a message."""
    return kind(
        edition=heard.edition,
        service=service,
        position=heard.position,
        event_type=heard.event_type,
        by=by,
        reason=reason,
        checkpoint=checkpoint,
    )


def next_try(settings: Settings, tries: int, now: datetime) -> datetime | None:
    """When a message that came too early is taken again; None when it has been tried enough."""
    if tries >= settings.not_yet_tries:
        return None
    return now + timedelta(seconds=settings.not_yet_delay_seconds * 2 ** (tries - 1))


def waiting(connection: Connection, now: datetime | None = None) -> list[Row[Any]]:
    """All parked messages in log order; with `now`, only those that are due to be tried again."""
    query = select(parked).order_by(parked.c.position)
    if now is not None:
        query = query.where(parked.c.retry_at.is_not(None), parked.c.retry_at <= now)
    return list(connection.execute(query))


def find(connection: Connection, position: int) -> Row[Any]:
    """The message parked at that position of the log; NotFound when none is."""
    row = connection.execute(select(parked).where(parked.c.position == position)).one_or_none()
    if row is None:
        raise NotFound("not_parked", f"no message is parked at position {position}")
    return row


def release(connection: Connection, line: Line, heard: Heard) -> None:
    """The message is not parked any more, if it was."""
    if line and line.remove(heard.position, about(heard)):
        connection.execute(delete(parked).where(parked.c.position == heard.position))


def hurry(connection: Connection, edition: str, now: datetime) -> None:
    """Have what came too early in the edition tried again at once: what it needs may be there."""
    early = update(parked).where(parked.c.outcome == "not_yet", parked.c.edition == edition)
    connection.execute(early.values(retry_at=now))


def count(connection: Connection) -> int:
    """How many messages wait for the operator; not those that wait behind one of them."""
    query = select(func.count()).where(parked.c.retry_at.is_(None), parked.c.outcome != "behind")
    return connection.scalar(query) or 0


def heard_again(row: Row[Any]) -> Heard:
    """The parked message as it was heard."""
    headers = json.loads(row.headers)
    return Heard(row.position, headers.pop("subject"), headers, row.body)
