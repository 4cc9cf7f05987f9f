"""Letting in and showing out on a cluster of three: every server knows, wherever one is asked."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from sayembara.consumers import seeing, working
from tests.consumers.at_work import AWARDED, Known, known
from tests.consumers.cluster import SERVERS, Cluster, cluster
from tests.support.waiting import until


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path) as running:
        yield running


@asynccontextmanager
async def at(servers: Cluster, number: int, one: Known) -> AsyncIterator[Client]:
    client = await nats.connect(
        servers.url(number), nkeys_seed_str=one.key.seed, allow_reconnect=False
    )
    try:
        yield client
    finally:
        await client.close()


async def asks(client: Client, one: Known) -> int:
    found = await client.jetstream().consumer_info(one.granted.stream, one.granted.durable)
    return int(found.num_pending or 0)


async def test_every_server_lets_in_and_shows_out_at_once(servers: Cluster) -> None:
    one, other = known("one", AWARDED), known("other", AWARDED)
    await working.let_in(servers.place, [one.granted, other.granted])
    for number in range(SERVERS):
        async with at(servers, number, one) as client:
            assert await asks(client, one) == 0
    async with at(servers, 2, one) as gone, at(servers, 1, other) as stays:
        (seen,) = await seeing.seen(servers.place, [one.granted])
        assert (seen.state, seen.connections) == ("connected", 1)

        await working.let_in(servers.place, [other.granted])

        async def is_cut_off() -> bool:
            return gone.is_closed

        await until(is_cut_off, "the connection to the third server is closed")
        assert await asks(stays, other) == 0
    for number in range(SERVERS):
        with pytest.raises(nats.errors.Error, match="Authorization Violation"):
            await at(servers, number, one).__aenter__()
