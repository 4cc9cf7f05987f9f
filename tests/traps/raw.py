"""The libraries as they come, without the kit: what the kit has to stand in for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from faststream.nats import JStream, NatsBroker
from nats.aio.client import Client
from nats.js.api import StreamConfig

STREAM = "RAW"
SUBJECT = "raw.each"
RAW = JStream(STREAM, declare=False)


async def make_stream(client: Client, **more: Any) -> None:
    await client.jetstream().add_stream(StreamConfig(name=STREAM, subjects=["raw.>"], **more))


async def tell(client: Client, count: int) -> None:
    for number in range(count):
        await client.jetstream().publish(SUBJECT, str(number).encode())


@asynccontextmanager
async def at_work(broker: NatsBroker) -> AsyncIterator[NatsBroker]:
    """The broker, connected and consuming."""
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()
