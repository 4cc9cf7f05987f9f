"""When the rulebooks freeze their stages."""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op
from kit.tables import UtcTime

revision = "ranking_0006"
down_revision = "ranking_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and fill it from the rulebooks that are there."""
    keys = [sa.Column(name, sa.String(64), primary_key=True) for name in ("edition", "stage")]
    moments = op.create_table("moments", *keys, sa.Column("freeze_at", UtcTime, nullable=False))
    rows = op.get_bind().execute(sa.text("SELECT edition, rulebook FROM editions"))
    op.bulk_insert(moments, [moment for row in rows for moment in _moments(*row)])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("moments")


def _moments(edition: str, rulebook: str) -> list[dict[str, object]]:
    return [
        {
            "edition": edition,
            "stage": stage["id"],
            "freeze_at": datetime.fromisoformat(stage["freeze_at"]),
        }
        for stage in json.loads(rulebook)["stages"]
        if stage.get("freeze_at")
    ]
