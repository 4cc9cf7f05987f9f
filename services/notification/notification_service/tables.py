"""The tables of notification: contacts, what notices need to know, and every notice."""

from kit.tables import Counter, UtcTime
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

names = Table(
    "names",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),  # empty: the name of the edition itself
    Column("name_id", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

terms = Table(
    "terms",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("kind", String(20), primary_key=True),  # band or limit
    Column("term", String(64), primary_key=True),
    Column("name_id", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("agency", String(64), nullable=False),
    Column("agency_name", Text, nullable=False),
)

seats = Table(
    "seats",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("juror", String(64), primary_key=True),
    Column("office", Text, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("party", String(64), primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""Where a party is reached: its name and address can be read with the key of that id only."""

ended_keys = Table("ended_keys", metadata, Column("key", String(64), primary_key=True))
"""Keys that no contact has any more, until they are destroyed."""

forgotten = Table(
    "forgotten",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("party", String(64), primary_key=True),
    Column("role", String(20), primary_key=True),
)
"""Parties whose contact was erased; they may have been given another one since."""

notices = Table(
    "notices",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("notice", String(64), nullable=False, unique=True),
    Column("edition", String(64), nullable=False),
    Column("party", String(64), nullable=False),
    Column("role", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcTime, nullable=True),
    Column("reason", Text, nullable=True),
    Column("correlation", Text, nullable=True),
    Column("cause", Text, nullable=True),  # the event that the notice tells of
    Column("held_by", Text, nullable=False, server_default=""),
    Index("ix_notices_state", "state"),
)

freezings = Table(
    "freezings",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("frozen_from", BigInteger, primary_key=True, autoincrement=False),
    Column("frozen_until", BigInteger, nullable=True),  # null while it is frozen
)
"""From which position of the log to which the public standings of a stage were frozen."""

sent = Table("sent", metadata, Column("notice", String(64), primary_key=True))
"""Notices whose mail has left, until that is recorded and said."""

consumers = Table(
    "consumers",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("nkey", String(56), nullable=False),
    Column("events", Text, nullable=False),  # types, with a space between
    Column("of_edition", String(64), nullable=True),  # empty: all of them
    Column("view", String(20), nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("whole_log", Boolean, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Who may consume which events, or might; `by` and `reason` are of what was decided last."""
