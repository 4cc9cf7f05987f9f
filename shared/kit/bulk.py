"""Many rows in one statement, on every kind of store."""

from collections.abc import Mapping, Sequence
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
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite


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
    insert: Any
    given: Any
    if connection.dialect.name == "postgresql":
        # The driver sends a statement for each row; arrays are one statement for all of them.
        columns = (func.unnest(_array(table.c[name])) for name in rows[0])
        insert = postgresql.insert(table).from_select(list(rows[0]), select(*columns))
        given = {name: [row[name] for row in rows] for name in rows[0]}
    else:
        insert, given = sqlite.insert(table), rows
    if replace:
        key = [column.name for column in table.primary_key]
        rest = {name: insert.excluded[name] for name in rows[0] if name not in key}
        insert = insert.on_conflict_do_update(index_elements=key, set_=rest)
    connection.execute(insert, given)


def _array(column: Column[Any]) -> ColumnElement[Any]:
    return bindparam(column.name, type_=ARRAY(column.type))


def among(
    connection: Connection, column: Column[Any], values: Sequence[Any]
) -> ColumnElement[bool]:
    """The rows whose column has one of these values."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(values, ARRAY(column.type)))
    return column.in_(values)
