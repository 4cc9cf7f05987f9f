"""The tables of evaluation."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from kit.tables import UtcTime

revision = "evaluation_0001"
down_revision = None
branch_labels = ("evaluation",)
depends_on = None


def _key(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(64), primary_key=True) for name in names]


def upgrade() -> None:
    """Make them."""
    _make_competition()
    _make_panel()
    _make_sheets()


def _make_competition() -> None:
    op.create_table(
        "editions",
        *_key("edition"),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("rulebook", sa.Text, nullable=False),
    )
    op.create_table(
        "proposals",
        *_key("edition", "proposal"),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("agency_name", sa.String(300), nullable=False),
        sa.Column("innovator", sa.Text, nullable=False),
        sa.Column("gone_at", UtcTime, nullable=True),
    )
    op.create_table(
        "entries",
        *_key("edition", "stage", "proposal"),
        sa.Column("entered_at", UtcTime, nullable=False),
    )


def _make_panel() -> None:
    op.create_table(
        "jurors",
        *_key("edition", "stage", "juror"),
        sa.Column("office", sa.String(200), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("seated_at", UtcTime, nullable=False),
    )
    op.create_table(
        "conflicts",
        *_key("edition", "stage", "proposal", "juror"),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("declared_at", UtcTime, nullable=False),
    )
    op.create_table(
        "recusals",
        *_key("edition", "stage", "proposal", "juror"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recused_at", UtcTime, nullable=False),
    )


def _make_sheets() -> None:
    op.create_table(
        "sheets",
        *_key("edition", "stage", "proposal", "juror"),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("handed_in_at", UtcTime, nullable=False),
    )
    op.create_table(
        "closings",
        *_key("edition", "stage"),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("decision", sa.Text, nullable=True),
        sa.Column("closed_at", UtcTime, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("closings", "sheets", "recusals", "conflicts", "jurors", "entries"):
        op.drop_table(table)
    for table in ("proposals", "editions"):
        op.drop_table(table)
