"""What the public saw of a stage when it was frozen, and what was shown to it since."""

import sqlalchemy as sa
from alembic import op
from kit.tables import UtcTime

revision = "ranking_0005"
down_revision = "ranking_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for it; no award from before is held back."""
    held_by = sa.Column("held_by", sa.Text, nullable=False, server_default="")
    op.add_column("awards", held_by)
    op.create_table(
        "frozen",
        *_key("edition", "stage"),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("rulebook_digest", sa.String(71), nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=True),
        sa.Column("unfrozen_at", UtcTime, nullable=True),
    )
    op.create_table("revealed", *_key("edition", "stage", "proposal"))


def downgrade() -> None:
    """Drop it."""
    op.drop_table("revealed")
    op.drop_table("frozen")
    op.drop_column("awards", "held_by")


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(64), primary_key=True) for name in names]
