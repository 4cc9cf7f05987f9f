"""Which stages are frozen is kept once, with its place on the log."""

import sqlalchemy as sa
from alembic import op

revision = "notification_0010"
down_revision = "notification_0009"
branch_labels = None
depends_on = None

# What the notices knew was ahead of the public view only while that caught up with the log.
NOW = """
SELECT edition, stage FROM frozen UNION
SELECT edition, stage FROM frozen_stages WHERE EXISTS (SELECT 1 FROM catching_up)
"""


def upgrade() -> None:
    """Take over what is frozen now; where on the log that began is not known."""
    freezings = op.create_table(
        "freezings",
        *_key(),
        sa.Column("frozen_from", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("frozen_until", sa.BigInteger, nullable=True),
    )
    rows = [{**row, "frozen_from": 0} for row in op.get_bind().execute(sa.text(NOW)).mappings()]
    op.bulk_insert(freezings, rows)
    op.drop_table("frozen_stages")
    op.drop_table("frozen")


def downgrade() -> None:
    """Keep what is frozen now, twice."""
    now = sa.text("SELECT edition, stage FROM freezings WHERE frozen_until IS NULL")
    rows = [dict(row) for row in op.get_bind().execute(now).mappings()]
    for name in ("frozen", "frozen_stages"):
        op.bulk_insert(op.create_table(name, *_key()), rows)
    op.drop_table("freezings")


def _key() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(64), primary_key=True) for name in ("edition", "stage")]
