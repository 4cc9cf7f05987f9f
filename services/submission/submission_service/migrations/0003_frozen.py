"""What was heard of proposals, and is not shown while a stage is frozen."""

import sqlalchemy as sa
from alembic import op

revision = "submission_0003"
down_revision = "submission_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for it."""
    stage = sa.Column("stage", sa.String(64), primary_key=True)
    op.create_table("frozen", _edition(), stage)
    op.create_table(
        "held",
        _edition(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("proposal", sa.String(64), nullable=False),
        sa.Column("held_by", sa.Text, nullable=False),
        sa.Column("event_type", sa.String(100), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("held")
    op.drop_table("frozen")


def _edition() -> sa.Column[str]:
    return sa.Column("edition", sa.String(64), primary_key=True)
