"""What each step of a stage came to, for ties and for the stages that follow."""

import sqlalchemy as sa
from alembic import op

revision = "ranking_0002"
down_revision = "ranking_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    numbers = sa.Column("numbers", sa.Text, nullable=False, server_default="{}")
    op.add_column("standings", numbers)


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("standings", "numbers")
