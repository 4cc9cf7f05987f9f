"""Stores brought to a revision of before, to try what the next one makes of their data."""

import os

from alembic import command
from alembic.config import Config
from kit.migrate import HERE
from kit.service import Service
from sqlalchemy import Connection


def up_to(revision: str, service: Service, connection: Connection) -> None:
    """Run the migrations of the kit and of the service up to this one."""
    command.upgrade(_config(service, connection), revision)


def back_to(revision: str, service: Service, connection: Connection) -> None:
    """Undo the migrations that came after this one."""
    command.downgrade(_config(service, connection), revision)


def _config(service: Service, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    folders = (HERE / "versions", service.migrations)
    config.set_main_option("version_locations", os.pathsep.join(map(str, folders)))
    config.attributes["connection"] = connection
    return config
