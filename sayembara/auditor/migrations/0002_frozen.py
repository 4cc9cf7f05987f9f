"""The stages whose public standings are frozen."""

import sqlalchemy as sa
from alembic import op

revision = "auditor_0002"
down_revision = "auditor_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; no stage was frozen before there was one."""
    keys = [sa.Column(name, sa.String(64), primary_key=True) for name in ("edition", "stage")]
    op.create_table("frozen", *keys)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("frozen")
