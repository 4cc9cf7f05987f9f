"""The public view of the log. A store that has taken messages before shows them first."""

import sqlalchemy as sa
from alembic import op

revision = "notification_0007"
down_revision = "notification_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "shown",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=True, unique=True),
        sa.Column("event_id", sa.String(64), nullable=False, unique=True),
        sa.Column("event_type", sa.String(100), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("held_by", sa.Text, nullable=False),
        sa.Column("subject", sa.String(400), nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "frozen",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("stage", sa.String(64), primary_key=True),
    )
    behind = op.create_table(
        "catching_up",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    connection = op.get_bind()
    if sa.inspect(connection).has_table("checkpoint") and connection.scalar(
        sa.text("SELECT max(position) FROM checkpoint")
    ):
        op.bulk_insert(behind, [{"position": 0}])


def downgrade() -> None:
    """Drop the tables."""
    for name in ("catching_up", "frozen", "shown"):
        op.drop_table(name)
