"""Many rows in one statement, on every kind of store.

Statements are made once and kept: to make one costs as much as to run it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Table,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

POSTGRESQL = "postgresql"
KEPT_MAX = 500


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
    dialect, names = connection.dialect.name, tuple(rows[0])
    given: Any = rows
    if dialect == POSTGRESQL:
        given = {name: [row[name] for row in rows] for name in names}
    connection.execute(_insert(dialect, table, names, replace), given)


@lru_cache(maxsize=KEPT_MAX)
def _insert(dialect: str, table: Table, names: tuple[str, ...], replace: bool) -> Any:
    insert: Any = sqlite.insert(table)
    if dialect == POSTGRESQL:
        # The driver sends a statement for each row; arrays are one statement for all of them.
        columns = (func.unnest(_array(table.c[name], name)) for name in names)
        insert = postgresql.insert(table).from_select(list(names), select(*columns))
    if not replace:
        return insert
    key = [column.name for column in table.primary_key]
    rest = {name: insert.excluded[name] for name in names if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=rest)


def _array(column: Column[Any], name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=ARRAY(column.type))


def among(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """The rows whose column has one of the values in the parameter of this name."""
    if dialect == POSTGRESQL:
        return column == any_(_array(column, name))
    return column.in_(bindparam(name, expanding=True))
