"""Which stages are frozen, and the notices that wait until they are not."""

import sqlalchemy as sa
from alembic import op

revision = "notification_0009"
down_revision = "notification_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for it; no notice from before is held back."""
    held_by = sa.Column("held_by", sa.Text, nullable=False, server_default="")
    op.add_column("notices", held_by)
    keys = [sa.Column(name, sa.String(64), primary_key=True) for name in ("edition", "stage")]
    op.create_table("frozen_stages", *keys)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("frozen_stages")
    op.drop_column("notices", "held_by")
