"""Brings a service's store to the tables that its code expects."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from kit.service import Service

HERE = Path(__file__).parent / "migrations"


def migrate(service: Service, connection: Connection) -> None:
    """Run every migration of the kit and of the service that has not run on this store."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    folders = [HERE / "versions", service.migrations]
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(str(each) for each in folders))
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")
