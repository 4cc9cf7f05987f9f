"""Labels of proposals; amended rulebooks, and what stands fast against them."""

import sqlalchemy as sa
from alembic import op
from kit.tables import UtcTime

revision = "submission_0002"
down_revision = "submission_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; what was handed in before has no label."""
    labels = sa.Column("labels", sa.Text, nullable=False, server_default="{}")
    op.add_column("proposals", labels)
    op.create_table(
        "amendments",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("before", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("amended_at", UtcTime, nullable=False),
    )
    op.create_table(
        "ranked",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("stage", sa.String(64), primary_key=True),
    )
    op.create_table("announced", sa.Column("edition", sa.String(64), primary_key=True))


def downgrade() -> None:
    """Drop them."""
    for table in ("announced", "ranked", "amendments"):
        op.drop_table(table)
    with op.batch_alter_table("proposals") as proposals:
        proposals.drop_column("labels")
