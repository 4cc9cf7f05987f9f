import sqlalchemy as sa
from alembic import op

revision = "toy_0001"
down_revision = None
branch_labels = ("toy",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counts",
        sa.Column("proposal", sa.String(64), primary_key=True),
        sa.Column("sheets", sa.Integer, nullable=False),
        sa.Column("last_position", sa.Integer, nullable=False),
    )
