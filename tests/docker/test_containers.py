"""The kit's tests of a service at work, on PostgreSQL and NATS as containers."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.docker.compose import NEEDS_DOCKER
from tests.shared.test_running import (
    test_a_service_that_was_away_catches_up_once,
    test_a_standby_takes_over,
    test_sheets_become_counts_and_what_is_said_is_on_the_log,
    test_the_server_killed_in_the_middle_loses_and_doubles_nothing,
    test_what_fails_is_parked_and_the_rest_goes_on,
)
from tests.support.nats import free_port, wait_for_port

pytestmark = NEEDS_DOCKER
__all__ = [
    "test_a_service_that_was_away_catches_up_once",
    "test_a_standby_takes_over",
    "test_sheets_become_counts_and_what_is_said_is_on_the_log",
    "test_the_server_killed_in_the_middle_loses_and_doubles_nothing",
    "test_what_fails_is_parked_and_the_rest_goes_on",
]


def only_here(container: DockerContainer, inside: int, port: int) -> None:
    """Publish a port of the container on this machine alone: its own method knows no address."""
    container.ports.clear()
    container.ports[f"{inside}/tcp"] = ("127.0.0.1", port)  # type: ignore[assignment] # Docker's


class NatsInContainer:
    """As tests.support.nats.NatsServer, in a container that keeps its port and its data."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        command = "--jetstream --store_dir /tmp/nats"
        self.container = DockerContainer("nats:2.15-alpine").with_command(command)
        only_here(self.container, 4222, self.port)

    def kill(self) -> None:
        self._docker("kill")

    def start(self) -> None:
        self._docker("start")
        wait_for_port(self.port)

    def _docker(self, what: str) -> None:
        subprocess.run(
            ["docker", what, self.container.get_wrapped_container().id],
            check=True,
            capture_output=True,
        )


@pytest.fixture(scope="module", autouse=True)
def no_reaper() -> None:
    """Each container is removed by its fixture; the reaper's image may not be at hand."""
    testcontainers_config.ryuk_disabled = True
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"


@pytest.fixture
def nats_server() -> Iterator[NatsInContainer]:
    server = NatsInContainer()
    with server.container:
        wait_for_port(server.port)
        yield server


@dataclass(frozen=True)
class Postgres:
    container: PostgresContainer
    port: int


@pytest.fixture(scope="module")
def postgres(no_reaper: None) -> Iterator[Postgres]:
    container = PostgresContainer("postgres:17-alpine", 5432, "test", "test", "test", driver=None)
    port = free_port()
    only_here(container, 5432, port)
    with container:
        yield Postgres(container, port)


@pytest.fixture
def new_store(postgres: Postgres) -> Callable[[str], str]:
    def make(name: str) -> str:
        database = f"{name}_{uuid4().hex}"
        made = postgres.container.exec(["createdb", "--username", "test", database])
        assert made.exit_code == 0, made.output
        return f"postgresql://test:test@127.0.0.1:{postgres.port}/{database}"

    return make
