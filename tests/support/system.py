"""A service of the kit, running inside the test, and the log beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import nats
from kit.life import Life
from kit.log import Log
from kit.running import Running
from kit.service import Service
from kit.settings import Settings
from nats.aio.client import Client

from tests.support.access import KEYS, Fitting
from tests.support.nats import NatsAt, NatsServer, free_port
from tests.support.waiting import until


@asynccontextmanager
async def connected(server: NatsServer) -> AsyncIterator[Client]:
    """A client of the test's own, with the log made."""
    client = await nats.connect(server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.05)
    await Log(client).apply_stream()
    yield client
    with suppress(Exception):
        await client.close()


class Started:
    """A service that runs in this test's event loop."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.running = Running(service, settings)
        self.life = Life(self.running)
        self.url = f"http://{settings.http_host}:{settings.http_port}"
        self.task = asyncio.create_task(self.life.run())

    async def is_ready(self) -> bool:
        if self.task.done():
            await self.task
            raise AssertionError("the service ended")
        return not self.running.why_not_ready()

    async def stop(self) -> None:
        self.life.stop()
        await asyncio.wait_for(self.task, 60)


@asynccontextmanager
async def started(
    service: Service,
    server: NatsServer | NatsAt,
    store: str,
    *,
    ready: bool = True,
    kind: type[Settings] = Settings,
    **more: Any,
) -> AsyncIterator[Started]:
    settings = kind(
        nats_url=server.url,
        database_url=store,
        log_level="error",
        **{"token_keys": KEYS, "http_port": free_port(), **more},
    )
    one = Started(service, settings)
    if ready:
        await until(one.is_ready, "the service is ready")
    try:
        yield one
    finally:
        if not one.task.done():
            await one.stop()


def http(one: Started) -> httpx.AsyncClient:
    """A client that asks each address as somebody who may, unless a request shows a token."""
    return httpx.AsyncClient(base_url=one.url, timeout=60, auth=Fitting())
