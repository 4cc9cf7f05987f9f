"""The first tables of ranking."""

import sqlalchemy as sa
from alembic import op

revision = "ranking_0001"
down_revision = None
branch_labels = ("ranking",)
depends_on = None

TABLES = ("editions", "proposals", "sheets", "recusals", "standings", "rankings", "awards")


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(64), primary_key=True) for name in names]


def upgrade() -> None:
    op.create_table(
        "editions",
        *_key("edition"),
        sa.Column("rulebook", sa.Text, nullable=False),
        sa.Column("rulebook_digest", sa.String(71), nullable=False),
        sa.Column("announced", sa.Boolean, nullable=False),
    )
    op.create_table(
        "proposals",
        *_key("edition", "proposal"),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("agency_name", sa.Text, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
    _create_judging()
    _create_outcomes()


def _create_judging() -> None:
    op.create_table(
        "sheets",
        *_key("edition", "stage", "proposal", "juror"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
    )
    op.create_table("recusals", *_key("edition", "stage", "proposal", "juror"))
    op.create_table(
        "standings",
        *_key("edition", "stage", "proposal"),
        sa.Column("score", sa.Text, nullable=True),
        sa.Column("sheets", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=True),
        sa.Column("advanced", sa.Boolean, nullable=True),
    )


def _create_outcomes() -> None:
    op.create_table(
        "rankings",
        *_key("edition", "stage"),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
    )
    op.create_table(
        "awards",
        *_key("edition", "award", "proposal"),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.Column("rank", sa.Integer, nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("by", sa.Text, nullable=True),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
