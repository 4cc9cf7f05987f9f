"""The tables of submission: editions, agencies, proposals, and what became of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from kit.tables import UtcTime

revision = "submission_0001"
down_revision = None
branch_labels = ("submission",)
depends_on = None


def _key(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(64), primary_key=True) for name in names]


def upgrade() -> None:
    """Make them."""
    _make_editions()
    _make_drafts()
    _make_proposals()
    _make_results()


def _make_editions() -> None:
    op.create_table(
        "editions",
        *_key("edition"),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("rulebook", sa.Text, nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("opened_at", UtcTime, nullable=True),
    )
    op.create_table(
        "agencies",
        *_key("edition", "agency"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
    )


def _make_drafts() -> None:
    op.create_table(
        "drafts",
        *_key("edition", "proposal"),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("saved_at", UtcTime, nullable=False),
    )
    op.create_table(
        "revisions",
        *_key("edition", "proposal"),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )


def _make_proposals() -> None:
    op.create_table(
        "proposals",
        *_key("edition", "proposal"),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_key", sa.Text, nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("agency_name", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("innovator", sa.Text, nullable=False),
        sa.Column("started_on", sa.Date, nullable=False),
        sa.Column("content_digest", sa.String(80), nullable=False),
        sa.Column("grounds", sa.Text, nullable=False),
    )


def _make_results() -> None:
    op.create_table(
        "results",
        *_key("edition", "proposal"),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "awards",
        *_key("edition", "proposal", "award"),
        sa.Column("content", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    made = ("editions", "agencies", "drafts", "revisions", "proposals", "results", "awards")
    for table in reversed(made):
        op.drop_table(table)
