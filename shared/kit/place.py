"""Where a second store is while it is made, and how it takes the place of the first one.

One step decides which store is in force: a rename of a file, or a transaction. A crash before it
leaves the first one in force, and a crash after it the second one.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from kit.database import postgresql

BESIDE_SQLITE = ("", "-journal", "-wal", "-shm")
QUICK = ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-65536")


class InUse(RuntimeError):
    """Another process has the store open: it cannot be put away under its hands."""


class Place(Protocol):
    """The second store. `first` is the schema in which its connection sees the store in force."""

    first: str
    kept_as: str

    def make(self) -> Engine:
        """Make it anew, empty; an engine of one connection that writes to it."""

    def take_over(self) -> None:
        """Put it in force, and the first one away as `kept_as`. Nobody has either of them open."""

    def clear(self) -> None:
        """Leave nothing of a store that did not come into force."""


class FilePlace:
    """Beside a SQLite store: a file next to it."""

    first = "first"

    def __init__(self, url: URL) -> None:
        self._url = url
        self._path = Path(str(url.database)).absolute()
        self._made = self._path.with_suffix(f".rebuilt{self._path.suffix}")
        self._kept = self._path.with_suffix(f".before{self._path.suffix}")
        self.kept_as = str(self._kept)

    def make(self) -> Engine:
        """A new file; what is on its way to the disk counts only when it takes over."""
        self.clear()
        engine = create_engine(
            self._url.set(database=str(self._made)),
            poolclass=NullPool,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )
        event.listen(engine, "connect", self._set_up)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine

    def _set_up(self, connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in QUICK:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"ATTACH ? AS {self.first}", (str(self._path),))

    def take_over(self) -> None:
        """Rename the new file to the old one's name, which has another name by then."""
        for each in BESIDE_SQLITE[1:]:
            if Path(f"{self._path}{each}").exists():
                raise InUse(f"another process has {self._path} open: close it, and try again")
        _sync(self._made)
        self._kept.unlink(missing_ok=True)
        # A second name first: so there is no moment at which no store is there.
        os.link(self._path, self._kept)
        os.replace(self._made, self._path)
        _sync(self._path.parent)

    def clear(self) -> None:
        """Remove the new file, and a second name that was given in vain."""
        for each in BESIDE_SQLITE:
            Path(f"{self._made}{each}").unlink(missing_ok=True)
        if self._kept.exists() and self._kept.samefile(self._path):
            self._kept.unlink()


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class SchemaPlace:
    """Beside a PostgreSQL store: a schema in the same database."""

    first = "public"
    made = "rebuilt"
    kept_as = "before"

    def __init__(self, url: URL) -> None:
        self._url = url

    def make(self) -> Engine:
        """A new schema, which its connection writes to; it sees one moment of the first one."""
        with self._transaction() as connection:
            _tell(connection, f"DROP SCHEMA IF EXISTS {self.made} CASCADE")
            _tell(connection, f"CREATE SCHEMA {self.made}")
        engine = postgresql(self._url, poolclass=NullPool, isolation_level="REPEATABLE READ")
        event.listen(engine, "connect", self._set_up, insert=True)
        return engine

    def _set_up(self, connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET search_path TO {self.made}")
        cursor.close()
        connection.commit()

    def take_over(self) -> None:
        """Rename both schemas in one transaction."""
        with self._transaction() as connection:
            _tell(connection, f"DROP SCHEMA IF EXISTS {self.kept_as} CASCADE")
            _tell(connection, f"ALTER SCHEMA {self.first} RENAME TO {self.kept_as}")
            _tell(connection, f"ALTER SCHEMA {self.made} RENAME TO {self.first}")

    def clear(self) -> None:
        """Drop the new schema."""
        with self._transaction() as connection:
            _tell(connection, f"DROP SCHEMA IF EXISTS {self.made} CASCADE")

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with postgresql(self._url, poolclass=NullPool).begin() as connection:
            yield connection


def _tell(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def place_beside(url: URL) -> Place:
    """The place of a second store beside the one at that address."""
    return FilePlace(url) if url.get_backend_name() == "sqlite" else SchemaPlace(url)
