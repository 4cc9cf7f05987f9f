"""A rebuilt store beside the first one: where they differ, and what is carried over."""

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.operations import TableDiffers
from sqlalchemy import (
    Connection,
    MetaData,
    Select,
    Table,
    and_,
    delete,
    except_,
    exists,
    func,
    insert,
    select,
    text,
    update,
)

from kit.kept import Kept
from kit.service import Service
from kit.tables import outbox, parked, rehearsal_clock

EXAMPLES_MAX = 5
CLOCK = Kept(rehearsal_clock, "a rehearsal's clock is set, and no event tells it")
PLACES = Kept(outbox, "the relay notes some time later where an event is", columns=("position",))
TOLD_OF_PARKED = ("position", "outcome")


def differences(connection: Connection, service: Service, first: str) -> tuple[TableDiffers, ...]:
    """Each table whose rows are others in the rebuilt store than in the first one."""
    found = (_difference(connection, *each, first) for each in _compared(service))
    return tuple(each for each in found if each is not None)


def _compared(service: Service) -> Iterator[tuple[Table, list[str], Kept | None]]:
    rules = {each.table.name: each for each in (*service.kept, PLACES)}
    for table in (*service.metadata.sorted_tables, outbox):
        kept = rules.get(table.name)
        if kept is None or not kept.is_whole:
            left_out = kept.columns if kept else ()
            yield table, [each.name for each in table.c if each.name not in left_out], kept
    yield parked, list(TOLD_OF_PARKED), None


def _difference(
    connection: Connection, table: Table, names: list[str], kept: Kept | None, first: str
) -> TableDiffers | None:
    before, after = (_rows(each, names, kept) for each in (_in(first, table), table))
    gone, new = (except_(*each).subquery() for each in ((before, after), (after, before)))
    counts = [
        connection.scalar(select(func.count()).select_from(each)) or 0 for each in (gone, new)
    ]
    if not any(counts):
        return None
    keys = [each.name for each in table.primary_key]
    found = {
        "/".join(map(str, row))
        for each in (gone, new)
        for row in connection.execute(
            select(*(each.c[name] for name in keys)).order_by(*keys).limit(EXAMPLES_MAX)
        )
    }
    examples = tuple(sorted(found)[:EXAMPLES_MAX])
    return TableDiffers(
        table=table.name, before=counts[0] or 0, after=counts[1] or 0, examples=examples
    )


def _rows(table: Table, names: Sequence[str], kept: Kept | None) -> Select[Any]:
    found = select(*(table.c[name] for name in names))
    return found.where(~kept.only(table)) if kept and kept.only else found


def _in(schema: str, table: Table) -> Table:
    return table.to_metadata(MetaData(), schema=schema)


def settle_parked(connection: Connection, first: str) -> None:
    """A message that the first store set aside too is set aside as it was there.

    One that an operator dealt with since is not set aside again: it was said that it was parked,
    and it is not parked any more.
    """
    there = _in(first, parked)
    theirs, ours = (set(connection.scalars(select(each.c.position))) for each in (there, parked))
    again = {each for each in ours - theirs if _was_parked(connection, each)}
    connection.execute(delete(parked).where(parked.c.position.in_(again | (ours & theirs))))
    rows = select(there).where(there.c.position.in_(ours & theirs))
    connection.execute(insert(parked).from_select([each.name for each in there.c], rows))


def _was_parked(connection: Connection, position: int) -> bool:
    said = select(outbox.c.id).where(outbox.c.subject.like(f"%.message.{position}.parked"))
    return connection.scalar(said.limit(1)) is not None


def carry_over(connection: Connection, service: Service, first: str) -> None:
    """Write what is kept into the rebuilt store, as it is in the first one now."""
    settle_parked(connection, first)
    for kept in (*service.kept, CLOCK):
        if kept.columns:
            _carry_columns(connection, kept, first)
        else:
            _carry_rows(connection, kept, _in(first, kept.table))
    if connection.dialect.name == "postgresql":
        _count_on(connection, (*service.metadata.sorted_tables, outbox))


def _carry_rows(connection: Connection, kept: Kept, there: Table) -> None:
    gone, rows = delete(kept.table), select(there)
    if kept.only:
        gone, rows = gone.where(kept.only(kept.table)), rows.where(kept.only(there))
    connection.execute(gone)
    connection.execute(insert(kept.table).from_select([each.name for each in there.c], rows))


def _carry_columns(connection: Connection, kept: Kept, first: str) -> None:
    table, there = kept.table, _in(first, kept.table).alias("there")
    same = and_(*(table.c[each.name] == there.c[each.name] for each in table.primary_key))
    values = {each: select(there.c[each]).where(same).scalar_subquery() for each in kept.columns}
    connection.execute(update(table).where(exists().where(same)).values(values))


def _count_on(connection: Connection, tables: Sequence[Table]) -> None:
    # Rows that were written with their numbers leave the sequence where it began.
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            last = f"SELECT coalesce(max({column.name}), 0) + 1 FROM {table.name}"
            sequence = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
            connection.execute(text(f"SELECT setval({sequence}, ({last}), false)"))
