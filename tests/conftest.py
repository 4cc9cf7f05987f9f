"""What every test can ask for: real servers, empty stores."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, on_a_phone
from tests.support.nats import NatsServer
from tests.support.node import Node
from tests.support.postgres import Postgres

# How long an example takes says how loaded the machine is, not whether the code is right.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    # Workers that run side by side share one server: the wheel counts who uses it.
    base = tmp_path_factory.getbasetemp()
    server = Postgres((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "postgres")
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Gives the address of an empty store for a name; the test runs on each kind of store."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.db"
    server: Postgres = request.getfixturevalue("postgres")
    return lambda name: server.new_database()


@pytest.fixture(scope="session")
def node() -> Node:
    return Node.of_the_wheel()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not of the session: its event loop would stand in the way of the tests that run their own.
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on a phone that fails the test when its console shows an error."""
    with on_a_phone(browser) as page:
        yield page
