"""The kit's tables: outbox, checkpoint, parked, the rehearsal's clock."""

import sqlalchemy as sa
from alembic import op
from kit.tables import Counter, UtcTime

revision = "kit_0001"
down_revision = None
branch_labels = ("kit",)
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "outbox",
        sa.Column("id", Counter, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(64), nullable=False, unique=True),
        sa.Column("subject", sa.String(400), nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("said_at", UtcTime, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_position", "outbox", ["position"])
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "rehearsal_clock",
        sa.Column("ahead_seconds", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "parked",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("event_type", sa.String(100), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("parked_at", UtcTime, nullable=False),
        sa.Column("retry_at", UtcTime, nullable=True),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("parked", "rehearsal_clock", "checkpoint", "outbox"):
        op.drop_table(table)
