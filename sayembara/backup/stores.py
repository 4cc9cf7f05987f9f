"""The stores of all services, for an operator's command: where they are, and that nobody writes."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kit import outbox
from kit.database import Database, Unavailable
from kit.lead import lead_of
from kit.migrate import VERSIONS
from kit.settings import read_secret, sqlite_url
from sqlalchemy import Connection, inspect, make_url, text

from sayembara.addresses import SERVICES
from sayembara.trouble import Trouble

LEAD_SECONDS = 5.0
LOOK_SECONDS = 0.2

Stores = Mapping[str, Database]
"""The store of each service, by its name."""


def store_urls(data: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where each service keeps its store: SAYEMBARA_<SERVICE>_DATABASE_URL, else a file in `data`.

    The password of an address is in the file that SAYEMBARA_<SERVICE>_DATABASE_PASSWORD_FILE names.
    """
    return {name: _url(name, data, environment) for name in SERVICES}


def _url(name: str, data: Path, environment: Mapping[str, str]) -> str:
    prefix = f"SAYEMBARA_{name.upper()}_DATABASE"
    url = make_url(environment.get(f"{prefix}_URL", sqlite_url(data.resolve() / f"{name}.db")))
    if secret := environment.get(f"{prefix}_PASSWORD_FILE"):
        url = url.set(password=read_secret(Path(secret)))
    return url.render_as_string(hide_password=False)


@contextmanager
def opened(urls: Mapping[str, str]) -> Iterator[Stores]:
    """The stores at these addresses; Trouble where one does not answer while it is used."""
    stores = {name: Database(url) for name, url in urls.items()}
    try:
        yield stores
    except Unavailable as error:
        raise Trouble(f"a store does not answer: {error.orig}") from error
    finally:
        for each in stores.values():
            each.close()


@contextmanager
def alone(stores: Stores) -> Iterator[None]:
    """Nobody else works on these stores: a service that is started meanwhile waits."""
    with ExitStack() as held:
        for name, database in stores.items():
            if database.is_sqlite:
                Path(str(database.url.database)).parent.mkdir(parents=True, exist_ok=True)
            lead = lead_of(database, name)
            if not _acquired(lead.acquire):
                raise Trouble(f"{name} is running: stop all services first")
            held.callback(lead.release)
        yield


def _acquired(acquire: Callable[[], bool]) -> bool:
    # A service that ends because of its log may be started again and again by a supervisor.
    deadline = time.monotonic() + LEAD_SECONDS
    while not acquire():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


@contextmanager
def one_moment(
    stores: Stores, log_end: Callable[[], int]
) -> Iterator[tuple[dict[str, Connection], int]]:
    """A view of every store, and where the log ended, all at one moment, while services run.

    Nothing that any of them knows is missing on the log up to there, and nothing there was said by
    a service whose view does not have it. For that nobody says anything for some milliseconds.
    """
    with ExitStack() as views, ExitStack() as held:
        for database in stores.values():
            held.enter_context(_silent(database))
        seen = {name: views.enter_context(_view(each)) for name, each in stores.items()}
        end = log_end()
        held.close()
        yield seen, end


def must_be_there(name: str, database: Database) -> None:
    """Trouble when the service has no store there."""
    if not has_tables(database):
        where = database.url.render_as_string(hide_password=True)
        raise Trouble(f"{name} has no store at {where}: is it the right place?")


def has_tables(database: Database) -> bool:
    """Whether somebody made a store there; a SQLite file is not made by asking."""
    if database.is_sqlite and not Path(str(database.url.database)).exists():
        return False
    with database.readers.connect() as connection:
        return inspect(connection).has_table(VERSIONS)


@contextmanager
def _silent(database: Database) -> Iterator[None]:
    # What is committed is in the outbox before it is on the log: so nothing new comes there either.
    with database.writer.connect() as connection, connection.begin() as transaction:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            connection.execute(text("LOCK TABLE outbox IN SHARE MODE"))
        yield
        transaction.rollback()


@contextmanager
def _view(database: Database) -> Iterator[Connection]:
    with database.readers.connect() as connection, connection.begin():
        # The moment of a view is that of its first question.
        outbox.last_position(connection)
        yield connection
