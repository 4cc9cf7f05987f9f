"""Traps of reading: what FastStream and nats-py do with a consumer, and that it does not reach us.

In each pair the first test shows the library's trap. When it fails after an upgrade, the trap has
moved: look at what the kit does about it, in the second one.
"""

import asyncio
from pathlib import Path

from contracts.stream import STREAM as LOG
from contracts.stream import consumer_config
from faststream.nats import NatsBroker, PullSub
from kit.log import Log
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError

from tests.shared.toy import TOY, UNLUCKY, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, started
from tests.support.waiting import until
from tests.traps.raw import RAW, STREAM, SUBJECT, at_work, make_stream, tell


async def counted(toy: Started, proposal: str) -> int:
    return int(await toy.running.query(lambda store: store.count(proposal)))


async def until_counted(toy: Started, proposal: str, sheets: int) -> None:
    async def is_so() -> bool:
        return await counted(toy, proposal) == sheets

    await until(is_so, f"{sheets} sheets of {proposal} are counted")


async def until_taken(toy: Started) -> None:
    async def is_so() -> bool:
        return await toy.running.lag() == 0

    await until(is_so, "all that is on the log is taken")


async def test_default_ack_policy_drops_what_a_handler_failed_on(nats_server: NatsServer) -> None:
    calls: list[int] = []
    broker = NatsBroker(nats_server.url, logger=None)

    @broker.subscriber(SUBJECT, durable="d", stream=RAW, pull_sub=PullSub(timeout=0.1))
    async def fail(body: int) -> None:
        calls.append(body)
        raise ValueError("a bug")

    async with connected(nats_server) as client:
        await make_stream(client)
        async with at_work(broker):
            await tell(client, 1)

            async def given_up() -> bool:
                info = await client.jetstream().consumer_info(STREAM, "d")
                return info.ack_floor is not None and info.ack_floor.stream_seq == 1

            await until(given_up, "the consumer will not see the message again")
    assert calls == [0]


async def test_what_a_handler_failed_on_is_parked_and_taken_later(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/toy.db"
    async with connected(nats_server) as client, started(TOY, nats_server, store) as toy:
        await publish(client, sheet("bug-1"), sheet("p1"))
        await until_counted(toy, "p1", 1)
        assert await counted(toy, "bug-1") == 0
        assert (await toy.running.status())["parked"] == 1


async def test_fetch_of_a_batch_waits_until_it_is_full(nats_server: NatsServer) -> None:
    batches: list[int] = []
    broker = NatsBroker(nats_server.url, logger=None)
    pull = PullSub(batch=True, batch_size=5, timeout=3600)

    @broker.subscriber(SUBJECT, durable="d", stream=RAW, pull_sub=pull)
    async def take(bodies: list[int]) -> None:
        batches.append(len(bodies))

    async with connected(nats_server) as client:
        await make_stream(client)
        async with at_work(broker):
            for fetched in (1, 2):
                await tell(client, 1)
                await until_fetched(client, fetched)
            await tell(client, 3)

            async def handed_over() -> bool:
                return bool(batches)

            await until(handed_over, "a batch is handed over")
    assert batches == [5]


async def until_fetched(client: Client, count: int) -> None:
    async def is_so() -> bool:
        info = await client.jetstream().consumer_info(STREAM, "d")
        return bool(info.num_ack_pending == count)

    await until(is_so, f"{count} messages are fetched")


async def test_what_has_come_is_taken_at_once(nats_server: NatsServer, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/toy.db"
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, store, batch_size=5) as toy,
    ):
        await publish(client, sheet("p1"))
        await until_counted(toy, "p1", 1)


async def test_messages_of_one_pull_are_handled_all_at_once(nats_server: NatsServer) -> None:
    second_came = asyncio.Event()
    done: list[int] = []
    broker = NatsBroker(nats_server.url, logger=None)
    pull = PullSub(batch_size=2, timeout=0.1)

    @broker.subscriber(SUBJECT, durable="d", stream=RAW, pull_sub=pull)
    async def take(body: int) -> None:
        if body == 0:
            await second_came.wait()
        done.append(body)
        second_came.set()

    async with connected(nats_server) as client:
        await make_stream(client)
        await tell(client, 2)
        async with at_work(broker):
            await until(lambda: asyncio.wait_for(second_came.wait(), 60), "the second is handled")

            async def both() -> bool:
                return len(done) == 2

            await until(both, "both are handled")
    assert done == [1, 0]


async def test_configuration_of_a_consumer_that_is_there_is_ignored(
    nats_server: NatsServer,
) -> None:
    async with connected(nats_server) as client:
        await make_stream(client)
        stream = client.jetstream()
        await stream.pull_subscribe("raw.a", durable="d", config=ConsumerConfig(ack_wait=5))
        await stream.pull_subscribe("raw.b", durable="d", config=ConsumerConfig(ack_wait=50))
        found = (await stream.consumer_info(STREAM, "d")).config
        assert (found.filter_subject, found.ack_wait) == ("raw.a", 5)


async def test_consumer_that_hears_something_else_is_set_right_at_the_start(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/toy.db"
    other = consumer_config("ranking", ("sayembara.notification.>",))
    async with connected(nats_server) as client:
        log = Log(client)
        await log.api(f"CONSUMER.CREATE.{LOG}.ranking", {"stream_name": LOG, "config": other})
        async with started(TOY, nats_server, store) as toy:
            await publish(client, sheet("p1"))
            await until_counted(toy, "p1", 1)
            assert (await log.consumer("ranking"))["config"]["filter_subjects"] == [*TOY.filters]


async def test_backoff_does_not_slow_down_a_refusal(nats_server: NatsServer) -> None:
    config = ConsumerConfig(backoff=[600.0, 600.0, 600.0], max_deliver=4, ack_wait=600)
    async with connected(nats_server) as client:
        await make_stream(client)
        await tell(client, 1)
        pulled = await client.jetstream().pull_subscribe(SUBJECT, durable="d", config=config)
        for delivered in range(1, 5):
            (message,) = await pulled.fetch(1, timeout=20)
            assert message.metadata.num_delivered == delivered
            await message.nak()


async def test_a_message_that_fails_is_delivered_once(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/toy.db"
    assert UNLUCKY["bug"] == 0
    async with connected(nats_server) as client, started(TOY, nats_server, store) as toy:
        last = await publish(client, *(sheet(f"bug-{number}") for number in range(5)), sheet("p1"))
        await until_counted(toy, "p1", 1)
        await until_taken(toy)
        state = await Log(client).consumer("ranking")
        assert last < state["delivered"]["stream_seq"] == state["delivered"]["consumer_seq"]
        assert state["num_redelivered"] == 0


async def test_reader_of_a_deleted_consumer_spins_and_looks_alive(nats_server: NatsServer) -> None:
    heard: list[int] = []
    broker = NatsBroker(nats_server.url, logger=None)

    @broker.subscriber(SUBJECT, durable="d", stream=RAW, pull_sub=PullSub(timeout=0.1))
    async def take(body: int) -> None:
        heard.append(body)

    async with connected(nats_server) as client:
        await make_stream(client)
        async with at_work(broker):
            await client.jetstream().delete_consumer(STREAM, "d")
            own = await broker.connect()
            before = own.stats["out_msgs"]
            await tell(client, 1)

            async def has_spun() -> bool:
                return own.stats["out_msgs"] > before + 300

            await until(has_spun, "it has asked 300 times for what is not there")
            assert await broker.ping(5)
            assert heard == []
            try:
                await client.jetstream().consumer_info(STREAM, "d")
            except NotFoundError:
                return
    raise AssertionError("the consumer was made again")
