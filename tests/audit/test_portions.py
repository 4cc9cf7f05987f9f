"""A log read by several processes comes to what one process comes to, from a real server."""

import nats
import pytest
from kit.log import Log

from sayembara.audit import portions
from sayembara.audit.asof import replayed_up_to
from sayembara.audit.portion import Source
from sayembara.audit.scratch import scratch
from sayembara.audit.wire import Address
from sayembara.trouble import Trouble
from tests.bench import world
from tests.support.nats import NatsServer, free_port
from tests.support.waiting import until

PROPOSALS = 400
JURORS = 5


async def digest_of(log: Log, last: int, jobs: int) -> str:
    with scratch() as store:
        replay = await replayed_up_to(log, store, world.EDITION, last, jobs=jobs)
        assert replay.position == last
        return store.standings(world.EDITION, world.STAGE).digest


async def test_several_processes_come_to_the_same(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "LEAST", 900)
    client = await nats.connect(nats_server.url, inbox_prefix="_INBOX_of_this")
    log = Log(client)
    await log.apply_stream()
    await world.put_on_log(log, [world.opened(), *world.admitted(PROPOSALS)])
    last = await world.put_on_log(log, world.sheets(PROPOSALS, JURORS))

    assert await digest_of(log, last - 7, 2) == await digest_of(log, last - 7, 1)

    async def nothing_is_left() -> bool:
        return not (await log.api("STREAM.INFO.SAYEMBARA"))["state"]["consumer_count"]

    await until(nothing_is_left, "no consumer is left on the server")
    await client.close()


async def test_a_reader_that_ends_is_told() -> None:
    nowhere = Address("127.0.0.1", free_port(), None, None, "_INBOX.x")
    source = Source(nowhere, world.EDITION, {}, None, frozenset(), b"", frozenset())
    async with portions.readers(source, 1) as idle:
        reader = idle.get_nowait()
        with pytest.raises(Trouble, match="refused"):
            await reader.read((1, 2))
        reader.process.kill()
        with pytest.raises(Trouble, match="has ended: try again"):
            await reader.read((1, 2))
