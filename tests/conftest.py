"""What every test can ask for: real servers, empty stores."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, on_a_phone
from tests.support.nats import NatsServer
from tests.support.node import Node
from tests.support.postgres import Postgres
from tests.support.together import LONG, scheduler, shared_by

if TYPE_CHECKING:
    from sayembara.embedded.running import Embedded

# How long an example takes says how loaded the machine is, not whether the code is right.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

KEPT: dict[str, "Embedded"] = {}
LET_GO = ExitStack()


def let_go() -> None:
    KEPT.clear()
    LET_GO.close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """What several files share ends with the last of them."""
    if nextitem is None or shared_by(nextitem.nodeid) != shared_by(item.nodeid):
        let_go()


def pytest_sessionfinish() -> None:
    let_go()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return scheduler(config, log) if config.getoption("dist") == "loadscope" else None


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


@pytest.fixture(scope="module")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> "Embedded":
    """A system for whoever plays an edition of its own on it, and asks after nothing else."""
    from tests.system.embedded import embedded  # noqa: PLC0415 - most tests need no whole system

    if "running" not in KEPT:
        KEPT["running"] = LET_GO.enter_context(embedded(tmp_path_factory.mktemp("running")))
    return KEPT["running"]


@pytest.fixture(scope="module")
def luwu_utara(tmp_path_factory: pytest.TempPathFactory) -> "Embedded":
    """A system on which this edition was played to its end; a test may only look at it."""
    from tests.audit.played import LUWU_UTARA, play_quietly  # noqa: PLC0415 - as above
    from tests.system.embedded import embedded  # noqa: PLC0415 - as above

    if "luwu_utara" not in KEPT:
        system = LET_GO.enter_context(embedded(tmp_path_factory.mktemp("luwu-utara")))
        asyncio.run(play_quietly(system, LUWU_UTARA))
        KEPT["luwu_utara"] = system
    return KEPT["luwu_utara"]
