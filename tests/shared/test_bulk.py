"""Many rows in one statement: the same on every kind of store."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from kit import bulk
from kit.database import Database
from kit.tables import UtcTime
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    select,
)

NewStore = Callable[[str], str]

METADATA = MetaData()
THINGS = Table(
    "things",
    METADATA,
    Column("kind", String(10), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("words", Text, nullable=True),
    Column("body", LargeBinary, nullable=True),
    Column("at", UtcTime, nullable=True),
    Column("done", Boolean, nullable=False),
)
ODD = (
    "",
    "NULL",
    "null",
    " a ",
    '\\"',
    "\\",
    '","',
    "{}",
    "'",
    "a\nb\tc",
    "%",
    ":x",
    "\u00e9\u4e16",
)
AT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def thing(
    number: int, words: str | None = 'a, "b" {c} \\d %s', **other: object
) -> dict[str, object]:
    return {
        "kind": "k",
        "number": number,
        "words": words,
        "body": bytes(range(256)),
        "at": AT,
        "done": True,
        **other,
    }


async def test_rows_come_back_as_they_were_written(new_store: NewStore) -> None:
    rows = [
        thing(1),
        thing(2, None, body=None, at=None, done=False),
        *(thing(number, words) for number, words in enumerate(ODD, 3)),
    ]

    assert await written(new_store, rows) == [tuple(each.values()) for each in rows]


async def test_no_rows_are_no_statement(new_store: NewStore) -> None:
    assert await written(new_store, []) == []


async def test_a_row_replaces_the_one_with_its_key(new_store: NewStore) -> None:
    rows = [thing(1), thing(2)]

    found = await written(new_store, rows, [thing(2, "newer"), thing(3)])

    assert [words for _, _, words, *_ in found] == [thing(1)["words"], "newer", thing(3)["words"]]


async def test_rows_are_changed_by_their_key(new_store: NewStore) -> None:
    rows = [thing(1), thing(2), thing(3)]
    database = await _database(new_store)
    await database.write(lambda each: bulk.write(each, THINGS, rows))
    changed = [{"kind": "k", "number": n, "words": words} for n, words in ((1, "new"), (3, None))]
    await database.write(lambda each: bulk.change(each, THINGS, changed))
    await database.write(lambda each: bulk.change(each, THINGS, []))

    query = select(THINGS.c.words, THINGS.c.done).order_by(THINGS.c.number)
    found = await database.read(lambda each: [tuple(row) for row in each.execute(query)])

    assert found == [("new", True), (thing(2)["words"], True), (None, True)]
    database.close()


async def test_only_rows_among_the_values_are_read(new_store: NewStore) -> None:
    database = await _database(new_store)
    await database.write(lambda each: bulk.write(each, THINGS, [thing(n) for n in range(5)]))

    def read(connection: Connection) -> list[int]:
        query = select(THINGS.c.number).where(
            bulk.among(connection.dialect.name, THINGS.c.number, "numbers")
        )
        return sorted(connection.scalars(query, {"numbers": [1, 3, 9]}))

    assert await database.read(read) == [1, 3]
    database.close()


async def test_rows_among_odd_texts_are_read(new_store: NewStore) -> None:
    database = await _database(new_store)
    rows = [thing(number, words) for number, words in enumerate(ODD)]
    await database.write(lambda each: bulk.write(each, THINGS, rows))

    def read(connection: Connection) -> list[str]:
        some = bulk.among(connection.dialect.name, THINGS.c.words, "texts")
        query = select(THINGS.c.words).where(some).order_by(THINGS.c.number)
        return list(connection.scalars(query, {"texts": [*ODD[::2], "not there"]}))

    assert await database.read(read) == list(ODD[::2])
    database.close()


async def written(
    new_store: NewStore, *groups: list[dict[str, object]]
) -> list[tuple[object, ...]]:
    """The rows after these groups, the later ones replacing."""
    database = await _database(new_store)
    for number, rows in enumerate(groups):
        await database.write(partial(bulk.write, table=THINGS, rows=rows, replace=number > 0))
    query = select(THINGS).order_by(THINGS.c.number)
    found = await database.read(lambda each: [tuple(row) for row in each.execute(query)])
    database.close()
    return found


async def _database(new_store: NewStore) -> Database:
    database = Database(new_store("bulk"))
    await database.write(METADATA.create_all)
    return database
