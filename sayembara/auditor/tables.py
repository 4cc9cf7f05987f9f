"""The tables of the auditor: the tree, what was signed of it, and what verifications came to."""

from kit.tables import Counter, UtcTime
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

progress = Table(
    "progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),  # how many leaves there are
    Column("traffic", BigInteger, nullable=False),  # the last message that is not the auditor's
    Column("closing", BigInteger, nullable=False),  # the last one that closed a stage
    Column("missing", BigInteger, nullable=False),  # where a message is missing; 0: nowhere
)

leaves = Table(
    "leaves",
    metadata,
    Column("chunk", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("event", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
)

frozen = Table(
    "frozen",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
)
"""The stages whose public standings are frozen: what they hold back has no receipt yet."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
)

cosignatures = Table(
    "cosignatures",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("witness", String(300), primary_key=True),
    Column("line", Text, nullable=False),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("since", UtcTime, nullable=False),  # when the auditor first ran
    Column("asked_at", UtcTime, nullable=True),  # when somebody asked for a verification
)

verifications = Table(
    "verifications",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("began_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("exit_code", Integer, nullable=False),
    Column("page", Text, nullable=False),
)
