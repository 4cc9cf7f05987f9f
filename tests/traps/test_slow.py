"""A batch that takes long: longer than the server waits, or longer than the process lives."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.evaluation import SheetSubmitted
from faststream.nats import NatsBroker, PullSub
from kit.log import Log
from kit.reactions import on
from kit.service import Service
from nats.js.api import ConsumerConfig

from tests.shared.toy import TOY, ToyStore, count_sheet, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import connected, started
from tests.support.waiting import until
from tests.traps.raw import RAW, at_work, make_stream, tell
from tests.traps.test_reading import until_counted, until_taken


class Slow:
    """A service that stops in the middle of a batch until it may go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_go_on = threading.Event()
        self.service: Service = replace(TOY, reactions=(on(SheetSubmitted, self.take),))

    def take(self, event: SheetSubmitted, store: ToyStore) -> None:
        count_sheet(event, store)
        if event.proposal == "slow":
            self.begun.set()
            assert self.may_go_on.wait(60)

    async def has_begun(self) -> bool:
        return self.begun.is_set()


@pytest.fixture
def slow() -> Iterator[Slow]:
    one = Slow()
    yield one
    one.may_go_on.set()


BATCH = (sheet("p1"), sheet("slow"), sheet("p1", "j2"))


async def test_handler_slower_than_the_server_waits_is_called_again(
    nats_server: NatsServer,
) -> None:
    calls: list[int] = []
    again = asyncio.Event()
    broker = NatsBroker(nats_server.url, logger=None)

    @broker.subscriber(
        "raw.each",
        durable="d",
        stream=RAW,
        pull_sub=PullSub(batch_size=2, timeout=0.1),
        config=ConsumerConfig(ack_wait=0.3),
    )
    async def take(body: int) -> None:
        calls.append(body)
        await again.wait()

    async with connected(nats_server) as client:
        await make_stream(client)
        await tell(client, 1)
        pulled = await client.jetstream().pull_subscribe(
            "raw.each", durable="d", config=ConsumerConfig(ack_wait=0.3)
        )
        async with at_work(broker):
            await until(lambda: begun(calls), "the handler has begun")
            (message,) = await pulled.fetch(1, timeout=20)
            assert message.metadata.num_delivered == 2
            again.set()


async def begun(calls: list[int]) -> bool:
    return bool(calls)


async def test_batch_slower_than_the_server_waits_is_taken_once(
    nats_server: NatsServer, tmp_path: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.stream.ACK_WAIT_SECONDS", 1)
    async with (
        connected(nats_server) as client,
        started(slow.service, nats_server, f"sqlite:///{tmp_path}/toy.db") as toy,
    ):
        last = await publish(client, *BATCH)
        await until(slow.has_begun, "the batch has begun")

        async def delivered_again() -> bool:
            seen = await Log(client).consumer("ranking")
            return int(seen["delivered"]["consumer_seq"]) > last

        await until(delivered_again, "the server has sent the batch again")
        slow.may_go_on.set()
        await publish(client, sheet("p1", "j3"))
        await until_counted(toy, "p1", 3)
        await until_counted(toy, "slow", 1)
        await until_taken(toy)


async def test_batch_in_the_middle_of_a_shutdown_is_committed_once(
    nats_server: NatsServer, tmp_path: Path, slow: Slow
) -> None:
    store = f"sqlite:///{tmp_path}/toy.db"
    async with connected(nats_server) as client:
        async with started(slow.service, nats_server, store) as toy:
            await publish(client, *BATCH)
            await until(slow.has_begun, "the batch has begun")
            ending = asyncio.create_task(toy.stop())

            async def is_stopping() -> bool:
                return toy.running.stopping

            await until(is_stopping, "the service is stopping")
            slow.may_go_on.set()
            await ending
        await publish(client, sheet("p1", "j3"))
        async with started(TOY, nats_server, store) as next_one:
            await until_counted(next_one, "p1", 3)
            await until_counted(next_one, "slow", 1)
            await until_taken(next_one)
