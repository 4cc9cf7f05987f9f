"""`sayembara webhook`: what an operator asks for, and is shown, against a service at work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path

import httpx
import pytest
from kit.http import make_app
from rich.console import Console
from typer.testing import CliRunner

from sayembara.__main__ import app
from sayembara.addresses import Addresses
from sayembara.play.api import Services
from sayembara.trouble import Trouble
from sayembara.webhooks import asking
from tests.support.access import SIGNER
from tests.webhooks.at_work import CLOSED, ORDER, Hooked, closed, hooked
from tests.webhooks.endpoint import endpoint, says


@asynccontextmanager
async def asked(folder: Path) -> AsyncIterator[tuple[Hooked, Services]]:
    async with hooked(f"sqlite:///{folder / 'hooks.db'}") as one:
        transport = httpx.ASGITransport(make_app(one.here.running))
        client = httpx.AsyncClient(transport=transport)
        addresses = Addresses({"notification": "http://here"}, "")
        async with Services(addresses, SIGNER.token, client) as services:
            yield one, services


async def shown(show: object) -> str:
    text = StringIO()
    await show(Console(file=text, width=200))  # type: ignore[operator] # a question
    return " ".join(text.getvalue().split())


async def test_operator_adds_tests_and_follows_a_webhook(tmp_path: Path) -> None:
    order = {"webhook": "w1", "events": [CLOSED], "owner": "pemilik", **ORDER}
    owner = asking.contact("Pemilik", "pemilik@kemendagri.example")
    async with asked(tmp_path) as (one, services), endpoint() as server:
        secret = await asking.add(services, {**order, "url": server.url}, owner)
        assert "accepted it with HTTP status 204" in await asking.test(services, "w1", ORDER)
        server.taken[0].verified_with(secret)
        await one.show(closed(), closed())
        await one.work()
        assert await asking.redeliver(services, "w1", 1, (None, None), ORDER) == 1
        assert await asking.redeliver(services, "w1", None, (1, 2), ORDER) == 1
        await asking.order(services, "w1", "pause", ORDER)

        table = await shown(lambda console: asking.show_all(console, services))
        assert "w1 │ paused" in table
        assert ORDER["reason"] in table
        page = await shown(lambda console: asking.show_one(console, services, "w1", None, 20))
        assert f"origin http://127.0.0.1:{server.port}" in page
        assert page.count("delivered") == 2
        assert "rahasia" not in table + page


async def test_endpoint_that_does_not_accept_a_test_is_trouble(tmp_path: Path) -> None:
    async with asked(tmp_path) as (one, services), endpoint(says(403)) as server:
        await one.add(server.url)
        with pytest.raises(Trouble, match="did not accept it: it answers with HTTP status 403"):
            await asking.test(services, "w1", ORDER)


async def test_what_is_asked_for_by_halves_is_trouble(tmp_path: Path) -> None:
    async with asked(tmp_path) as (_, services):
        for one, *between in ((1, 1, 2), (None, 1, None), (None, None, None)):
            with pytest.raises(Trouble, match="name either one delivery, or --from and --to"):
                await asking.redeliver(services, "w1", one, (between[0], between[1]), ORDER)
        with pytest.raises(Trouble, match="go together"):
            asking.contact("Pemilik", None)
        nothing = await shown(lambda console: asking.show_all(console, services))
        assert nothing == "there is no webhook"


def test_every_step_has_a_command() -> None:
    steps = ("add", "list", "show", "pause", "resume", "rotate", "test", "redeliver", "give-up",
             "remove")  # fmt: skip
    for step in steps:
        assert CliRunner().invoke(app, ["webhook", step, "--help"]).exit_code == 0, step
