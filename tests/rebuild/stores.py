"""A store before and after it was rebuilt, whole: every column of every row."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from kit import tables
from kit.service import Service
from sqlalchemy import Connection, MetaData, create_engine, make_url, select
from sqlalchemy.pool import NullPool

from sayembara.documents.sources import SERVICES as ALL
from sayembara.rebuild import ENDED
from tests.support.waiting import until

SERVICES: Mapping[str, Service] = {each.name: each for each in ALL if each.hear is None}
BY_ORDER = {"by": "Operator", "reason": "gladi pembangunan ulang"}

Rows = dict[str, list[tuple[Any, ...]]]


def stores(url: str, service: Service) -> tuple[Rows, Rows]:
    """The rows by table of the store that was in force before, and of the one that is now."""
    found = make_url(url)
    if found.get_backend_name() == "sqlite":
        path = Path(str(found.database))
        kept = found.set(database=str(path.with_suffix(".before.db")))
        return _rows(kept, service, None), _rows(found, service, None)
    found = found.set(drivername="postgresql+pg8000")
    return _rows(found, service, "before"), _rows(found, service, "public")


def _rows(url: Any, service: Service, schema: str | None) -> Rows:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        metadata = [*service.metadata.sorted_tables, *tables.metadata.sorted_tables]
        return {each.name: _all(connection, each, schema) for each in metadata}


def _all(connection: Connection, table: Any, schema: str | None) -> list[tuple[Any, ...]]:
    there = table.to_metadata(MetaData(), schema=schema)
    names = [each.name for each in there.c if (table.name, each.name) != ("outbox", "position")]
    rows = connection.execute(select(*(there.c[name] for name in names)))
    return sorted((tuple(row) for row in rows), key=repr)


def assert_same(before: Rows, after: Rows) -> None:
    """Nothing differs but the word that the store was rebuilt."""
    said = [row for row in after["outbox"] if row not in before["outbox"]]
    assert [row[2].split(".")[-3:] for row in said] == [
        ["store", said[0][2].split(".")[-2], "rebuilt"]
    ]
    after = after | {"outbox": [row for row in after["outbox"] if row not in said]}
    for name, rows in before.items():
        assert after[name] == rows, f"{name} differs"


async def ended(ask: httpx.AsyncClient) -> dict[str, Any]:
    """How the rebuild ended that goes on."""
    seen: dict[str, Any] = {}

    async def is_over() -> bool:
        seen.update((await ask.get("/rebuild")).json())
        return seen["state"] in ENDED

    await until(is_over, "the rebuild is over", 60)
    return seen
