"""The changes of a stage, over real connections to a real service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import httpx
import pytest
from kit import life
from nats.aio.client import Client
from ranking_service.api import feed, live
from ranking_service.api.live import live_of
from ranking_service.app import SERVICE
from ranking_service.settings import RankingSettings

from tests.ranking.facts import DESK, EDITION, FIELD, admitted, closed, opened, scored, sheet
from tests.ranking.watching import changes, reader, stood, told, watching
from tests.shared.toy import publish
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, http, started
from tests.support.waiting import until

CHANGED = "standings.changed.v1"
RANKED = "stage.ranked.v1"
PROPOSALS = "abc"
LARGE = b"x" * 500_000


@asynccontextmanager
async def at_work(
    server: NatsServer, store: str, clients_max: int = 100
) -> AsyncIterator[tuple[Started, Client, httpx.AsyncClient]]:
    """Ranking with an edition in which nobody has a sheet yet."""
    async with (
        connected(server) as client,
        started(SERVICE, server, store, kind=RankingSettings, live_clients_max=clients_max) as one,
        http(one) as ask,
    ):
        await publish(client, opened(), *(admitted(each) for each in PROPOSALS))
        await stood(ask, len(PROPOSALS))
        yield one, client, ask


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ranking.db"


async def test_changes_come_as_they_are_said_and_go_on_from_any_position(
    nats_server: NatsServer, new_store: Callable[[str], str]
) -> None:
    store = new_store("ranking")
    async with at_work(nats_server, store) as (_, client, ask):
        async with watching(ask) as watcher:
            for number, each in enumerate(PROPOSALS, 1):
                await publish(client, sheet(each, "juror-1", str(70 + number)))
                heard = list(await watcher.until(CHANGED, number))
        assert [row["proposal"] for _, _, data in heard for row in data["rows"]] == [*PROPOSALS]
        first = heard[0][0]
        async with watching(ask, first) as program, watching(ask, 0, last=first) as browser:
            assert await program.until(CHANGED, 2) == heard[1:]
            await publish(client, closed())
            everything = heard[:1] + await program.until(RANKED)
            assert await browser.until(RANKED) == everything[1:]
    positions = [position for position, _, _ in everything]
    assert positions == sorted(set(positions))

    async with started(SERVICE, nats_server, store) as one, http(one) as ask:
        for number, position in enumerate([0, *positions]):
            lines = await told(ask, position)
            assert [(each["id"], each["event"], each["data"]) for each in lines] == everything[
                number:
            ]
        async with watching(ask, positions[-1]) as at_the_end, watching(ask) as from_the_start:
            assert await from_the_start.until(RANKED) == everything
            assert at_the_end.found == []


async def test_a_later_stage_has_changes_of_its_own(nats_server: NatsServer, store: str) -> None:
    async with at_work(nats_server, store) as (_, client, ask):
        async with watching(ask, stage=FIELD) as watcher:
            await publish(client, *scored({"a": "90", "b": "80", "c": "70"}), closed())
            await stood(ask, 2, FIELD)
            await publish(client, *scored({"a": "60"}, FIELD))
            found = await watcher.until(CHANGED)
        assert [(event, data["stage"]) for _, event, data in found] == [(CHANGED, FIELD)]
        assert {each["data"]["stage"] for each in await told(ask)} == {DESK}


async def test_who_does_not_read_is_let_go_and_the_others_hear_everything(
    nats_server: NatsServer, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "RECENT_MAX", 3)
    async with at_work(nats_server, store) as (one, client, ask):
        _, silent = await reader(one, changes(), reads=False)
        await until(lambda: watched_by(ask, 1), "the one that will not read watches")
        # The kernel keeps some megabytes for each connection: these beats fill them soon.
        monkeypatch.setattr(live, "BEATS", dict.fromkeys(feed.BEATS, b": %s\n\n" % LARGE))
        monkeypatch.setattr(live, "BEAT_SECONDS", 0.02)
        await until(partial(is_full, one), "nothing more goes into its connection")
        monkeypatch.undo()
        monkeypatch.setattr(feed, "RECENT_MAX", 3)
        async with watching(ask) as watcher:
            for version in range(1, 7):
                await publish(client, sheet("a", "juror-1", str(40 + version), version=version))
                await watcher.until(CHANGED, version)
            await until(lambda: watched_by(ask, 1), "the one that does not read is let go")
            await publish(client, closed())
            await watcher.until(RANKED)
        silent.close()
        metrics = (await ask.get("/metrics")).text
    assert "sayembara_live_dropped_total 1.0" in metrics


async def is_full(one: Started) -> bool:
    """Whether something waits in the only connection that watches."""
    (client,) = live_of(one.running).clients
    return client.transport.get_write_buffer_size() > 0


async def test_who_reads_late_is_told_the_rest_when_its_connection_takes_it(
    nats_server: NatsServer, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(nats_server, store) as (one, client, ask):
        read, write = await reader(one, changes(), reads=False)
        await until(lambda: watched_by(ask, 1), "it watches")
        monkeypatch.setattr(live, "BEATS", dict.fromkeys(feed.BEATS, b"%s\n" % LARGE))
        monkeypatch.setattr(live, "BEAT_SECONDS", 0.02)
        await until(partial(is_full, one), "nothing more goes into its connection")
        monkeypatch.undo()
        await publish(client, *scored({"a": "90"}), closed())
        async with watching(ask) as watcher:
            everything = await watcher.until(RANKED)
        waiting = [each.transport.get_write_buffer_size() for each in live_of(one.running).clients]
        assert max(waiting) <= len(LARGE) + 100, "what is not taken is not put behind it"
        got = b""
        async with asyncio.timeout(20):
            while RANKED.encode() not in got:
                got = got[-10_000:] + await read.read(2**20)
        write.close()
    assert [b'"id":%d,' % position in got for position, _, _ in everything] == [True] * len(
        everything
    )


async def watched_by(ask: httpx.AsyncClient, clients: int) -> bool:
    return f"sayembara_live_clients {clients}.0" in (await ask.get("/metrics")).text


async def test_a_stop_ends_every_stream_and_waits_for_none(
    nats_server: NatsServer, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life, "FINISH_SECONDS", 3600)
    async with at_work(nats_server, store) as (one, _, ask):
        # If it waited for whoever watches, it would do so for longer than this test.
        one.life._server.config.timeout_graceful_shutdown = 3600
        _, silent = await reader(one, changes())
        async with watching(ask) as watcher:
            await until(lambda: watched_by(ask, 2), "both watch")
            await one.stop()
            await asyncio.wait_for(watcher.ended.wait(), 60)
        silent.close()


async def test_no_more_than_so_many_may_watch(nats_server: NatsServer, store: str) -> None:
    async with (
        at_work(nats_server, store, clients_max=1) as (_, _, ask),
        watching(ask),
    ):
        refused = await ask.get(changes(), params={"follow": False})
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert "1 clients are watching" in refused.json()["detail"]


async def test_what_cannot_be_watched(nats_server: NatsServer, store: str) -> None:
    async with at_work(nats_server, store) as (_, _, ask):
        found = [
            await ask.get(f"/editions/{EDITION}/stages/nowhere/changes"),
            await ask.get(changes().replace(EDITION, "nothing")),
            await ask.get(changes(), params={"after": 10**6}),
            await ask.get(changes(), params={"after": -1}),
            await ask.get(changes(), headers={"last-event-id": "yesterday"}),
        ]
    assert [(each.status_code, each.json()["code"]) for each in found] == [
        (404, "unknown_stage"),
        (404, "unknown_edition"),
        (422, "beyond_the_log"),
        (422, "malformed_request"),
        (422, "malformed_request"),
    ]


async def test_a_client_of_http_1_0_reads_plain_lines(nats_server: NatsServer, store: str) -> None:
    async with at_work(nats_server, store) as (one, client, _):
        read, write = await reader(one, changes(), version="1.0")
        await publish(client, *scored({"a": "90"}), closed())
        async with asyncio.timeout(20):
            head = await read.readuntil(b"\r\n\r\n")
            lines = [await read.readline() for _ in range(3)]
        write.close()
    assert b"chunked" not in head.lower()
    assert lines[0] == b"\n"
    assert [line.startswith(b'{"id":') for line in lines[1:]] == [True, True]


async def test_whenever_and_wherever_clients_come_in_they_miss_nothing_and_hear_nothing_twice(
    nats_server: NatsServer, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "RECENT_MAX", 3)
    random = Random(5)
    async with at_work(nats_server, store) as (_, client, ask), AsyncExitStack() as stack:
        first = await stack.enter_async_context(watching(ask))
        come = []
        for version in range(1, 41):
            await publish(client, sheet("a", "juror-1", str(40 + version), version=version))
            if version % 3 == 0:
                after = random.choice([0, *(position for position, _, _ in first.found)])
                come.append((after, await stack.enter_async_context(watching(ask, after))))
        await publish(client, closed())
        everything = await first.until(RANKED)
        for after, each in come:
            assert await each.until(RANKED) == [one for one in everything if one[0] > after]
    assert [event for _, event, _ in everything[-2:]] == [CHANGED, RANKED]
