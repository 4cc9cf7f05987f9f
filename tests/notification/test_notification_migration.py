"""A store in use is kept: contacts are sealed, none stays in clear; what is frozen stays so."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kit.database import Database
from kit.migrate import migrate
from notification_service.app import SERVICE
from notification_service.keys import Contact, Keys
from notification_service.rules import Role
from notification_service.settings import NotificationSettings
from notification_service.tables import freezings
from sqlalchemy import Connection, select, text

from tests.support.migrations import up_to

WHOSE: tuple[str, str, Role] = ("kipp-2019", "dinkes", "applicant")
DINKES = Contact(name="Nama Bertanda", email="bertanda@luwu.example")
MARK = b"ertanda"


def _in_use(connection: Connection) -> None:
    up_to("notification_0003", SERVICE, connection)
    values = ", ".join(f"'{each}'" for each in (*WHOSE, DINKES.name, DINKES.email))
    connection.execute(text(f"INSERT INTO contacts VALUES ({values})"))


async def test_contacts_in_clear_are_sealed(
    new_store: Callable[[str], str], tmp_path: Path
) -> None:
    folder, store = tmp_path / "contact-keys", new_store("notification")
    settings = NotificationSettings(database_url=store, contact_keys=folder)
    database = Database(store)
    await database.write(_in_use)
    await database.write(lambda each: migrate(SERVICE, each, settings))
    (row,) = await database.read(
        lambda each: each.execute(text("SELECT * FROM contacts")).mappings().all()
    )
    database.close()

    assert set(row) == {"edition", "party", "role", "key", "sealed"}
    assert Keys(folder).unseal(row["key"], bytes(row["sealed"]), *WHOSE) == DINKES
    assert _in_clear(tmp_path) == []


def _in_clear(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*.db*") if MARK in each.read_bytes()]


async def test_store_without_contacts_needs_no_keys(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'notification.db'}")
    await database.write(lambda each: migrate(SERVICE, each))
    database.close()


@pytest.mark.parametrize("behind", [False, True], ids=["shown", "catching up"])
async def test_what_is_frozen_stays_frozen(new_store: Callable[[str], str], behind: bool) -> None:
    """Of both tables before; while the public view catches up, only the one is up to date."""
    database = Database(new_store("notification"))

    def upgrade(connection: Connection) -> list[tuple[str, str, int, int | None]]:
        up_to("notification_0009", SERVICE, connection)
        connection.execute(text("INSERT INTO frozen VALUES ('e1', 'desk')"))
        connection.execute(text("INSERT INTO frozen_stages VALUES ('e1', 'desk'), ('e1', 'final')"))
        if behind:
            connection.execute(text("INSERT INTO catching_up VALUES (5)"))
        migrate(SERVICE, connection)
        return sorted(tuple(row) for row in connection.execute(select(freezings)))

    found = await database.write(upgrade)
    database.close()

    desk, final = ("e1", "desk", 0, None), ("e1", "final", 0, None)
    assert found == ([desk, final] if behind else [desk])
