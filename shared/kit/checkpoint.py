"""The checkpoint: how far on the log a service has come, in the transaction of what it did."""

from sqlalchemy import Connection, MetaData, bindparam, insert, select, update

from kit.tables import checkpoint

READ = select(checkpoint.c.position)
ADVANCE = (
    update(checkpoint)
    .where(checkpoint.c.position == bindparam("before"))
    .values(position=bindparam("after"))
)


class Overtaken(RuntimeError):
    """Another process of this service moved the checkpoint: this one must stop at once."""


def read(connection: Connection) -> int:
    """The position of the last message taken; 0 at the very beginning."""
    return connection.scalar(READ) or 0


def read_in(connection: Connection, schema: str) -> int:
    """The same, of the store that this connection sees in a schema."""
    there = checkpoint.to_metadata(MetaData(), schema=schema)
    return connection.scalar(select(there.c.position)) or 0


def advance(connection: Connection, before: int, after: int) -> None:
    """Move from `before` to `after`; raises Overtaken when it is not at `before` any more."""
    if before == 0 and connection.scalar(READ) is None:
        connection.execute(insert(checkpoint).values(id=1, position=0))
    moved = connection.execute(ADVANCE, {"before": before, "after": after})
    if moved.rowcount != 1:
        raise Overtaken(f"the checkpoint is no longer at {before}; another process has the lead")
