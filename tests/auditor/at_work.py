"""The auditor at work inside a test, over a log that the test writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from sayembara.audit.note import Checkpoint, Verifier, opened
from sayembara.auditor.app import SERVICE
from sayembara.auditor.settings import AuditorSettings
from tests.support.access import bearer
from tests.support.nats import NatsServer
from tests.support.system import Started, started

OPERATOR = bearer("operator")
HOUR = 3600.0


@asynccontextmanager
async def auditor(
    server: NatsServer,
    folder: Path,
    store: str | None = None,
    **more: Any,
) -> AsyncIterator[tuple[Started, httpx.AsyncClient]]:
    """The auditor, running, and a client of somebody without a token."""
    url = store or f"sqlite:///{folder}/auditor.db"
    settings = {"checkpoint_key": folder / "audit" / "checkpoint-key", **more}
    async with (
        started(SERVICE, server, url, kind=AuditorSettings, **settings) as one,
        httpx.AsyncClient(base_url=one.url, timeout=20) as ask,
    ):
        yield one, ask


async def key_of(ask: httpx.AsyncClient) -> Verifier:
    """The public key that the auditor shows."""
    return Verifier.of((await ask.get("/key")).json()["key"])


async def newest(ask: httpx.AsyncClient) -> Checkpoint | None:
    """The newest checkpoint, whose signature is right; None before the first."""
    answer = await ask.get("/checkpoint")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    return Checkpoint.of(opened(answer.text, [await key_of(ask)]).text)


async def signed_now(ask: httpx.AsyncClient) -> Checkpoint:
    """The log signed now, on the operator's word."""
    answer = await ask.post("/checkpoints", headers=OPERATOR)
    assert answer.status_code == httpx.codes.OK, answer.text
    found = await newest(ask)
    assert found is not None
    return found
