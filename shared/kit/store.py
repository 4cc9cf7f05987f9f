"""What a handler is given: its service's tables inside one transaction, and the moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table

from kit import bulk
from kit.cause import Cause

MEMORY = "memory"


@dataclass
class Store:
    """A service's tables and queries inside one transaction.

    `now` is the service's clock when the transaction began (UTC). `position` is the place on the
    log of the last message that the service took, the one being handled included. `cause` is what
    an event that is said now follows from: the message or own event being handled, or the command.
    """

    connection: Connection
    now: datetime
    position: int = 0
    cause: Cause | None = field(default=None, kw_only=True)

    @property
    def memory(self) -> dict[Any, Any]:
        """What the service holds from one transaction to the next; empty again after a failed one.

        It goes with the connection that writes. Change it in the service's `finish` only: what is
        changed earlier may belong to a message that is then refused by itself.
        """
        memory: dict[Any, Any] = self.connection.info.setdefault(MEMORY, {})
        return memory

    def read_ahead(self, keys: Sequence[Any]) -> None:
        """Read at once what the commands of these keys will read; they do without it too."""

    def flush(self) -> None:
        """Write what the store holds back; called before a savepoint or the transaction ends."""

    def forget(self) -> None:
        """Drop what the store has read or holds back: a savepoint was rolled back."""

    def put(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the rows, all of the same columns, each over the row with its primary key."""
        bulk.write(self.connection, table, rows, replace=True)
