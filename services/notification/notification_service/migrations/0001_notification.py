"""Contacts, what notices need to know, and every notice."""

import sqlalchemy as sa
from alembic import op
from kit.tables import Counter, UtcTime

revision = "notification_0001"
down_revision = None
branch_labels = ("notification",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("stage", sa.String(64), primary_key=True),
        sa.Column("name_id", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
    )
    op.create_table(
        "proposals",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("proposal", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("agency_name", sa.Text, nullable=False),
    )
    op.create_table(
        "seats",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("stage", sa.String(64), primary_key=True),
        sa.Column("juror", sa.String(64), primary_key=True),
        sa.Column("office", sa.Text, nullable=False),
    )
    op.create_table(
        "contacts",
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("party", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
    )
    _create_notices()


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("number", Counter, primary_key=True, autoincrement=True),
        sa.Column("notice", sa.String(64), nullable=False, unique=True),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("party", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("queued_at", UtcTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcTime, nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Index("ix_notices_state", "state"),
    )


def downgrade() -> None:
    for table in ("notices", "contacts", "seats", "proposals", "names"):
        op.drop_table(table)
