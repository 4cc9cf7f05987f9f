"""Notification with webhooks: what is shown to the public, an operator who asks, and the lines."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from contracts.event import Event
from contracts.submission import IntakeClosed
from kit.http import make_app
from notification_service.webhooks.delivering import Lines
from notification_service.webhooks.network import Resolve, resolve
from notification_service.webhooks.sending import sender

from tests.notification.at_work import AtWork, at_work
from tests.support.access import KEYS, bearer

ORDER = {"by": "Bagian Organisasi", "reason": "surat permintaan 800/1234"}
CLOSED = "intake.closed.v1"
HERE: dict[str, Any] = {"webhook_networks": ["127.0.0.0/8"], "webhook_http": True}
"""The settings with which an endpoint on this machine may be sent something."""


def closed(edition: str = "e1", submitted: int = 1) -> IntakeClosed:
    """A small event that everybody may see."""
    return IntakeClosed(edition=edition, submitted=submitted, by="Sekretariat")


class Hooked:
    """A service with webhooks: tests show events, and let the lines work until nothing is due."""

    def __init__(self, here: AtWork, ask: httpx.AsyncClient, lines: Lines) -> None:
        self.here = here
        self.ask = ask
        self.lines = lines

    async def add(self, url: str, webhook: str = "w1", **order: Any) -> str:
        """Add a webhook; gives its secret."""
        asked = {"webhook": webhook, "url": url, "events": [CLOSED], "owner": "pemilik"}
        answer = await self.ask.post("/webhooks", json={**asked, **ORDER, **order})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["secret"])

    async def post(self, path: str, body: object = None) -> Any:
        answer = await self.ask.post(f"/webhooks/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def show(self, *events: Event) -> None:
        """These are heard, each at the next position of the log, and shown to the public."""
        await self.here.hear(*events)

    async def work(self) -> None:
        """Let the lines work until none of them is due."""
        await self.idle()
        while await self.lines.round():
            await self.idle()

    async def idle(self) -> None:
        """Wait until no line is at work."""
        while self.lines.at_work:
            await asyncio.gather(*self.lines.at_work.values())
            await asyncio.sleep(0)

    async def work_for(self, seconds: int, step: int) -> None:
        """Let the lines work, and the clock go on by steps, for so long."""
        for _ in range(0, seconds, step):
            await self.work()
            self.here.clock.pass_seconds(step)

    async def webhook(self, webhook: str = "w1") -> Any:
        return (await self.ask.get(f"/webhooks/{webhook}")).json()

    async def deliveries(self, webhook: str = "w1", **query: Any) -> list[Any]:
        """Its deliveries, oldest first."""
        found = await self.ask.get(f"/webhooks/{webhook}/deliveries", params=query)
        rows: list[Any] = found.json()
        return rows[::-1]


@asynccontextmanager
async def hooked(
    store: str,
    *,
    chance: Callable[[], float] = lambda: 1.0,
    resolve: Resolve = resolve,
    **settings: Any,
) -> AsyncIterator[Hooked]:
    async with at_work(store, token_keys=KEYS, **{**HERE, **settings}) as here:
        transport = httpx.ASGITransport(make_app(here.running))
        async with (
            httpx.AsyncClient(
                transport=transport, base_url="http://here", headers=bearer("operator")
            ) as ask,
            sender(here.settings, resolve) as sending,
        ):
            one = Hooked(here, ask, Lines(here.running, sending, chance))
            yield one
            for task in list(one.lines.at_work.values()):
                task.cancel()
            await asyncio.gather(*one.lines.at_work.values(), return_exceptions=True)
