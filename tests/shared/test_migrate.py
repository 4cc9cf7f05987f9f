"""Which migrations run: all that have not, and none when the store is as the code expects."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kit.database import Database
from kit.migrate import migrate
from sqlalchemy import Connection, text

from tests.shared.toy import TOY

NewStore = Callable[[str], str]
FIRST = '''
revision = "more_0001"
down_revision = None
branch_labels = ("more",)
depends_on = None


def upgrade() -> None:
    """Nothing more."""
'''
LATER = {
    "as here": 'revision = "more_0002"\ndown_revision = "more_0001"\n',
    "as Alembic writes it": 'revision: str = "more_0002"\n'
    'down_revision: str | None = "more_0001"\n',
    "otherwise": 'revision = "more_" "0002"\ndown_revision = ("more_0001",)\n',
}


@pytest.fixture
def database(new_store: NewStore) -> Iterator[Database]:
    one = Database(new_store("migrated"))
    yield one
    one.close()


def versions(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


@pytest.mark.parametrize("form", LATER)
async def test_migration_that_came_later_is_run(
    database: Database, tmp_path: Path, form: str
) -> None:
    service = replace(TOY, migrations=tmp_path)
    (tmp_path / "0001_more.py").write_text(FIRST)
    await database.write(lambda connection: migrate(service, connection))
    later = f"{LATER[form]}branch_labels = None\ndepends_on = None\n\ndef upgrade() -> None: ...\n"
    (tmp_path / "0002_more.py").write_text(later)
    await database.write(lambda connection: migrate(service, connection))

    assert await database.read(versions) == {"kit_0002", "more_0002"}


async def test_store_that_is_as_expected_is_left_without_alembic(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.write(lambda connection: migrate(TOY, connection))
    monkeypatch.setitem(sys.modules, "alembic", None)
    await database.write(lambda connection: migrate(TOY, connection))

    assert await database.read(versions) == {"kit_0002", "toy_0001"}
