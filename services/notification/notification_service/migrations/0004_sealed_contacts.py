"""Names and addresses are sealed, each under a key of its own outside the store."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from notification_service.keys import Contact, Keys

revision = "notification_0004"
down_revision = "notification_0003"
branch_labels = None
depends_on = None


def _whose() -> list[sa.Column[Any]]:
    lengths = {"edition": 64, "party": 64, "role": 20}
    return [sa.Column(name, sa.String(most), primary_key=True) for name, most in lengths.items()]


def upgrade() -> None:
    """Seal every contact; the old table goes with what stood in it."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # Else the names would stay in the pages of the file that are free now.
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    plain = connection.execute(sa.text("SELECT * FROM contacts")).mappings().all()
    op.drop_table("contacts")
    sealed = op.create_table(
        "contacts",
        *_whose(),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table("ended_keys", sa.Column("key", sa.String(64), primary_key=True))
    op.create_table("forgotten", *_whose())
    if plain:
        settings = context.config.attributes["settings"]
        op.bulk_insert(sealed, [_sealed(Keys(settings.contact_keys), row) for row in plain])


def _sealed(keys: Keys, row: Any) -> dict[str, Any]:
    party = {name: row[name] for name in ("edition", "party", "role")}
    key = keys.make()
    contact = Contact(name=row["name"], email=row["email"])
    return party | {"key": key, "sealed": keys.seal(key, contact, **party)}


def downgrade() -> None:
    """Nothing is unsealed: contacts have to be put again."""
    for table in ("forgotten", "ended_keys", "contacts"):
        op.drop_table(table)
    op.create_table(
        "contacts",
        *_whose(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
    )
