"""The tree, what was signed of it, and what verifications came to."""

import sqlalchemy as sa
from alembic import op
from kit.tables import Counter, UtcTime

revision = "auditor_0001"
down_revision = None
branch_labels = ("auditor",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _create_tree()
    _create_proofs()
    _create_verifications()


def _create_tree() -> None:
    op.create_table(
        "progress",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("traffic", sa.BigInteger, nullable=False),
        sa.Column("closing", sa.BigInteger, nullable=False),
        sa.Column("missing", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leaves",
        sa.Column("chunk", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "nodes",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("event", sa.String(64), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )


def _create_proofs() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("signed_at", UtcTime, nullable=False),
    )
    op.create_table(
        "cosignatures",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("witness", sa.String(300), primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
    )


def _create_verifications() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=True),
    )
    op.create_table(
        "verifications",
        sa.Column("number", Counter, primary_key=True, autoincrement=True),
        sa.Column("began_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime, nullable=False),
        sa.Column("exit_code", sa.Integer, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for names in (
        ("verifications", "schedule", "cosignatures", "checkpoints"),
        ("events", "nodes", "leaves", "progress"),
    ):
        for table in names:
            op.drop_table(table)
