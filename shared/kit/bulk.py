"""Many rows in one statement, on every kind of store.

Statements are made once and kept: to make one costs as much as to run it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    String,
    Table,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

POSTGRESQL = "postgresql"
KEPT_MAX = 500

Into = Sequence[tuple[str, Callable[[Any], Any] | None]]
"""The columns of a statement in their order, each with what makes of a value what the driver takes.
"""


def write(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    replace: bool = False,
) -> None:
    """Insert the rows, all of the same columns; to `replace` is to write over the same key."""
    if not rows:
        return
    dialect, names = connection.dialect, tuple(rows[0])
    if dialect.name == POSTGRESQL:
        connection.execute(_insert(dialect.name, table, names, replace), _arrays(rows, names))
    else:
        # Said to the driver itself: SQLAlchemy would look at each row twice before it does.
        statement, into = _said(dialect, table, names, replace)
        values = zip(*(_column(rows, *each) for each in into), strict=True)
        connection.exec_driver_sql(statement, list(values))


def add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Insert the rows, all of the same columns; gives the numbers that the store gave them.

    For a table whose primary key is a number that counts up, and that nobody else writes to now.
    """
    if rows and connection.dialect.name == POSTGRESQL:
        names = tuple(rows[0])
        insert = _insert(POSTGRESQL, table, names, replace=False, told=True)
        # The store counts up row by row; in which order it tells the numbers, it does not say.
        return sorted(connection.execute(insert, _arrays(rows, names)).scalars())
    write(connection, table, rows)
    last: int = connection.exec_driver_sql("SELECT last_insert_rowid()").scalar_one()
    return range(last - len(rows) + 1, last + 1)


def _arrays(rows: Sequence[Mapping[str, Any]], names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}


def _column(
    rows: Sequence[Mapping[str, Any]], name: str, given: Callable[[Any], Any] | None
) -> Iterable[Any]:
    found = map(itemgetter(name), rows)
    return found if given is None else map(given, found)


@lru_cache(maxsize=KEPT_MAX)
def _said(
    dialect: Dialect, table: Table, names: tuple[str, ...], replace: bool
) -> tuple[str, Into]:
    compiled = _insert(dialect.name, table, names, replace).compile(
        dialect=dialect, column_keys=list(names)
    )
    into = [
        (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in compiled.positiontup
    ]
    return str(compiled), into


def change(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change the rows with these primary keys; what they name beside the key is set."""
    if not rows:
        return
    dialect, names = connection.dialect.name, tuple(rows[0])
    given: Any = [{f"new_{name}": row[name] for name in names} for row in rows]
    if dialect == POSTGRESQL:
        given = {f"new_{name}": [row[name] for row in rows] for name in names}
    connection.execute(_update(dialect, table, names), given)


@lru_cache(maxsize=KEPT_MAX)
def _update(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    key = [column.name for column in table.primary_key]
    new: Any = {name: bindparam(f"new_{name}") for name in names}
    if dialect == POSTGRESQL:
        arrays = (_array(table.c[name], f"new_{name}") for name in names)
        columns = [func.unnest(each).label(name) for each, name in zip(arrays, names, strict=True)]
        new = select(*columns).subquery("new").c
    here = (table.c[name] == new[name] for name in key)
    return update(table).where(*here).values({name: new[name] for name in names if name not in key})


@lru_cache(maxsize=KEPT_MAX)
def _insert(
    dialect: str, table: Table, names: tuple[str, ...], replace: bool, told: bool = False
) -> Any:
    insert: Any = sqlite.insert(table)
    if dialect == POSTGRESQL:
        # The driver sends a statement for each row; arrays are one statement for all of them.
        columns = (func.unnest(_array(table.c[name], name)) for name in names)
        insert = postgresql.insert(table).from_select(list(names), select(*columns))
    if not replace:
        return insert.returning(*table.primary_key) if told else insert
    key = [column.name for column in table.primary_key]
    rest = {name: insert.excluded[name] for name in names if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=rest)


def _array(column: Column[Any], name: str) -> ColumnElement[Any]:
    if isinstance(column.type, String):
        return cast(bindparam(name, type_=_Texts), ARRAY(column.type))
    return bindparam(name, type_=ARRAY(column.type))


class _Texts(TypeDecorator[Sequence[str | None]]):
    """An array of texts as PostgreSQL writes it: the driver looks at each sign by itself."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str | None] | None, _: Dialect) -> str:
        return "{" + ",".join(map(_quoted, value or ())) + "}"


def _quoted(text: str | None) -> str:
    if text is None:
        return "NULL"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def among(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """The rows whose column has one of the values in the parameter of this name."""
    if dialect == POSTGRESQL:
        return column == any_(_array(column, name))
    # One parameter however many there are: so the statement is the same each time, and kept.
    each = func.json_each(bindparam(name, type_=_Listed)).table_valued("value")
    return column.in_(select(each.c.value))


class _Listed(TypeDecorator[Sequence[Any]]):
    """Many values in one parameter: a list in JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, _: Dialect) -> str:
        return json.dumps(list(value or ()))
