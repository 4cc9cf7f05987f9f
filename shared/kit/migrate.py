"""Brings a service's store to the tables that its code expects."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kit.service import Service
from kit.settings import Settings

HERE = Path(__file__).parent / "migrations"
VERSIONS = "alembic_version"
NAMED = re.compile(r'^(revision|down_revision)(?:: [^=]+)? = (?:"(\w+)"|None)$', re.MULTILINE)


def migrate(service: Service, connection: Connection, settings: Settings | None = None) -> None:
    """Run every migration of the kit and of the service that has not run on this store.

    A migration that changes rows with the help of a setting finds it in Alembic's configuration,
    as its attribute `settings`.
    """
    folders = (HERE / "versions", service.migrations)
    if _newest(folders) != _reached(connection):
        _upgrade(folders, connection, settings)


def _newest(folders: Sequence[Path]) -> set[str] | None:
    # None when a migration is written in another way: then only Alembic can tell.
    revisions, replaced = set(), set()
    for path in (path for folder in folders for path in folder.glob("[!_]*.py")):
        said = dict(NAMED.findall(path.read_text("utf-8")))
        if set(said) != {"revision", "down_revision"}:
            return None
        revisions.add(said["revision"])
        replaced.add(said["down_revision"])
    return revisions - replaced


def _reached(connection: Connection) -> set[str]:
    if not inspect(connection).has_table(VERSIONS):
        return set()
    return set(connection.scalars(text(f"SELECT version_num FROM {VERSIONS}")))


def _upgrade(folders: Sequence[Path], connection: Connection, settings: Settings | None) -> None:
    # Loading Alembic is an eighth of a start, and hardly any start has something to migrate.
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(map(str, folders)))
    config.attributes |= {"connection": connection, "settings": settings}
    command.upgrade(config, "heads")
