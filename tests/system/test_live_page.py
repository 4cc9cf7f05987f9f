"""The live page of a stage, in a real browser, while sheets come in."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from contracts.event import Event
from nats.aio.client import Client
from playwright.async_api import Page, async_playwright, expect
from ranking_service.app import SERVICE

from tests.ranking.facts import DESK, EDITION, admitted, closed, opened, scored, sheet, withdrawn
from tests.ranking.watching import STANDINGS, stood
from tests.shared.toy import publish
from tests.support.browser import CHROMIUM, FLAGS
from tests.support.nats import NatsServer, free_port
from tests.support.system import connected, http, started
from tests.support.waiting import until

PAGE = f"/editions/{EDITION}/stages/{DESK}"
PROPOSALS = [f"p{number:02}" for number in range(12)]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 360, "height": 740})
        yield page
        await browser.close()


def first_row(page: Page) -> Any:
    return page.locator("#rows tr").first


async def test_standings_move_without_a_reload_and_end_final(
    nats_server: NatsServer, tmp_path: Path, page: Page
) -> None:
    # What is shown comes by the stream: reading again now and then would hide a change lost.
    await page.add_init_script("Math.random = () => 1e4")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    async with (
        connected(nats_server) as client,
        started(SERVICE, nats_server, f"sqlite:///{tmp_path}/ranking.db") as one,
        http(one) as ask,
    ):
        await publish(client, opened(), *(admitted(each) for each in PROPOSALS))
        await stood(ask, len(PROPOSALS))
        await page.goto(one.url + PAGE)
        await expect(page.locator("#rows tr")).to_have_count(len(PROPOSALS))
        await publish(client, *scored({"p03": "70"}))
        await expect(first_row(page)).to_contain_text("Title of p03")
        await publish(client, *scored({"p07": "80"}))
        await expect(first_row(page)).to_contain_text("Title of p07")
        await publish(client, *many_sheets(), withdrawn("p03"))
        await as_served(ask, page)
        await publish(client, closed())
        await expect(page.locator("#state")).to_have_text("Final")
        standings = (await ask.get(STANDINGS)).json()
        await expect(page.locator("#digest")).to_have_text(standings["digest"])
        advanced = sum(row["advanced"] for row in standings["rows"])
        assert await page.locator("tr.advanced").count() == advanced >= 2
        # Before the service stops: the page asks for it again then.
        assert errors == []


def many_sheets() -> list[Event]:
    """Sheets of three jurors, in an order of their own; some scores come out equal."""
    random = Random(11)
    pairs = [(each, f"juror-{juror}") for each in PROPOSALS for juror in (2, 3, 4)]
    random.shuffle(pairs)
    return [sheet(each, juror, str(random.choice((60, 70, 80, 90)))) for each, juror in pairs]


async def as_served(ask: httpx.AsyncClient, page: Page) -> None:
    """Wait until the page shows what the service tells: each row, in its place."""

    async def same() -> bool:
        rows = (await ask.get(STANDINGS)).json()["rows"]
        shown: bool = await page.evaluate(
            "(rows) => JSON.stringify(table.rows) === JSON.stringify(rows)", rows
        )
        return shown and rows[0]["score"] is not None

    await until(same, "the page shows the standings as they are served")


async def test_page_catches_up_after_the_service_was_away_and_after_it_was_hidden(
    nats_server: NatsServer, tmp_path: Path, page: Page
) -> None:
    store, port = f"sqlite:///{tmp_path}/ranking.db", free_port()
    async with connected(nats_server) as client:
        await publish(client, opened(), *(admitted(each) for each in PROPOSALS))
        async with started(SERVICE, nats_server, store, http_port=port) as one, http(one) as ask:
            await stood(ask, len(PROPOSALS))
            await page.goto(one.url + PAGE)
            await shows(client, page, "p03", "70")
        await expect(page.locator("#away")).to_be_visible()
        async with started(SERVICE, nats_server, store, http_port=port):
            await shows(client, page, "p05", "80")
            await expect(page.locator("#away")).to_be_hidden()
            await hide(page, hidden=True)
            assert await page.evaluate("stream") is None
            await publish(client, *scored({"p07": "90"}))
            await hide(page, hidden=False)
            await expect(first_row(page)).to_contain_text("Title of p07")
            await shows(client, page, "p08", "95")


async def shows(client: Client, page: Page, proposal: str, mark: str) -> None:
    """A sheet puts this proposal first, and the page shows it."""
    await publish(client, *scored({proposal: mark}))
    await expect(first_row(page)).to_contain_text(f"Title of {proposal}", timeout=15_000)


async def hide(page: Page, *, hidden: bool) -> None:
    """As a browser does it to a tab that nobody sees."""
    await page.evaluate(
        """(value) => {
            Object.defineProperty(document, 'hidden', { value, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )
