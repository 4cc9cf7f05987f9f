"""Labels of proposals, questions to a panel and its decisions, and what they came to."""

import sqlalchemy as sa
from alembic import op

revision = "ranking_0004"
down_revision = "ranking_0003"
branch_labels = None
depends_on = None

COLUMNS = (
    ("computed_rank", sa.Integer),
    ("band", sa.String(64)),
    ("because", sa.String(20)),
    ("displaced", sa.Text),
)


def upgrade() -> None:
    """Make room for them."""
    op.add_column("proposals", sa.Column("labels", sa.Text, nullable=False, server_default="{}"))
    for name, kind in COLUMNS:
        op.add_column("standings", sa.Column(name, kind, nullable=True))
    op.create_table("questions", *_key(), sa.Column("asked", sa.Text, nullable=False))
    op.create_table("decisions", *_key(), sa.Column("decided", sa.Text, nullable=False))


def downgrade() -> None:
    """Drop them."""
    op.drop_table("decisions")
    op.drop_table("questions")
    for name, _ in reversed(COLUMNS):
        op.drop_column("standings", name)
    op.drop_column("proposals", "labels")


def _key() -> list[sa.Column[str]]:
    names = ("edition", "stage")
    return [sa.Column(name, sa.String(64), primary_key=True) for name in names]
