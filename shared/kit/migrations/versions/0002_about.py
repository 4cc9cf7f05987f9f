"""What each parked message is about, by which it holds others back."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from kit.line import about
from kit.parking import heard_again

revision = "kit_0002"
down_revision = "kit_0001"
branch_labels = None
depends_on = None

PARKED = sa.table(
    "parked",
    sa.column("position", sa.BigInteger),
    sa.column("headers", sa.Text),
    sa.column("body", sa.LargeBinary),
    sa.column("about", sa.Text),
)


def upgrade() -> None:
    """Make the column, and fill it for what is parked now."""
    op.add_column("parked", sa.Column("about", sa.Text, nullable=False, server_default=""))
    here = op.get_bind()
    rows: Sequence[sa.Row[Any]] = here.execute(sa.select(PARKED)).all()
    for row in rows:
        found = sa.update(PARKED).where(PARKED.c.position == row.position)
        here.execute(found.values(about=about(heard_again(row))))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("parked", "about")
