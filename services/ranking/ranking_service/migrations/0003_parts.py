"""Sheets of parts, seats, calls for more sheets, and amendments of the rulebook."""

import sqlalchemy as sa
from alembic import op

revision = "ranking_0003"
down_revision = "ranking_0002"
branch_labels = None
depends_on = None

PLACE = ("edition", "stage", "proposal", "juror")


def upgrade() -> None:
    """Make room for them; what is there belongs to no part."""
    _remake_sheets((*PLACE, "part"), "''")
    op.create_table(
        "seats",
        *_key("edition", "stage", "juror"),
        sa.Column("panel", sa.String(64), nullable=True),
        sa.Column("agency", sa.String(64), nullable=False),
    )
    op.create_table(
        "amendments",
        *_key("edition"),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("before", sa.String(71), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("minute", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    asked = sa.Column("asked", sa.Integer, nullable=False, server_default="0")
    op.add_column("standings", asked)
    op.add_column("rankings", sa.Column("rulebook", sa.Text, nullable=True))


def downgrade() -> None:
    """Drop them; sheets of parts are lost."""
    op.drop_column("rankings", "rulebook")
    op.drop_column("standings", "asked")
    op.drop_table("amendments")
    op.drop_table("seats")
    op.execute("DELETE FROM sheets WHERE part <> ''")
    _remake_sheets(PLACE, None)


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(64), primary_key=True) for name in names]


def _remake_sheets(key: tuple[str, ...], part: str | None) -> None:
    # SQLite cannot change a primary key in place.
    columns = _key(*key)
    if part is not None:
        columns[-1] = sa.Column("part", sa.String(64), primary_key=True, server_default="")
    rest = (
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
    )
    op.create_table("sheets_remade", *columns, *rest)
    into = ", ".join((*key, "version", "marks"))
    out = ", ".join((*PLACE, *([part] if part else []), "version", "marks"))
    op.execute(f"INSERT INTO sheets_remade ({into}) SELECT {out} FROM sheets")
    op.drop_table("sheets")
    op.rename_table("sheets_remade", "sheets")
