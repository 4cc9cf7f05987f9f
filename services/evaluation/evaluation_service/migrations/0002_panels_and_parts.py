"""Panels, sheets of parts, who put a sheet in, and the reviews that a rule asks for."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from kit.tables import UtcTime

revision = "evaluation_0002"
down_revision = "evaluation_0001"
branch_labels = None
depends_on = None

KEPT = "edition, stage, proposal, juror, version, marks, reason, handed_in_at"


def _key(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(64), primary_key=True) for name in names]


def upgrade() -> None:
    """Add them; every sheet that is there is of a whole proposal, put in by its juror."""
    op.add_column("jurors", sa.Column("panel", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "reviews",
        *_key("edition", "stage", "proposal"),
        sa.Column("sheets", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    # Made anew, because SQLite cannot change a primary key.
    _make_sheets(
        *_key("edition", "stage", "proposal", "juror", "part"),
        sa.Column("entered_by", sa.String(200), nullable=True),
        sa.Column("entered_from", sa.String(300), nullable=True),
    )
    _replace_sheets(f"INSERT INTO sheets_anew ({KEPT}, part) SELECT {KEPT}, '' FROM sheets")


def downgrade() -> None:
    """Take them away, and with them the sheets of parts."""
    _make_sheets(*_key("edition", "stage", "proposal", "juror"))
    kept = f"SELECT {KEPT} FROM sheets WHERE part = ''"
    _replace_sheets(f"INSERT INTO sheets_anew ({KEPT}) {kept}")
    op.drop_table("reviews")
    op.drop_column("jurors", "panel")


def _make_sheets(*columns: sa.Column[Any]) -> None:
    op.create_table(
        "sheets_anew",
        *columns,
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("handed_in_at", UtcTime, nullable=False),
    )


def _replace_sheets(copy: str) -> None:
    op.execute(copy)
    op.drop_table("sheets")
    op.rename_table("sheets_anew", "sheets")
