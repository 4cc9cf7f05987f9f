"""The outbox knows where on the log each of its rows is, and of no other row."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from contracts.envelope import Envelope
from contracts.ranking import ResultsAnnounced
from kit import outbox
from kit.database import Database
from kit.outbox import Said
from kit.tables import metadata
from kit.tables import outbox as table
from sqlalchemy import select

NewStore = Callable[[str], str]
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def said(number: int) -> Said:
    event = ResultsAnnounced(edition="e1", awards=number, by="Secretariat")
    return Said(
        event,
        Envelope.around(event, id=str(number), time=NOW, correlation="c", causation=None),
    )


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], [None] * 5),
        ([(1, 10), (2, 11), (3, 12)], [10, 11, 12, None, None]),
        ([(1, 10), (3, 12)], [10, None, 12, None, None]),
        ([(1, 10), (2, 14), (3, 15), (5, 17)], [10, 14, 15, None, 17]),
        ([(2, 20)], [None, 20, None, None, None]),
    ],
)
async def test_only_what_is_on_the_log_is_marked(
    new_store: NewStore, marks: list[tuple[int, int]], expected: list[int | None]
) -> None:
    database = Database(new_store("outbox"))
    await database.write(metadata.create_all)
    rows = [said(number) for number in range(5)]
    await database.write(lambda connection: outbox.append(connection, rows))
    await database.write(lambda connection: outbox.mark_published(connection, marks))

    kept = select(table.c.position).order_by(table.c.id)
    assert await database.read(lambda each: list(each.scalars(kept))) == expected
    waiting = await database.read(lambda connection: outbox.unpublished(connection, 10))
    assert [each.id for each in waiting] == [n for n, at in enumerate(expected, 1) if at is None]
    database.close()
