"""The outbox: what a service says, written in the transaction that decides it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from contracts.envelope import Envelope, encode
from contracts.event import Event
from sqlalchemy import Connection, MetaData, bindparam, func, or_, select, update

from kit import bulk
from kit.heard import Heard
from kit.outgoing import JUST_SAID, OUTBOX_HEADER, Outgoing
from kit.tables import outbox
from kit.tracing import TRACEPARENT

BATCH_HEADERS = "Nats-Batch-"
"""How the headers begin that the server adds to what comes in one batch."""

PAGE_BYTES = 65_536
"""Whoever reads page by page is given a page that ends when it has so many."""

TAKEN_HEADER = "Sayembara-Taken"
"""The header that says how far on the log the service had come when it said the event."""

UNPUBLISHED = (
    select(outbox.c.id, outbox.c.subject, outbox.c.headers, outbox.c.body)
    .where(outbox.c.position.is_(None), outbox.c.id > bindparam("after"))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)
MARK = (
    update(outbox)
    .where(outbox.c.id.between(bindparam("first"), bindparam("last")))
    .values(position=outbox.c.id + bindparam("offset"))
)


@dataclass(frozen=True)
class Said:
    """An event with its envelope, as it was said, and the trace that it belongs to.

    `taken` is the position of the last message that the service had taken then.
    """

    event: Event
    envelope: Envelope
    traceparent: str | None = None
    taken: int = 0

    @cached_property
    def body(self) -> bytes:
        """The event as it goes on the log."""
        return encode(self.event)

    def row(self) -> dict[str, Any]:
        """This as a row of the outbox."""
        return {
            "event_id": self.envelope.id,
            "subject": self.event.subject(),
            "headers": json.dumps(self.headers),
            "body": self.body,
            "said_at": self.envelope.time,
        }

    @cached_property
    def headers(self) -> dict[str, str]:
        """What goes with it on the log, but for its outbox number."""
        trace = {TRACEPARENT: self.traceparent} if self.traceparent else {}
        return {**self.envelope.headers(), TAKEN_HEADER: str(self.taken), **trace}


def append(connection: Connection, said: Sequence[Said]) -> None:
    """Write down what is said, in order, and hold it for whoever publishes it once committed."""
    if not said:
        return
    rows = [each.row() for each in said]
    numbers = bulk.add(connection, outbox, rows)
    connection.info.setdefault(JUST_SAID, []).extend(
        Outgoing(number, row["subject"], {**each.headers, OUTBOX_HEADER: str(number)}, each.body)
        for number, row, each in zip(numbers, rows, said, strict=True)
    )


def put_back(connection: Connection, messages: Sequence[Heard]) -> None:
    """Write down what is on the log already, under its own numbers."""
    bulk.write(connection, outbox, [_row_again(each) for each in messages], replace=True)


def _row_again(message: Heard) -> dict[str, object]:
    kept = {
        name: value
        for name, value in message.headers.items()
        if name != OUTBOX_HEADER and not name.startswith(BATCH_HEADERS)
    }
    return {
        "id": number_of(message),
        "event_id": message.event_id,
        "subject": message.subject,
        "headers": json.dumps(kept),
        "body": message.body,
        "said_at": message.said_at,
        "position": message.position,
    }


def number_of(message: Heard) -> int:
    """The outbox number of a message on the log; 0 when it has none."""
    found = message.headers.get(OUTBOX_HEADER, "")
    return int(found) if found.isdecimal() else 0


def published_after(connection: Connection, after: int, limit: int) -> list[tuple[int, Heard]]:
    """The next events after this outbox number, in order, as they are on the log."""
    query = select(outbox).where(outbox.c.id > after).order_by(outbox.c.id).limit(limit)
    return [
        (row.id, Heard(row.position, row.subject, json.loads(row.headers), row.body))
        for row in connection.execute(query)
    ]


def published_on(
    connection: Connection, subjects: Sequence[str], after: int, limit: int
) -> list[Heard]:
    """The next events after this position of the log, on these subjects; `%` is any text.

    At most `limit`, and none after those that have PAGE_BYTES together. What is not marked as
    published yet is left out. The outbox is read along its positions: that
    costs as much as there is after `after`, and nothing when an event is written.
    """
    wanted = or_(*(outbox.c.subject.like(each) for each in subjects))
    query = select(outbox).where(outbox.c.position > after, wanted)
    found: list[Heard] = []
    size = 0
    with connection.execute(query.order_by(outbox.c.position).limit(limit)) as rows:
        for row in rows:
            found.append(Heard(row.position, row.subject, json.loads(row.headers), row.body))
            size += len(row.body)
            if size >= PAGE_BYTES:
                break
    return found


def last_number(connection: Connection, schema: str | None = None) -> int:
    """The number of the event that was said last; 0 when none."""
    table = outbox.to_metadata(MetaData(), schema=schema) if schema else outbox
    return connection.scalar(select(func.max(table.c.id))) or 0


def unpublished(connection: Connection, limit: int, after: int = 0) -> list[Outgoing]:
    """The oldest rows after this id that are not marked as published, in order."""
    rows = connection.execute(UNPUBLISHED, {"after": after, "most": limit})
    return [Outgoing(row.id, row.subject, _headers(row.headers, row.id), row.body) for row in rows]


def rows_of(connection: Connection, ids: Sequence[int]) -> list[Outgoing]:
    """The rows with these ids, published or not, in order."""
    columns = (outbox.c.id, outbox.c.subject, outbox.c.headers, outbox.c.body)
    some = bulk.among(connection.dialect.name, outbox.c.id, "ids")
    rows = connection.execute(select(*columns).where(some).order_by(outbox.c.id), {"ids": ids})
    return [Outgoing(row.id, row.subject, _headers(row.headers, row.id), row.body) for row in rows]


def _headers(kept: str, row_id: int) -> dict[str, str]:
    return {**json.loads(kept), OUTBOX_HEADER: str(row_id)}


def mark_published(connection: Connection, positions: Sequence[tuple[int, int]]) -> None:
    """Note where each row (outbox id, log position) is on the log."""
    for run in _without_gaps(positions):
        (first, place), (last, _) = run[0], run[-1]
        connection.execute(MARK, {"first": first, "last": last, "offset": place - first})


def _without_gaps(positions: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    # As a rule a batch is one run: its rows were written, and published, in one piece.
    numbered = enumerate(positions)
    runs = groupby(numbered, key=lambda each: (each[1][0] - each[0], each[1][1] - each[0]))
    return [[pair for _, pair in run] for _, run in runs]


def last_position(connection: Connection) -> int:
    """The last place on the log that the outbox knows of; 0 when none."""
    return connection.scalar(select(func.max(outbox.c.position))) or 0


def backlog(connection: Connection) -> tuple[int, datetime | None]:
    """How many rows are not published yet, and since when the oldest of them waits."""
    row = connection.execute(
        select(func.count(), func.min(outbox.c.said_at)).where(outbox.c.position.is_(None))
    ).one()
    return row[0], row[1]
