"""Traps around the log itself: who changes it, who loses it, and what a service then says."""

import asyncio
import shutil
import signal
from pathlib import Path
from typing import Any

import nats
import pytest
from contracts.stream import STREAM as LOG
from contracts.stream import STREAM_CONFIG
from faststream.nats import JStream, NatsBroker, PullSub
from kit.log import Drift, Log
from kit.outgoing import Outgoing
from nats.errors import NoRespondersError

from tests.shared.toy import TOY, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, http, started
from tests.support.waiting import until
from tests.traps.raw import STREAM, at_work, make_stream
from tests.traps.test_reading import until_counted, until_taken

USERS = """
no_auth_user: admin
authorization {{ users: [
  {{ user: admin, password: a }}
  {{ user: ranking, password: r, permissions: {{ subscribe: "_INBOX_ranking.>", publish: {may} }} }}
] }}
"""
ALL = '">"'
NOTHING_FROM_THE_LOG = '{ deny: "$JS.API.CONSUMER.MSG.NEXT.>" }'
NOTHING_ONTO_THE_LOG = '{ deny: "sayembara.>" }'


async def until_not_ready(one: Started, because: str) -> None:
    async def is_told() -> bool:
        assert not one.task.done()
        return because in "; ".join(one.running.why_not_ready())

    await until(is_told, f"the service is not ready because of '{because}'", 60)


async def test_stream_by_its_name_is_rewritten_by_a_subscriber(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        await make_stream(client, duplicate_window=600, allow_direct=True)
        broker = NatsBroker(nats_server.url, logger=None)
        broker.subscriber("raw.each", durable="d", stream=JStream(STREAM), pull_sub=PullSub())
        async with at_work(broker):
            found = (await client.jetstream().stream_info(STREAM)).config
    assert (found.duplicate_window, found.allow_direct) != (600, True)


async def test_log_is_as_declared_after_a_service_has_started(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client:
        before = (await Log(client).api(f"STREAM.INFO.{LOG}"))["config"]
        async with started(TOY, nats_server, f"sqlite:///{tmp_path}/toy.db"):
            assert (await Log(client).api(f"STREAM.INFO.{LOG}"))["config"] == before


async def test_publication_that_no_stream_takes_looks_like_one(nats_server: NatsServer) -> None:
    broker = NatsBroker(nats_server.url, logger=None)
    async with at_work(broker):
        publish: Any = broker.publish
        assert await publish("lost", "nobody.hears.this") is None


async def test_publication_that_no_stream_takes_is_an_error_here(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        row = Outgoing(1, "nobody.hears.this", {}, b"{}")
        with pytest.raises(NoRespondersError):
            await Log(client).publish([row])


async def test_client_gives_up_after_its_attempts(nats_server: NatsServer) -> None:
    closed = asyncio.Event()

    async def tell() -> None:
        closed.set()

    client = await nats.connect(
        nats_server.url, max_reconnect_attempts=2, reconnect_time_wait=0.01, closed_cb=tell
    )
    nats_server.kill()
    await asyncio.wait_for(closed.wait(), 20)
    nats_server.start()
    assert client.is_closed


async def test_service_outlasts_every_number_of_attempts(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async def tried() -> bool:
        client = await toy.running.broker.connect()
        return client._server_pool[0].reconnects > 3

    async with started(TOY, nats_server, f"sqlite:///{tmp_path}/toy.db", ready=False) as toy:
        async with connected(nats_server) as client:
            await until(toy.is_ready, "the service is ready")
            await client.close()
        nats_server.kill()
        await until(tried, "the service has tried again and again")
        await until_not_ready(toy, "log")
        nats_server.start()
        async with connected(nats_server) as client:
            await publish(client, sheet("p1"))
            await until_counted(toy, "p1", 1)
            await until(toy.is_ready, "the service is ready again")


async def test_log_changed_under_way_is_told_until_it_is_put_right(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, f"sqlite:///{tmp_path}/toy.db") as toy,
    ):
        await Log(client).api(f"STREAM.UPDATE.{LOG}", STREAM_CONFIG | {"max_age": 10**15})
        await until_not_ready(toy, "max_age")
        await Log(client).apply_stream()
        await until(toy.is_ready, "the service is ready again")


async def test_log_deleted_under_way_is_told_and_another_one_is_not_taken_for_it(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    """The positions of a new log were taken before: what is there would be passed over."""
    store = f"sqlite:///{tmp_path}/toy.db"
    async with connected(nats_server) as client:
        async with started(TOY, nats_server, store) as toy:
            await publish(client, sheet("p1"), sheet("p1", "j2"))
            await until_counted(toy, "p1", 2)
            await Log(client).api(f"STREAM.DELETE.{LOG}")
            await until_not_ready(toy, "sayembara log apply")
            await Log(client).apply_stream()
            await until_not_ready(toy, "is not the log that was here before")
        async with started(TOY, nats_server, store, ready=False) as again:
            with pytest.raises(Drift, match="begin with empty stores"):
                await again.task


async def test_server_that_comes_back_with_less_is_told_and_nothing_is_written_over(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    """What is lost can be put back only while its positions are free."""
    disk, older = tmp_path / "jetstream", tmp_path / "older"
    store = f"sqlite:///{tmp_path}/toy.db"
    async with connected(nats_server) as client:
        await publish(client, sheet("p1"))
    nats_server.stop()
    shutil.copytree(disk, older)
    nats_server.start()
    async with started(TOY, nats_server, store) as toy, http(toy) as ask:
        async with connected(nats_server) as client:
            await publish(client, *(sheet("p1", f"k{number}") for number in range(5)))
            await until_counted(toy, "p1", 6)
        nats_server.kill()
        shutil.rmtree(disk)
        older.rename(disk)
        await ask.post("/decisions")
        nats_server.start()

        await until_not_ready(toy, "outbox: Drift: the log ends at position")

        async with connected(nats_server) as client:
            assert await Log(client).last_position() == 1


async def test_server_that_takes_only_small_messages_is_told(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server):
        nats_server.stop()
    nats_server.config.write_text(nats_server.config.read_text() + "max_payload: 64KB\n")
    nats_server.start()
    async with started(TOY, nats_server, f"sqlite:///{tmp_path}/toy.db", ready=False) as toy:
        with pytest.raises(Drift, match="set its max_payload to at least 1048576"):
            await toy.task


def allow(server: NatsServer, may: str) -> None:
    """Give the service's user these permissions, and have the server read them."""
    plain = server.config.read_text().partition("no_auth_user")[0].rstrip()
    server.config.write_text(plain + USERS.format(may=may))
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)


@pytest.mark.parametrize(
    ("may", "because"),
    [(NOTHING_FROM_THE_LOG, "none comes"), (NOTHING_ONTO_THE_LOG, "outbox")],
    ids=["reading", "publishing"],
)
async def test_permission_revoked_is_told_and_what_waited_goes_on(
    nats_server: NatsServer, tmp_path: Path, may: str, because: str
) -> None:
    nats_server.stop()
    plain = nats_server.config.read_text()
    nats_server.config.write_text(plain + USERS.format(may=ALL))
    nats_server.start()
    async with connected(nats_server) as client:
        nats_server.url = nats_server.url.replace("//", "//ranking:r@")
        async with (
            started(TOY, nats_server, f"sqlite:///{tmp_path}/toy.db", batch_size=1) as toy,
            http(toy) as ask,
        ):
            await publish(client, sheet("p1"))
            await until_counted(toy, "p1", 1)
            allow(nats_server, may)
            # More than the service has asked for already.
            await publish(client, *(sheet("p1", f"k{number}") for number in range(5)))
            await ask.post("/decisions")
            await until_not_ready(toy, because)
            allow(nats_server, ALL)
            await until(toy.is_ready, "the service is ready again", 60)
            await until_counted(toy, "p1", 6)
            await until_taken(toy)

            async def all_is_published() -> bool:
                return bool((await toy.running.status())["unpublished"] == 0)

            await until(all_is_published, "what waited is on the log", 60)
