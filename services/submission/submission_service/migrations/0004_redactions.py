"""Proposals whose text was erased."""

import sqlalchemy as sa
from alembic import op
from kit.tables import UtcTime

revision = "submission_0004"
down_revision = "submission_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for who had it erased, and when."""
    op.create_table(
        "redactions",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("proposal", sa.String(64), primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("redacted_at", UtcTime, nullable=False),
    )


def downgrade() -> None:
    """Drop it; the texts do not come back."""
    op.drop_table("redactions")
