"""The standings for many readers: written once, told once, packed where that is taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from nats.aio.client import Client
from ranking_service.api.standings import standings_of
from ranking_service.app import SERVICE

from tests.ranking.facts import admitted, opened, scored, sheet
from tests.ranking.watching import STANDINGS, stood
from tests.shared.toy import publish
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started

PROPOSALS = [f"p{number:02}" for number in range(20)]
READERS = 50


@asynccontextmanager
async def at_work(
    server: NatsServer, store: str
) -> AsyncIterator[tuple[Client, httpx.AsyncClient]]:
    async with (
        connected(server) as client,
        started(SERVICE, server, store) as one,
        http(one) as ask,
    ):
        await publish(client, opened(), *(admitted(each) for each in PROPOSALS))
        await stood(ask, len(PROPOSALS))
        yield client, ask


async def test_who_has_the_standings_is_told_so_until_they_change(
    nats_server: NatsServer, tmp_path: Any
) -> None:
    async with at_work(nats_server, f"sqlite:///{tmp_path}/ranking.db") as (client, ask):
        first = await ask.get(STANDINGS)
        tag = {"if-none-match": f'"another", {first.headers["etag"]}'}
        same = await ask.get(STANDINGS, headers=tag)
        # An edition of somebody else moves the position, and nothing in this table.
        other = sheet("x", "juror-1", "70").model_copy(update={"edition": "elsewhere"})
        last = await publish(client, other)
        await taken(ask, last)
        still = await ask.get(STANDINGS, headers=tag)
        await publish(client, *scored({"p00": "90"}))
        await taken(ask, last + 1)
        changed = await ask.get(STANDINGS, headers=tag)
        plain = await ask.get(STANDINGS, headers={"accept-encoding": "identity"})

    assert (same.status_code, same.content, same.headers["etag"]) == (
        304,
        b"",
        first.headers["etag"],
    )
    assert still.status_code == 304
    assert first.headers["access-control-allow-origin"] == "*"
    assert changed.status_code == 200
    assert changed.json()["rows"][0]["score"] == "90.00"
    assert changed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.json() == changed.json()


async def taken(ask: httpx.AsyncClient, position: int) -> None:
    while (await ask.get("/status")).json()["position"] < position:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.02)


async def test_many_readers_cost_one_reading(
    nats_server: NatsServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[object] = []

    def counting(*which: Any) -> Any:
        counted.append(which)
        return standings_of(*which)

    monkeypatch.setattr("ranking_service.api.standings_of", counting)
    async with at_work(nats_server, f"sqlite:///{tmp_path}/ranking.db") as (client, ask):
        counted.clear()
        last = await publish(client, *scored({"p00": "90"}))
        await taken(ask, last)
        answers = await asyncio.gather(*(ask.get(STANDINGS) for _ in range(READERS)))
        assert {each.json()["rows"][0]["score"] for each in answers} == {"90.00"}
        assert len(counted) == 1
        await publish(client, *scored({"p01": "95"}))
        await taken(ask, last + 1)
        old = await ask.get(STANDINGS, headers={"cache-control": "max-age=10"})
        new = await ask.get(STANDINGS)
        assert [each.json()["rows"][0]["proposal"] for each in (old, new)] == ["p00", "p01"]
