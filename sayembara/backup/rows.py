"""A store as lines of text, the same for every kind of store, and back.

A line that is an object begins a table; each line after it is one of its rows, in the order of
the primary key. So a store of one kind can be put back as one of the other, and two stores are the
same when their lines are.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import chain, islice
from typing import Any

from kit import bulk
from kit.migrate import VERSIONS, migrate
from kit.service import Service
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    collate,
    func,
    select,
    text,
)

from sayembara.lines import line_of

ROWS = 1_000
"""How many rows are in memory at once."""


class Tables:
    """The tables of a store as they are there, whatever version of the code made them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def all(self) -> list[Table]:
        """Every table but that of the migrations, by name."""
        found = MetaData()
        found.reflect(self.connection)
        return [table for name, table in sorted(found.tables.items()) if name != VERSIONS]

    def migrations(self) -> list[str]:
        """The migrations that made them."""
        return sorted(self.connection.scalars(text(f"SELECT version_num FROM {VERSIONS}")))

    def are_empty(self) -> bool:
        """Whether there is no row in any of them."""
        return not any(self.connection.execute(select(each).limit(1)).first() for each in self.all)

    def lines(self) -> Iterator[str]:
        """All that is in them."""
        for table in self.all:
            names = sorted(table.c.keys())
            yield line_of({"table": table.name, "columns": names})
            rows = select(*(table.c[name] for name in names)).order_by(*self._order(table))
            for row in self.connection.execute(rows, execution_options={"yield_per": ROWS}):
                yield line_of([_plain(each) for each in row])

    def _order(self, table: Table) -> list[ColumnElement[Any]]:
        # Every store must sort alike: by bytes, and not as a language does.
        key: Sequence[Column[Any]] = list(table.primary_key) or list(table.c)
        if self.connection.dialect.name == "sqlite":
            return list(key)
        return [collate(each, "C") if isinstance(each.type, String) else each for each in key]


def fill(service: Service, connection: Connection, lines: Iterable[str]) -> int:
    """Make the tables of the service and put the rows in; gives how many there were."""
    migrate(service, connection)
    store = Tables(connection)
    by_name = {table.name: table for table in store.all}
    count = 0
    for head, rows in by_table(lines):
        table = by_name[head["table"]]
        while some := list(islice(rows, ROWS)):
            given = [dict(zip(head["columns"], each, strict=True)) for each in some]
            bulk.write(connection, table, given)
            count += len(some)
        _count_on(connection, table)
    return count


def by_table(lines: Iterable[str]) -> Iterator[tuple[dict[str, Any], Iterator[list[Any]]]]:
    """The head of each table in these lines, and its rows; to be read one after the other."""
    found = map(json.loads, lines)
    head = next(found, None)
    while head is not None:
        after: list[dict[str, Any]] = []
        yield head, _rows(found, after)
        head = after[0] if after else None


def _rows(found: Iterator[Any], after: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for each in found:
        if isinstance(each, dict):
            after.append(each)
            return
        yield [_from_plain(value) for value in each]


def _count_on(connection: Connection, table: Table) -> None:
    # SQLite goes on from the largest number by itself; PostgreSQL from what its sequence says.
    if connection.dialect.name == "sqlite":
        return
    for column in table.primary_key:
        if isinstance(column.type, Integer):
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            largest = select(func.max(column)).scalar_subquery()
            connection.execute(select(func.setval(sequence, largest)).where(largest.is_not(None)))


def first_difference(left: Iterable[str], right: Iterable[str]) -> int | None:
    """The number of the first line that is not the same in both; None when all are."""
    ends: Iterator[str | None] = chain(right, [None])
    number = 0
    for number, line in enumerate(left, 1):
        if line != next(ends, None):
            return number
    return None if next(ends, None) is None else number + 1


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"base64": b64encode(bytes(value)).decode()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _from_plain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "date" in value:
        return date.fromisoformat(value["date"])
    return b64decode(value["base64"])
