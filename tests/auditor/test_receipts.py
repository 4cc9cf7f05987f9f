"""Receipts of what was handed in, checked by the page in a real browser and by the verifier."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from sayembara.audit import verify_bundle
from sayembara.audit.reading import Logged
from sayembara.embedded.running import Embedded
from tests.audit.editions import play_small, read_log
from tests.support.browser import on_a_phone, overflow
from tests.support.waiting import until
from tests.system.embedded import embedded, services_of


@dataclass(frozen=True)
class Played:
    """A small edition: the auditor's address, and what is on the log."""

    url: str
    messages: list[Logged]

    def of(self, kind: str) -> Logged:
        """The first event of that kind."""
        return next(each for each in self.messages if each.event_type == kind)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with embedded(tmp_path_factory.mktemp("receipts")) as system:
        asyncio.run(play_small(system))
        messages = read_log(system.system.log_place())
        asyncio.run(all_signed(system, len(messages)))
        yield Played(system.system.ports.addresses().services["auditor"], messages)


async def all_signed(system: Embedded, size: int) -> None:
    async with services_of(system) as services:

        async def is_so() -> bool:
            return bool((await services.post("auditor", "/checkpoints"))["size"] >= size)

        await until(is_so, "all is signed")


def receipt(played: Played, event: str) -> dict[str, Any]:
    answer = httpx.get(f"{played.url}/receipts/{event}")
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_event_has_a_receipt_that_tells_no_content(played: Played) -> None:
    for each in (played.of(kind) for kind in ("proposal.submitted.v1", "sheet.submitted.v1")):
        found = receipt(played, each.event_id)
        assert found["format"] == "sayembara-receipt-1"
        assert found["message"]["position"] == each.position
        assert found["message"]["sha256"] == sha256(each.body).hexdigest()
        assert set(found["message"]) == {"headers", "position", "proof", "sha256", "subject"}
        assert "marks" not in json.dumps(found)


def test_the_verifier_takes_it_and_finds_what_was_changed(played: Played, tmp_path: Path) -> None:
    found = receipt(played, played.of("sheet.submitted.v1").event_id)
    key = found["key"]
    for changed, code in ((False, 0), (True, 1)):
        if changed:
            found["message"]["sha256"] = "0" * 64
        (tmp_path / "receipt.json").write_text(json.dumps(found) + "\n")
        command = (sys.executable, verify_bundle.__file__, str(tmp_path / "receipt.json"))
        ran = subprocess.run([*command, "--key", key], capture_output=True, text=True, check=False)
        assert ran.returncode == code, ran.stdout


def test_what_is_not_on_the_log_is_told_in_words(played: Played) -> None:
    answer = httpx.get(f"{played.url}/receipts/nothing-of-this-name")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_on_the_log")
    assert "come back in a moment" in answer.json()["detail"]
    assert httpx.get(f"{played.url}/receipts/<script>/page").status_code == 422


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may ask for a receipt that is not there."""
    with on_a_phone(browser, loads=False) as page:
        yield page


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["proposal.submitted.v1", "sheet.submitted.v1", "stage.ranked.v1"])
def test_the_page_checks_the_proof_itself(played: Played, page: Page, kind: str) -> None:
    event = played.of(kind)
    page.goto(f"{played.url}/receipts/{event.event_id}/page")
    expect(page.locator("#verdict")).to_contain_text("Sah: sudah tercatat")
    expect(page.locator("#checks li.wrong")).to_have_count(0)
    expect(page.locator("#checks li")).to_have_count(3)
    shown = page.text_content("#facts") or ""
    assert str(event.position) in shown
    assert kind in shown
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", shown)
    assert page.locator("svg.qr").is_visible()
    assert overflow(page) == 0


@pytest.mark.browser
def test_the_page_refuses_a_receipt_that_was_changed(played: Played, page: Page) -> None:
    found = receipt(played, played.of("sheet.submitted.v1").event_id)
    page.goto(f"{played.url}/receipts")
    expect(page.locator("#verdict")).to_contain_text("Choose a receipt below")
    take(page, found)
    expect(page.locator("#verdict")).to_contain_text("Sah:")
    found["message"]["headers"]["ce-time"] = "2026-01-01T00:00:00Z"
    take(page, found)
    expect(page.locator("#verdict")).to_contain_text("NOT RIGHT")
    take(page, {"format": "other"})
    expect(page.locator("#verdict")).to_contain_text("Cannot be checked")


@pytest.mark.browser
def test_the_page_refuses_a_tree_that_somebody_else_signed(played: Played, page: Page) -> None:
    """With a root and a key of one's own everything fits, but the key is not the log's."""
    found = receipt(played, played.of("sheet.submitted.v1").event_id)
    found["key"] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    page.goto(f"{played.url}/receipts")
    take(page, found)
    expect(page.locator("#verdict")).to_contain_text("NOT RIGHT")


@pytest.mark.browser
def test_the_page_takes_a_scanned_address(played: Played, page: Page) -> None:
    event = played.of("proposal.admitted.v1")
    page.goto(f"{played.url}/receipts")
    page.fill("#address", f"https://elsewhere.example/receipts/{event.event_id}/page")
    page.click("#go")
    expect(page.locator("#verdict")).to_contain_text("Sah:")
    page.fill("#address", "nobody")
    page.click("#go")
    expect(page.locator("#verdict")).to_contain_text("is not on the log")
    expect(page.locator("#verdict")).to_contain_text("peristiwa ini tidak ada di log")


def take(page: Page, found: dict[str, Any]) -> None:
    content = json.dumps(found).encode()
    page.set_input_files(
        "#choose", {"name": "receipt.json", "mimeType": "application/json", "buffer": content}
    )
