"""The tables of ranking. Exact numbers are text; what was heard is kept as it was heard."""

from kit.tables import UtcTime
from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table, Text

metadata = MetaData()

editions = Table(
    "editions",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("rulebook", Text, nullable=False),
    Column("rulebook_digest", String(71), nullable=False),
    Column("announced", Boolean, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("agency", String(64), nullable=False),
    Column("agency_name", Text, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("labels", Text, nullable=False, server_default="{}"),
)

sheets = Table(
    "sheets",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("juror", String(64), primary_key=True),
    Column("part", String(64), primary_key=True, server_default=""),
    Column("version", Integer, nullable=False),
    Column("marks", Text, nullable=False),
)

recusals = Table(
    "recusals",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("juror", String(64), primary_key=True),
)

seats = Table(
    "seats",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("juror", String(64), primary_key=True),
    Column("panel", String(64), nullable=True),
    Column("agency", String(64), nullable=False),
)

amendments = Table(
    "amendments",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("before", String(71), nullable=False),
    Column("by", Text, nullable=False),
    Column("minute", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

standings = Table(
    "standings",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("score", Text, nullable=True),
    Column("sheets", Integer, nullable=False),
    Column("numbers", Text, nullable=False, server_default="{}"),
    Column("asked", Integer, nullable=False, server_default="0"),
    Column("rank", Integer, nullable=True),
    Column("advanced", Boolean, nullable=True),
    Column("computed_rank", Integer, nullable=True),
    Column("band", String(64), nullable=True),
    Column("because", String(20), nullable=True),
    Column("displaced", Text, nullable=True),
)

rankings = Table(
    "rankings",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("rulebook", Text, nullable=True),
)

awards = Table(
    "awards",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("award", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
    Column("basis", String(20), nullable=False),
    Column("rank", Integer, nullable=True),
    Column("reason", Text, nullable=True),
    Column("by", Text, nullable=True),
    Column("held_by", Text, nullable=False, server_default=""),
)

questions = Table(
    "questions",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("asked", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("decided", Text, nullable=False),
)

moments = Table(
    "moments",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("freeze_at", UtcTime, nullable=False),
)
"""When the rulebooks freeze their stages, whether that moment has come or not."""

frozen = Table(
    "frozen",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("rulebook_digest", String(71), nullable=False),
    Column("rows", Text, nullable=False),
    Column("asked", Text, nullable=True),
    Column("unfrozen_at", UtcTime, nullable=True),  # null while it is frozen
)
"""What the public saw of a stage when it was frozen the last time."""

revealed = Table(
    "revealed",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("proposal", String(64), primary_key=True),
)
"""The places of a frozen stage that the public has seen since."""
