"""PostgreSQL goes away under a running service, as a crash or a failover would have it."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.database import Database, Unavailable, is_away
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.shared.toy import TOY, publish, sheet
from tests.support.nats import NatsServer
from tests.support.postgres import Postgres
from tests.support.system import Started, connected, started
from tests.support.waiting import until

pytestmark = [
    pytest.mark.postgres,
    # The driver leaves the socket of a broken connection to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Breakable(Postgres):
    """A PostgreSQL of this test's own, that it may crash."""

    def crash(self) -> None:
        """End it at once, as it ends itself after a crash of one of its processes."""
        pid = self.server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)

    def start(self) -> None:
        """Start it again on the same data, at the same address."""
        self.server.ensure_postgres_running()


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[Breakable]:
    server = Breakable(tmp_path / "postgres")
    yield server
    server.stop()


async def test_nothing_is_lost_and_the_process_tells_and_goes_on_or_ends(
    nats_server: NatsServer, breakable: Breakable
) -> None:
    store = breakable.new_database()
    async with connected(nats_server) as client:
        async with started(TOY, nats_server, store) as first:
            await publish(client, *(sheet("p1", f"j{number}") for number in range(50)))
            await asyncio.to_thread(breakable.crash)
            await publish(client, *(sheet("p1", f"k{number}") for number in range(50)))
            await until(lambda: _tells_or_ended(first), "the service tells, or ends")
            with pytest.raises(RuntimeError, match="the lead is lost"):
                # It finishes what it has begun, and gives up after all its limits together.
                await asyncio.wait_for(first.task, 90)
        async with started(TOY, nats_server, store, ready=False) as second:
            await until(lambda: _waits_for_the_store(second), "the next process waits for it")
            await asyncio.to_thread(breakable.start)
            await until(second.is_ready, "it is ready")

            async def counted() -> bool:
                found = await second.running.query(lambda each: each.count("p1"))
                return bool(found == 100)

            await until(counted, "every sheet is counted once")
            assert (await second.running.status())["parked"] == 0


async def _tells_or_ended(one: Started) -> bool:
    return one.task.done() or bool(one.running.why_not_ready())


async def _waits_for_the_store(one: Started) -> bool:
    if one.task.done():
        await one.task
    return "start" in one.running.troubles


async def test_a_session_ended_by_the_server_counts_as_away(postgres: Postgres) -> None:
    database = Database(postgres.new_database())
    end = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(Unavailable):
        await database.write(lambda connection: connection.scalar(text(end)))
    assert await database.write(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    database.close()


@pytest.mark.parametrize(
    ("state", "away"),
    [
        ("57P03", True),  # it starts or stops
        ("53100", True),  # the disk is full
        ("53300", True),  # too many connections
        ("58030", True),  # the disk cannot be read
        ("23505", False),  # the same row twice
        ("22001", False),  # a value that does not fit
    ],
)
async def test_the_server_is_away_by_what_it_says(
    postgres: Postgres, state: str, away: bool
) -> None:
    database = Database(postgres.new_database())
    fail = f"DO $$ BEGIN RAISE EXCEPTION 'drill' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(DBAPIError) as raised:
        await database.write(lambda connection: connection.execute(text(fail)))
    assert is_away(raised.value) is away
    database.close()
