"""The tree of a log that somebody deleted from, although ours refuses it."""

import asyncio

import pytest
from contracts.stream import STREAM, STREAM_CONFIG

from sayembara.addresses import LogPlace
from sayembara.audit.proving import tree_of
from sayembara.event_log import connected
from sayembara.trouble import Trouble
from tests.support.nats import NatsServer

DELETABLE = STREAM_CONFIG | {"deny_delete": False, "deny_purge": False}


async def stored(place: LogPlace) -> None:
    async with connected(place) as log:
        await log.api(f"STREAM.CREATE.{STREAM}", DELETABLE)
        for number in range(5):
            await log.client.jetstream().publish(f"sayembara.ranking.e.n.{number}.said", b"{}")


async def delete(place: LogPlace, position: int) -> None:
    async with connected(place) as log:
        await log.api(f"STREAM.MSG.DELETE.{STREAM}", {"seq": position})


async def size(place: LogPlace) -> int:
    async with connected(place) as log:
        return (await tree_of(log)).size


@pytest.mark.parametrize("position", [1, 3, 5])
def test_a_message_that_was_deleted_is_named(nats_server: NatsServer, position: int) -> None:
    place = LogPlace(nats_server.url)
    asyncio.run(stored(place))
    assert asyncio.run(size(place)) == 5

    asyncio.run(delete(place, position))

    with pytest.raises(Trouble, match=f"no message at position {position}: it was removed"):
        asyncio.run(size(place))
