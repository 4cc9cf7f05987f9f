"""Those who consume events."""

import sqlalchemy as sa
from alembic import op

revision = "notification_0006"
down_revision = "notification_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "consumers",
        sa.Column("consumer", sa.String(64), primary_key=True),
        sa.Column("nkey", sa.String(56), nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("of_edition", sa.String(64), nullable=True),
        sa.Column("view", sa.String(20), nullable=False),
        sa.Column("from_position", sa.BigInteger, nullable=False),
        sa.Column("whole_log", sa.Boolean, nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("consumers")
