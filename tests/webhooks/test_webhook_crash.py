"""The whole service on a real log: killed between acceptance and commit, and the internal view."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from notification_service.app import SERVICE
from notification_service.settings import NotificationSettings

from tests.rebuild.stores import ended
from tests.shared.toy import publish, sheet
from tests.support.access import KEYS, bearer
from tests.support.nats import NatsServer, free_port
from tests.support.system import connected, started
from tests.support.waiting import until
from tests.webhooks.at_work import CLOSED, ORDER, closed
from tests.webhooks.endpoint import OK, Reply, Taken, endpoint

OPERATOR = bearer("operator")
SHEET = "sheet.submitted.v1"


class Process:
    """Notification as a process of its own, which can be killed and started again."""

    def __init__(self, server: NatsServer, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "notification.log"
        self.environment = {
            **os.environ,
            "SAYEMBARA_NATS_URL": server.url,
            "SAYEMBARA_DATABASE_URL": f"sqlite:///{folder / 'notification.db'}",
            "SAYEMBARA_HTTP_PORT": str(self.port),
            "SAYEMBARA_TOKEN_KEYS": str(KEYS),
            "SAYEMBARA_CONTACT_KEYS": str(folder / "contact-keys"),
            "SAYEMBARA_MAIL_FOLDER": str(folder / "mail"),
            "SAYEMBARA_WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
            "SAYEMBARA_WEBHOOK_HTTP": "true",
        }
        self.ask = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=OPERATOR)
        self.running: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._begin()
        await until(self.is_ready, "notification is ready", 60)

    def _begin(self) -> None:
        with self.log.open("ab") as log:
            command = (sys.executable, "-m", "notification_service")
            self.running = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    async def is_ready(self) -> bool:
        try:
            return (await self.ask.get("/readyz")).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        assert self.running is not None
        os.kill(self.running.pid, signal.SIGKILL)
        self.running.wait()


@asynccontextmanager
async def process(server: NatsServer, folder: Path) -> AsyncIterator[Process]:
    one = Process(server, folder)
    try:
        await one.start()
        yield one
    finally:
        one.kill()
        await one.ask.aclose()


async def add(ask: httpx.AsyncClient, url: str, *events: str, **more: Any) -> str:
    order = {"webhook": "w1", "url": url, "events": events, "owner": "pemilik", **ORDER, **more}
    answer = await ask.post("/webhooks", json=order)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["secret"])


async def test_killed_between_acceptance_and_commit_it_sends_the_same_once_more(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with (
        connected(nats_server) as client,
        endpoint() as server,
        process(nats_server, tmp_path) as one,
    ):
        secret = await add(one.ask, server.url, CLOSED)

        def kill_then_accept(_: Taken) -> Reply:
            one.kill()
            server.reply = lambda _: OK
            return OK

        server.reply = kill_then_accept
        await publish(client, closed(submitted=1), closed(submitted=2))
        await until(lambda: has(server.taken, 1), "the first one was accepted")
        await one.start()
        await until(lambda: has(server.taken, 3), "it goes on")

        first, again, second = server.taken
        assert (first.id, first.body) == (again.id, again.body)
        counts = [each.verified_with(secret)["data"]["submitted"] for each in server.taken]
        assert counts == [1, 1, 2]
        assert second.id != first.id
        assert "rahasia" not in one.log.read_text()
        assert secret not in one.log.read_text()


async def test_rebuilt_store_sends_nothing_again_and_goes_on(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path / 'notification.db'}"
    async with (
        connected(nats_server) as client,
        endpoint() as server,
        started(SERVICE, nats_server, store, kind=NotificationSettings, **told(tmp_path)) as one,
        httpx.AsyncClient(base_url=one.url, headers=OPERATOR) as ask,
    ):
        secret = await add(ask, server.url, CLOSED)
        await publish(client, closed(submitted=1), closed(submitted=2))
        await until(lambda: has(server.taken, 2), "both have come")
        await until(lambda: delivered(ask, 2), "that is written down")
        await ask.post("/webhooks/w1/pause", json=ORDER)
        await publish(client, closed(submitted=3))
        before = (await ask.get("/webhooks/w1")).json()
        assert (await ask.post("/rebuild", json=ORDER)).is_success
        assert (await ended(ask))["state"] == "done"

        assert (await ask.get("/webhooks/w1")).json() == before
        await ask.post("/webhooks/w1/resume", json=ORDER)
        await until(lambda: has(server.taken, 3), "it goes on")
        await until(lambda: delivered(ask, 3), "that is written down")
        counts = [each.verified_with(secret)["data"]["submitted"] for each in server.taken]
        assert counts == [1, 2, 3]


async def delivered(ask: httpx.AsyncClient, count: int) -> bool:
    found = (await ask.get("/webhooks/w1")).json()["deliveries"]
    return bool(found == {"delivered": count})


def told(folder: Path) -> dict[str, Any]:
    return {
        "contact_keys": folder / "contact-keys",
        "mail_folder": folder / "mail",
        "webhook_networks": ["127.0.0.0/8"],
        "webhook_http": True,
    }


async def has(taken: list[Taken], least: int) -> bool:
    return len(taken) >= least


async def test_internal_view_is_the_message_of_the_log_in_its_order(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path / 'notification.db'}"
    sheets = [sheet("p1", juror) for juror in ("j1", "j2", "j3")]
    async with (
        connected(nats_server) as client,
        endpoint() as server,
        started(SERVICE, nats_server, store, kind=NotificationSettings, **told(tmp_path)) as one,
        httpx.AsyncClient(base_url=one.url, headers=OPERATOR) as ask,
    ):
        await publish(client, sheets[0], sheets[1])
        await add(ask, server.url, SHEET, CLOSED, view="internal", since="start")
        await until(lambda: has(server.taken, 2), "what was there before")
        await publish(client, closed(), sheets[2])
        await until(lambda: has(server.taken, 4), "what came since")

        seen = [each.event for each in server.taken]
        assert [each["type"] for each in seen] == [SHEET, SHEET, CLOSED, SHEET]
        jurors = [each["data"]["juror"] for each in seen if each["type"] == SHEET]
        assert jurors == ["j1", "j2", "j3"]
        assert seen[0]["dataschema"] == f"urn:sayembara:schema:{SHEET}"
        assert "correlationid" in seen[0]
        again = await ask.post("/webhooks/w1/again", json={"first": 1, "last": 2, **ORDER})
        assert again.json() == {"queued": 2}
        await until(lambda: has(server.taken, 6), "the range once more")
        assert [each.event["data"]["juror"] for each in server.taken[4:]] == ["j1", "j2"]
