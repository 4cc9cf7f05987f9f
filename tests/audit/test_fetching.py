"""Whoever may only read the log reads all of it, also where the server that answers lags."""

import pytest
from contracts.stream import STREAM
from kit.log import Log
from kit.stored import request_from
from nats.aio.client import Client

from sayembara.audit import asof, fetching
from sayembara.audit.reading import read
from sayembara.trouble import Trouble
from tests.support.nats import NatsServer
from tests.support.system import connected

BEYOND = 1_000_000
"""What is asked for from there on no server has: so it answers as one that lags does."""
SUBJECT = "sayembara.ranking.lomba-2026.stage.meja.changed"
OTHER = "sayembara.evaluation.lomba-2026.sheet.p1.submitted"


class Lagging:
    """A server that has not heard what is from a position on, for so many answers."""

    def __init__(self, first: int, answers: int) -> None:
        self.first = first
        self.answers = answers

    async def request_from(self, log: Log, position: int, inbox: str, most: int) -> None:
        if self.answers and position >= self.first:
            self.answers -= 1
            return await request_from(log, position + BEYOND, inbox, most)
        upto = min(most, self.first - position) if self.answers else most
        return await request_from(log, position, inbox, upto)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAUSE_SECONDS", 0)


async def positions(
    client: Client, last: int | None = None, subject: str = "sayembara.>"
) -> list[int]:
    log = Log(client, only_reads=True)
    return [each.position async for some in read(log, (subject,), last=last) for each in some]


async def say(client: Client, count: int) -> None:
    for number in range(count):
        await client.jetstream().publish(OTHER if number % 2 else SUBJECT, b"{}")


async def test_all_is_read_from_a_server_that_lags(
    nats_server: NatsServer, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(nats_server) as client:
        await say(client, 6)
        monkeypatch.setattr(fetching, "request_from", Lagging(4, 3).request_from)
        assert await positions(client) == [1, 2, 3, 4, 5, 6]
        monkeypatch.setattr(fetching, "request_from", Lagging(2, 3).request_from)
        assert await positions(client, subject=OTHER) == [2, 4, 6]


async def test_a_server_that_goes_on_lagging_is_trouble_and_no_short_log(
    nats_server: NatsServer, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(nats_server) as client:
        await say(client, 6)
        monkeypatch.setattr(fetching, "request_from", Lagging(4, BEYOND).request_from)
        text = "no message from position 4 on, and the log goes up to 6: it lags; try again"
        with pytest.raises(Trouble, match=text):
            await positions(client)
        assert await positions(client, last=3) == [1, 2, 3]


async def test_a_log_of_which_the_end_is_gone_is_read_as_far_as_it_is_there(
    nats_server: NatsServer,
) -> None:
    """Its hole is for whoever reads to find: nothing is waited for that no server has."""
    async with connected(nats_server) as client:
        await say(client, 4)
        assert await positions(client, last=9) == [1, 2, 3, 4]
        info = await Log(client).api(f"STREAM.INFO.{STREAM}")
        assert info["state"]["last_seq"] == 4


async def test_an_empty_log_has_no_position(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        assert await positions(client) == []
        with pytest.raises(Trouble, match="the log is empty: it has no position 1"):
            await asof.position_at(Log(client), "lomba-2026", "1")
