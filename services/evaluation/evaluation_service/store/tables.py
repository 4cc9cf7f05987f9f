"""The tables of evaluation. A panel or a part that is not there is an empty text."""

from typing import Any

from kit.tables import UtcTime
from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

metadata = MetaData()


def _key(*names: str) -> list[Column[Any]]:
    return [Column(name, String(64), primary_key=True) for name in names]


editions = Table(
    "editions",
    metadata,
    *_key("edition"),
    Column("digest", String(71), nullable=False),
    Column("rulebook", Text, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    *_key("edition", "proposal"),
    Column("title", String(300), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("agency_name", String(300), nullable=False),
    Column("innovator", Text, nullable=False),
    Column("gone_at", UtcTime, nullable=True),
)

entries = Table(
    "entries",
    metadata,
    *_key("edition", "stage", "proposal"),
    Column("entered_at", UtcTime, nullable=False),
)

jurors = Table(
    "jurors",
    metadata,
    *_key("edition", "stage", "juror"),
    Column("office", String(200), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("panel", String(64), nullable=False, server_default=""),
    Column("seated_at", UtcTime, nullable=False),
)

conflicts = Table(
    "conflicts",
    metadata,
    *_key("edition", "stage", "proposal", "juror"),
    Column("kind", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("declared_at", UtcTime, nullable=False),
)

recusals = Table(
    "recusals",
    metadata,
    *_key("edition", "stage", "proposal", "juror"),
    Column("reason", Text, nullable=False),
    Column("recused_at", UtcTime, nullable=False),
)

sheets = Table(
    "sheets",
    metadata,
    *_key("edition", "stage", "proposal", "juror", "part"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("marks", Text, nullable=False),
    Column("reason", Text, nullable=True),
    Column("entered_by", String(200), nullable=True),
    Column("entered_from", String(300), nullable=True),
    Column("handed_in_at", UtcTime, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    *_key("edition", "stage", "proposal"),
    Column("sheets", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)

closings = Table(
    "closings",
    metadata,
    *_key("edition", "stage"),
    Column("by", String(200), nullable=False),
    Column("decision", Text, nullable=True),
    Column("closed_at", UtcTime, nullable=False),
)
