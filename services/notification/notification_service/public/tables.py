"""The tables of the public view: every view, and how far a late start has come."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, Text

from notification_service.tables import metadata

shown = Table(
    "shown",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=True, unique=True),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("event_type", String(100), nullable=False),
    Column("edition", String(64), nullable=False),
    Column("held_by", Text, nullable=False),  # stages, with a space between
    Column("subject", String(400), nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""The public view of each event, as it is published.

`position` is the event's place on the log. `number` is the view's place on the public stream; it
has none while it is held back. Once it has one, the row never changes.
"""

catching_up = Table(
    "catching_up", metadata, Column("position", BigInteger, primary_key=True, autoincrement=False)
)
"""One row while a store from before there was a public view catches up: shown up to there."""
