"""The pages about the contracts as the auditor serves them: by address, and in a real browser."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from contracts.envelope import Envelope, decode
from contracts.public import SHOWN, public_headers
from contracts.registry import EVENTS
from jsonschema import Draft202012Validator
from kit.http import make_app
from kit.operations import operations
from kit.running import Running
from playwright.sync_api import Browser, Page, expect

from sayembara.auditor.app import SERVICE
from sayembara.auditor.settings import AuditorSettings
from sayembara.documents.site_event import TIME
from sayembara.documents.sources import SAMPLES
from tests.support.browser import overflow
from tests.support.nats import free_port

DOCS = Path(__file__).parents[2] / "docs"
EACH_KIND = (
    "index",
    "asyncapi",
    "consumers",
    "edition.opened.v1",
    "standings.changed.v1",
    "message.parked.v1",
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the auditor answers; it hears nothing, for the pages need neither log nor store."""
    store = f"sqlite:///{tmp_path_factory.mktemp('pages')}/auditor.db"
    here = Running(SERVICE, AuditorSettings(database_url=store))
    port = free_port()
    config = uvicorn.Config(
        make_app(here, operations), port=port, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    answering = threading.Thread(target=server.run)
    answering.start()
    while not server.started:
        assert answering.is_alive()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    answering.join()
    here.database.close()


def test_the_schema_of_every_message_is_served_by_its_name(url: str) -> None:
    with httpx.Client(base_url=url) as client:
        for event in EVENTS:
            said = decode(event.type, (SAMPLES / f"{event.type}.json").read_bytes())
            headers = Envelope.around(
                said, id="1", time=TIME, correlation="c", causation=None
            ).headers()
            shown = [public_headers(headers, 1)] if event in SHOWN else []
            for name in (each["ce-dataschema"] for each in (headers, *shown)):
                path = name.removeprefix("urn:sayembara:schema:").replace(":", "/")
                answer = client.get(f"/schemas/{path}.json")
                assert (answer.status_code, answer.headers["content-type"]) == (
                    200,
                    "application/json",
                )
                Draft202012Validator.check_schema(answer.json())
                assert answer.json()["$id"] == name


def test_everything_that_is_written_is_served(url: str) -> None:
    there = [*DOCS.glob("contracts/*"), *DOCS.rglob("schemas/**/*.json"), DOCS / "asyncapi.json"]
    with httpx.Client(base_url=url) as client:
        for path in there:
            answer = client.get(f"/{path.relative_to(DOCS).as_posix()}")
            assert answer.content == path.read_bytes()
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "address",
    ["/contracts/none.html", "/schemas/none.v1.json", "/schemas/public/sheet.submitted.v1.json"],
)
def test_what_is_not_there_is_told_in_words(url: str, address: str) -> None:
    answer = httpx.get(url + address)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_page")
    assert "/contracts lists what there is" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["..%2Fasyncapi.json", ".env.html", "x.py", "a%2Fb.html"])
def test_no_other_file_can_be_asked_for(url: str, name: str) -> None:
    assert httpx.get(f"{url}/contracts/{name}").status_code in (404, 422)


def test_the_document_of_the_api_names_the_media_types(url: str) -> None:
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    answers = paths["/contracts/{page}"]["get"]["responses"]["200"]["content"]
    assert set(answers) == {"text/html", "text/css"}
    assert json.loads(httpx.get(f"{url}/asyncapi.json").text)["asyncapi"] == "3.0.0"


@pytest.mark.browser
def test_a_reader_finds_an_event_from_the_address_of_the_contracts(url: str, page: Page) -> None:
    page.goto(f"{url}/contracts")
    assert page.url == f"{url}/contracts/index.html"
    page.click("text=stage.ranked.v1")
    expect(page.locator("h1")).to_have_text("stage.ranked.v1")
    expect(page.get_by_role("heading", name="Contoh · Example")).to_be_visible()
    page.click("text=AsyncAPI")
    expect(page.locator("h1")).to_have_text("AsyncAPI 3.0.0")


@pytest.mark.browser
def test_no_page_is_wider_than_a_phone(url: str, page: Page) -> None:
    for path in sorted(DOCS.glob("contracts/*.html")):
        page.goto(f"{url}/contracts/{path.name}")
        assert overflow(page) == 0, path.name


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", EACH_KIND)
def test_page_can_be_read_by_everybody(
    url: str, browser: Browser, name: str, scheme: Literal["light", "dark"]
) -> None:
    """Landmarks, headings, names, contrast: as axe judges them."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page.goto(f"{url}/contracts/{name}.html")
    found = Axe().run(page)
    page.close()
    assert {"color-contrast", "region"} <= {each["id"] for each in found.response["passes"]}
    assert found.violations_count == 0, found.generate_report()
