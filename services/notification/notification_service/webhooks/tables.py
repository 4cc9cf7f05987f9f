"""The tables of webhooks: which there are, where they lead, and every delivery."""

from kit.tables import Counter, UtcTime
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from notification_service.tables import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook", String(64), primary_key=True),
    Column("origin", Text, nullable=False),
    Column("events", Text, nullable=False),  # types, with a space between
    Column("of_edition", String(64), nullable=True),
    Column("view", String(20), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("paused_because", Text, nullable=True),
)
"""What the log tells of each webhook."""

endpoints = Table(
    "endpoints",
    metadata,
    Column("webhook", String(64), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("rotated_at", UtcTime, nullable=True),
    Column("queued_to", BigInteger, nullable=False),
)
"""Where each leads, with its secrets: readable with the key of that id only.

Everything up to `queued_to` that it is to be sent is among its deliveries: a number of the public
order, or for the internal view a position of the log.
"""

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("webhook", String(64), nullable=False),
    Column("event", String(64), nullable=False),
    Column("event_type", String(100), nullable=False),
    Column("edition", String(64), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("tried_at", UtcTime, nullable=True),
    Column("failing_since", UtcTime, nullable=True),
    Column("next_try_at", UtcTime, nullable=True),
    Column("status", Integer, nullable=True),
    Column("error", Text, nullable=True),
    Index("ix_deliveries_line", "webhook", "state", "edition", "number"),
    Index("ix_deliveries_position", "webhook", "position"),
    sqlite_autoincrement=True,
)
"""Of a webhook and an edition, the queued one of the lowest number is sent next, and no other."""
