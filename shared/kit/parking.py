"""Parking: messages that could not be taken, each with its reason, until somebody acts."""

import json
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


def park_behind(connection: Connection, heard: Heard, front: int, now: datetime) -> None:
    """Have the message wait, untried, until the one at the position `front` is not parked."""
    reason = why_behind(front)
    park(connection, heard, outcome="behind", reason=reason, tries=0, now=now)


def why_behind(front: int) -> str:
    """The reason of a message that waits behind the one at the position `front`."""
    return f"waits until the message at position {front} is taken or discarded"


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


def behind(connection: Connection, edition: str) -> list[Row[Any]]:
    """Position, reason and `about` of all that wait untried in the edition, in log order."""
    query = select(parked.c.position, parked.c.reason, parked.c.about)
    here = query.where(parked.c.outcome == "behind", parked.c.edition == edition)
    return list(connection.execute(here.order_by(parked.c.position)))


def find(connection: Connection, position: int) -> Row[Any]:
    """The message parked at that position of the log; NotFound when none is."""
    row = connection.execute(select(parked).where(parked.c.position == position)).one_or_none()
    if row is None:
        raise NotFound("not_parked", f"no message is parked at position {position}")
    return row


def release(connection: Connection, position: int) -> None:
    """The message is not parked any more."""
    connection.execute(delete(parked).where(parked.c.position == position))


def move_up(connection: Connection, position: int, front: int) -> None:
    """The message waits behind another one than before."""
    here = update(parked).where(parked.c.position == position)
    connection.execute(here.values(reason=why_behind(front)))


def count(connection: Connection) -> int:
    """How many messages wait for the operator; not those that wait behind one of them."""
    query = select(func.count()).where(parked.c.retry_at.is_(None), parked.c.outcome != "behind")
    return connection.scalar(query) or 0


def heard_again(row: Row[Any]) -> Heard:
    """The parked message as it was heard."""
    headers = json.loads(row.headers)
    return Heard(row.position, headers.pop("subject"), headers, row.body)
