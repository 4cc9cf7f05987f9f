"""The embedded form's NATS server alone, with its users and the log made."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from contracts.stream import STREAM
from nats.aio.client import Client
from nats.aio.msg import Msg

from sayembara import event_log
from sayembara.embedded.running import Embedded
from sayembara.embedded.system import System
from tests.support.waiting import until
from tests.system.embedded import free_ports

ANSWERED_SECONDS, UNANSWERED_SECONDS = 30, 0.5
INFO = f"$JS.API.STREAM.INFO.{STREAM}"


@contextmanager
def broker(folder: Path) -> Iterator[Embedded]:
    embedded = Embedded(System(folder, free_ports(), rehearsal=True), print)
    embedded.start_broker()
    asyncio.run(event_log.apply(embedded.system.log_place()))
    try:
        yield embedded
    finally:
        embedded.stop()


@asynccontextmanager
async def user(embedded: Embedded, name: str) -> AsyncIterator["User"]:
    refusals: list[str] = []

    async def refused(error: Exception) -> None:
        refusals.append(str(error))

    password = (embedded.system.folder / "secrets" / f"nats_{name}").read_text().strip()
    client = await nats.connect(
        embedded.system.ports.addresses().nats,
        user=name,
        password=password,
        inbox_prefix=f"_INBOX_{name}",
        error_cb=refused,
    )
    try:
        yield User(client, refusals)
    finally:
        await client.close()


class User:
    def __init__(self, client: Client, refusals: list[str]) -> None:
        self.client = client
        self.refusals = refusals

    async def ask(self, subject: str, request: Any = None) -> dict[str, Any]:
        """What JetStream answers."""
        answer = await self._answer(subject, request, ANSWERED_SECONDS)
        found: dict[str, Any] = json.loads(answer.data)
        return found

    async def is_not_answered(self, subject: str, request: Any = None) -> None:
        """Nobody answers what this user may not ask."""
        with pytest.raises(TimeoutError):
            await self._answer(subject, request, UNANSWERED_SECONDS)

    async def _answer(self, subject: str, request: Any, seconds: float) -> Msg:
        body = b"" if request is None else json.dumps(request).encode()
        return await self.client.request(subject, body, timeout=seconds)

    async def say(self, subject: str, body: bytes = b"{}", reply: str = "") -> None:
        """Publish, and come back when the server has taken or refused it."""
        await self.client.publish(subject, body, reply=reply)
        await self.client.flush()

    async def refused(self, times: int) -> None:
        """Come back when the server has refused so many times."""

        async def is_so() -> bool:
            return len(self.refusals) >= times

        await until(is_so, f"the server refuses {times} times")
        assert len(self.refusals) == times
        assert all("permissions violation" in each for each in self.refusals)


async def subjects(admin: User) -> dict[str, int]:
    """What is on the log: the number of messages of each subject."""
    info = await admin.ask(INFO, {"subjects_filter": ">"})
    found: dict[str, int] = info["state"].get("subjects", {})
    return found
