"""Who leads: of all processes of one service one is active; the others wait on a lock.

The lock is in the service's store, or beside it. It goes with the process or the connection that
holds it, so a crash frees it at once.
"""

from hashlib import sha256
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kit.database import Database, postgresql


class Lead(Protocol):
    """The lock of one service. All calls block shortly: run them off the event loop."""

    def acquire(self) -> bool:
        """Try to take the lead; True when this process has it."""

    def holds(self) -> bool:
        """Whether this process still has the lead."""

    def release(self) -> None:
        """Give the lead up."""


class FileLead:
    """The lead over a SQLite store: a lock file beside it."""

    def __init__(self, path: str) -> None:
        self._lock = FileLock(f"{path}.lock", thread_local=False)

    def acquire(self) -> bool:
        """Try to take the lead; True when this process has it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def holds(self) -> bool:
        """Whether this process still has the lead."""
        return self._lock.is_locked

    def release(self) -> None:
        """Give the lead up."""
        self._lock.release()


class PostgresLead:
    """The lead over a PostgreSQL store: an advisory lock on a connection of its own."""

    def __init__(self, database: Database, service: str) -> None:
        self._engine = postgresql(database.url, poolclass=NullPool)
        self._key = int.from_bytes(sha256(service.encode()).digest()[:8], signed=True)
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try to take the lead; True when this process has it."""
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}):
            self._connection = connection
            return True
        connection.close()
        return False

    def holds(self) -> bool:
        """Whether the connection that holds the lock is alive."""
        if self._connection is None:
            return False
        try:
            return bool(self._connection.scalar(text("SELECT 1")) == 1)
        except DBAPIError:
            return False

    def release(self) -> None:
        """Give the lead up."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def lead_of(database: Database, service: str) -> Lead:
    """The lock that fits the store."""
    if database.is_sqlite:
        return FileLead(str(database.url.database))
    return PostgresLead(database, service)
