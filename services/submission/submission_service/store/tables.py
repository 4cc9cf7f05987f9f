"""The tables of submission. JSON is Text; dates and moments are kept whole."""

from kit.tables import UtcTime
from sqlalchemy import Column, Date, Integer, MetaData, String, Table, Text

metadata = MetaData()

editions = Table(
    "editions",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("digest", String(80), nullable=False),
    Column("opened_at", UtcTime, nullable=True),
)

amendments = Table(
    "amendments",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("before", String(80), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("decision", Text, nullable=False),
    Column("amended_at", UtcTime, nullable=False),
)

ranked = Table(
    "ranked",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
)

frozen = Table(
    "frozen",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
)
"""The stages whose public standings are frozen."""

held = Table(
    "held",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("proposal", String(64), nullable=False),
    Column("held_by", Text, nullable=False),
    Column("event_type", String(100), nullable=False),
    Column("content", Text, nullable=False),
)
"""What was heard of proposals, and is not shown while these stages are frozen."""

announced = Table("announced", metadata, Column("edition", String(64), primary_key=True))

agencies = Table(
    "agencies",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("agency", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(64), nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("content", Text, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

revisions = Table(
    "revisions",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)

redactions = Table(
    "redactions",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("by", Text, nullable=False),
    Column("redacted_at", UtcTime, nullable=False),
)
"""The proposals whose text was erased: its drafts and revisions are there, and empty."""

proposals = Table(
    "proposals",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_key", Text, nullable=False),
    Column("agency", String(64), nullable=False),
    Column("agency_name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("innovator", Text, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("content_digest", String(80), nullable=False),
    Column("grounds", Text, nullable=False),
    Column("labels", Text, nullable=False),
)

results = Table(
    "results",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("content", Text, nullable=False),
)

awards = Table(
    "awards",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("award", String(64), primary_key=True),
    Column("content", Text, nullable=False),
)
