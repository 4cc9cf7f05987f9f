"""Notices whose mail has left and that are not recorded as delivered yet."""

import sqlalchemy as sa
from alembic import op

revision = "notification_0002"
down_revision = "notification_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table("sent", sa.Column("notice", sa.String(64), primary_key=True))


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("sent")
