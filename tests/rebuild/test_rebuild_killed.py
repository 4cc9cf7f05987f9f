"""A process killed at any step of a rebuild: one store is in force, the old one or the new one."""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.operations import StoreRebuilt
from kit.log import Log
from kit.settings import Settings
from kit.stored import messages_between
from nats.aio.client import Client

from tests.rebuild import breaking
from tests.rebuild.stores import BY_ORDER, ended
from tests.shared.toy import TOY, publish, sheet
from tests.support.access import KEYS, Fitting
from tests.support.nats import NatsServer, free_port
from tests.support.system import connected, http, started
from tests.support.waiting import until

NewStore = Callable[[str], str]

PROCESSES = multiprocessing.get_context("forkserver")
"""Each is a fork of one that has imported everything: to start Python costs seconds."""
PROCESSES.set_forkserver_preload([breaking.__name__])
SHEETS = 30
BEFORE = (
    "before making",
    "after making",
    "after comparing",
    "before carrying-over",
    "after carrying-over",
    "after letting-go",
)
OF_FILES = ("before linking", "after linking")
OF_SCHEMAS = ("before renaming-first", "after renaming-first", "after renaming-rebuilt")
AFTER = ("after taking-over",)


def steps() -> list[Any]:
    files = [("sqlite", each) for each in (*BEFORE, *OF_FILES, "after replacing", *AFTER)]
    schemas = [("postgresql", each) for each in (*BEFORE[3:], *OF_SCHEMAS, *AFTER)]
    marks: dict[str, Any] = {"sqlite": (), "postgresql": pytest.mark.postgres}
    return [pytest.param(*each, marks=marks[each[0]]) for each in (*files, *schemas)]


@pytest.mark.parametrize(("kind", "step"), steps())
async def test_whoever_is_killed_leaves_one_store_whole(
    kind: str,
    step: str,
    nats_server: NatsServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    store = f"sqlite:///{tmp_path / 'toy.db'}"
    if kind == "postgresql":
        store = request.getfixturevalue("postgres").new_database()
    async with connected(nats_server) as client:
        await publish(client, *(sheet("p1", f"j{number}") for number in range(SHEETS)))
        await rebuild_until_killed(nats_server, store, step)
        async with started(TOY, nats_server, store) as toy, http(toy) as ask:
            await publish(client, sheet("p1", "last"))
            await until(lambda: counted(ask, SHEETS + 1), "every sheet is counted once")
            is_new = step in ("after replacing", *AFTER)
            assert await says_it_was_rebuilt(client, ask) is is_new

            await ask.post("/rebuild", json=BY_ORDER)
            assert (await ended(ask))["state"] == "done"
            assert (await ask.get("/counts")).json() == {"p1": SHEETS + 1}
    assert left_over(tmp_path) == []


def left_over(folder: Path) -> list[Path]:
    return list(folder.glob("*.rebuilt*"))


async def counted(ask: httpx.AsyncClient, sheets: int) -> bool:
    return bool((await ask.get("/counts")).json() == {"p1": sheets})


async def says_it_was_rebuilt(client: Client, ask: httpx.AsyncClient) -> bool:
    async def published() -> bool:
        return bool((await ask.get("/status")).json()["unpublished"] == 0)

    await until(published, "the outbox is empty")
    log = Log(client)
    messages = await messages_between(log, 1, await log.last_position())
    return any(each.event_type == StoreRebuilt.type for each in messages)


async def rebuild_until_killed(server: NatsServer, store: str, step: str) -> None:
    port = free_port()
    settings = Settings(
        nats_url=server.url,
        database_url=store,
        http_port=port,
        token_keys=KEYS,
        log_level="error",
    )
    process = PROCESSES.Process(target=breaking.run, args=(step, settings))
    process.start()
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=address, auth=Fitting(), trust_env=False) as ask:
        await until(lambda: takes_all(ask), "the service has taken every sheet", 60)
        await ask.post("/rebuild", json=BY_ORDER)
        await asyncio.to_thread(process.join, 60)
    assert process.exitcode == -signal.SIGKILL


async def takes_all(ask: httpx.AsyncClient) -> bool:
    try:
        return await counted(ask, SHEETS)
    except (httpx.TransportError, ValueError):
        return False
