"""Webhooks: what the log tells of them, where they lead, and every delivery."""

import sqlalchemy as sa
from alembic import op
from kit.tables import Counter, UtcTime

revision = "notification_0008"
down_revision = "notification_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "webhooks",
        sa.Column("webhook", sa.String(64), primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("of_edition", sa.String(64), nullable=True),
        sa.Column("view", sa.String(20), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("paused_because", sa.Text, nullable=True),
    )
    op.create_table(
        "endpoints",
        sa.Column("webhook", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("rotated_at", UtcTime, nullable=True),
        sa.Column("queued_to", sa.BigInteger, nullable=False),
    )
    _make_deliveries()


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("number", Counter, primary_key=True, autoincrement=True),
        sa.Column("webhook", sa.String(64), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("event_type", sa.String(100), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("queued_at", UtcTime, nullable=False),
        sa.Column("tried_at", UtcTime, nullable=True),
        sa.Column("failing_since", UtcTime, nullable=True),
        sa.Column("next_try_at", UtcTime, nullable=True),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sqlite_autoincrement=True,
    )
    line = ["webhook", "state", "edition", "number"]
    op.create_index("ix_deliveries_line", "deliveries", line)
    op.create_index("ix_deliveries_position", "deliveries", ["webhook", "position"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("deliveries", "endpoints", "webhooks"):
        op.drop_table(table)
