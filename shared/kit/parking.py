"""Parking: messages that could not be taken, each with its reason, until somebody acts."""

import json
from datetime import datetime, timedelta
from typing import Any, Literal

from contracts.operations import MessageParked
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kit.heard import Heard
from kit.settings import Settings
from kit.tables import parked

Outcome = Literal["not_yet", "refused", "bug"]


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
            outcome=outcome,
            reason=reason[:2000],
            headers=json.dumps({**heard.headers, "subject": heard.subject}),
            body=heard.body,
            tries=tries,
            parked_at=now,
            retry_at=retry_at,
        )
    )


def parked_event(service: str, heard: Heard, outcome: Outcome, reason: str) -> MessageParked:
    """What the service says when a message waits for the operator."""
    return MessageParked(
        edition=heard.edition,
        service=service,
        position=heard.position,
        event_type=heard.event_type,
        outcome=outcome,
        reason=reason[:2000],
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


def find(connection: Connection, position: int) -> Row[Any] | None:
    """The message parked at that position of the log, or None."""
    return connection.execute(select(parked).where(parked.c.position == position)).one_or_none()


def release(connection: Connection, position: int) -> None:
    """The message is not parked any more."""
    connection.execute(delete(parked).where(parked.c.position == position))


def retry_now(connection: Connection, position: int, now: datetime) -> None:
    """Have the message tried again as soon as possible."""
    connection.execute(update(parked).where(parked.c.position == position).values(retry_at=now))


def count(connection: Connection) -> int:
    """How many messages wait for the operator."""
    return connection.scalar(select(func.count()).where(parked.c.retry_at.is_(None))) or 0


def heard_again(row: Row[Any]) -> Heard:
    """The parked message as it was heard."""
    headers = json.loads(row.headers)
    return Heard(row.position, headers.pop("subject"), headers, row.body)
