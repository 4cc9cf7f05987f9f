"""The event that each notice tells of, so that what became of the notice names its cause."""

import sqlalchemy as sa
from alembic import op

revision = "notification_0005"
down_revision = "notification_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns; of notices from before, the cause is not known."""
    for name in ("correlation", "cause"):
        op.add_column("notices", sa.Column(name, sa.Text, nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("cause", "correlation"):
        op.drop_column("notices", name)
