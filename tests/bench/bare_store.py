"""The bare loop's store: one transaction for a batch, by hand, with full durability."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

import pg8000.native

TABLES = (
    "CREATE TABLE sheets (proposal text, juror text, marks text, PRIMARY KEY (proposal, juror))",
    "CREATE TABLE standings (proposal text PRIMARY KEY, score text, sheets integer)",
    "CREATE TABLE outbox (id bigint PRIMARY KEY, body text, position bigint)",
    "CREATE TABLE checkpoint (position bigint)",
    "INSERT INTO checkpoint VALUES (0)",
)


class Sheet(NamedTuple):
    proposal: str
    juror: str
    marks: str


class Store(Protocol):
    """What the bare loop asks of its store."""

    def begin(self) -> None: ...
    def keep_sheets(self, sheets: Sequence[Sheet]) -> None: ...
    def sheets_of(self, proposals: list[str]) -> Sequence[Sequence[Any]]: ...
    def keep_standings(self, rows: list[tuple[str, str, int]]) -> None: ...
    def commit(self, number: int, body: str, position: int) -> None: ...
    def mark(self, number: int, position: int) -> None: ...


class Sqlite:
    """sqlite3 as it is."""

    def __init__(self, path: str) -> None:
        self.raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self.raw.execute(f"PRAGMA {pragma}")
        for table in TABLES:
            self.raw.execute(table)

    def begin(self) -> None:
        self.raw.execute("BEGIN IMMEDIATE")

    def keep_sheets(self, sheets: Sequence[Sheet]) -> None:
        self.raw.executemany("INSERT OR REPLACE INTO sheets VALUES (?, ?, ?)", sheets)

    def sheets_of(self, proposals: list[str]) -> Sequence[Sequence[Any]]:
        marks = ",".join("?" * len(proposals))
        query = f"SELECT proposal, marks FROM sheets WHERE proposal IN ({marks})"
        return self.raw.execute(query, proposals).fetchall()

    def keep_standings(self, rows: list[tuple[str, str, int]]) -> None:
        self.raw.executemany("INSERT OR REPLACE INTO standings VALUES (?, ?, ?)", rows)

    def commit(self, number: int, body: str, position: int) -> None:
        self.raw.execute("INSERT INTO outbox VALUES (?, ?, NULL)", (number, body))
        self.raw.execute("UPDATE checkpoint SET position = ?", (position,))
        self.raw.execute("COMMIT")

    def mark(self, number: int, position: int) -> None:
        self.raw.execute("UPDATE outbox SET position = ? WHERE id = ?", (position, number))


class Postgresql:
    """pg8000 as it is, with arrays instead of many rows."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.raw = pg8000.native.Connection(
            "postgres",
            database=parts.path.removeprefix("/"),
            unix_sock=parse_qs(parts.query)["unix_sock"][0],
        )
        for table in TABLES:
            self.raw.run(table)

    def begin(self) -> None:
        self.raw.run("BEGIN")

    def keep_sheets(self, sheets: Sequence[Sheet]) -> None:
        proposals, jurors, marks = (list(column) for column in zip(*sheets, strict=True))
        self.raw.run(
            "INSERT INTO sheets SELECT * FROM unnest(CAST(:p AS text[]), CAST(:j AS text[]),"
            " CAST(:m AS text[])) ON CONFLICT (proposal, juror) DO UPDATE SET marks=excluded.marks",
            p=proposals,
            j=jurors,
            m=marks,
        )

    def sheets_of(self, proposals: list[str]) -> Sequence[Sequence[Any]]:
        query = "SELECT proposal, marks FROM sheets WHERE proposal = ANY(CAST(:p AS text[]))"
        found: list[list[Any]] = self.raw.run(query, p=proposals)
        return found

    def keep_standings(self, rows: list[tuple[str, str, int]]) -> None:
        proposals, scores, counts = (list(column) for column in zip(*rows, strict=True))
        self.raw.run(
            "INSERT INTO standings SELECT * FROM unnest(CAST(:p AS text[]), CAST(:s AS text[]),"
            " CAST(:n AS integer[])) ON CONFLICT (proposal) DO UPDATE SET score=excluded.score,"
            " sheets=excluded.sheets",
            p=proposals,
            s=scores,
            n=counts,
        )

    def commit(self, number: int, body: str, position: int) -> None:
        self.raw.run("INSERT INTO outbox VALUES (:n, :b, NULL)", n=number, b=body)
        self.raw.run("UPDATE checkpoint SET position = :p", p=position)
        self.raw.run("COMMIT")

    def mark(self, number: int, position: int) -> None:
        self.raw.run("UPDATE outbox SET position = :p WHERE id = :n", p=position, n=number)


def store_at(url: str) -> Store:
    if url.startswith("sqlite"):
        return Sqlite(url.removeprefix("sqlite:///"))
    return Postgresql(url)


def weighted(kept: str, weights: dict[str, int]) -> int:
    """The sum of the weighted marks of one sheet."""
    marks = json.loads(kept)
    return sum(weights[name] * int(mark) for name, mark in marks.items())
