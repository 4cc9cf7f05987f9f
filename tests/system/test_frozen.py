"""An edition whose rulebook freezes it, on the whole system: commands, pages, rebuilds, proofs."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sayembara.audit import verify_bundle
from sayembara.embedded.running import Embedded
from sayembara.tokens import Signer
from tests.leaks.worlds import DESK, EDITION, FINAL, RULEBOOK, World, edition
from tests.support.browser import overflow
from tests.system.command import Ended, sayembara, told
from tests.system.embedded import embedded, services_of

pytestmark = pytest.mark.browser

FREEZE_AT = "freeze_at = 2019-10-01T00:00:00+08:00\n"
"""After the intake, before the panel judges."""
DESK_NAME = 'name = { id = "Meja", en = "Desk" }\n'
TIMED = RULEBOOK.replace(DESK_NAME, DESK_NAME + FREEZE_AT)
NONE = "\u2013"
ORDER = ("p3", "p1", "p2")
STAGE = f"/editions/{EDITION}/stages/{DESK}"
BY = ("--by", "Panitia")
WHY = (*BY, "--reason", "malam penganugerahan")


@dataclass(frozen=True)
class Frozen:
    """The system on which both stages are ranked, and the public has seen nothing of it."""

    system: Embedded

    def run(self, *words: str) -> Ended:
        return sayembara(self.system, *words)

    def told(self, *words: str) -> str:
        return told(self.system, *words)

    def standings(self, *words: str) -> Any:
        return json.loads(self.told("standings", EDITION, DESK, "--json", *words))

    @property
    def url(self) -> str:
        return self.system.system.ports.addresses().services["ranking"]

    def token(self) -> str:
        """That of a juror of the edition."""
        return Signer.of_folder(self.system.system.folder).token("juror", "juri-1", EDITION)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frozen]:
    with embedded(tmp_path_factory.mktemp("frozen")) as system:
        asyncio.run(play_until_both_are_ranked(system))
        yield Frozen(system)


async def play_until_both_are_ranked(system: Embedded) -> None:
    folder = edition(ORDER, TIMED)
    async with services_of(system) as services:
        one = World(folder, services, {}, system.system.log_place().url)
        await one.play_until_frozen_in_time()
        await one.play_until_ranked(FINAL)


def test_the_ceremony_from_the_freeze_to_the_last_place(
    frozen: Frozen, page: Page, tmp_path: Path
) -> None:
    the_public_sees_the_freeze_and_the_office_what_is(frozen)
    the_log_is_in_order(frozen)
    page.goto(frozen.url + STAGE)
    the_page_shows_the_freeze(page)
    the_inner_page_shows_both(frozen, page)
    page.goto(frozen.url + STAGE)
    frozen.told("reveal", EDITION, DESK, *BY)
    the_page_shows_one_place(page)
    a_rebuilt_store_is_the_same(frozen)
    said = frozen.told("reveal", EDITION, DESK, *BY, "--count", "5")
    assert "not frozen, everybody sees it as it is" in said
    expect(page.locator("#state")).to_have_text("Final")
    expect(page.locator("#frozen")).to_be_hidden()
    assert [row["proposal"] for row in frozen.standings()["rows"]] == list(ORDER)
    refused = frozen.run("unfreeze", EDITION, DESK, *WHY)
    assert (refused.returncode, "is not frozen" in refused.stderr) == (1, True)
    the_log_is_in_order(frozen)
    the_bundle_verifies(frozen, tmp_path / "bundle.jsonl")


def the_public_sees_the_freeze_and_the_office_what_is(frozen: Frozen) -> None:
    assert f"frozen for the public: {EDITION}, {DESK}, {FINAL}" in frozen.told("status")
    shown, live = frozen.standings(), frozen.standings("--live")
    assert {row["rank"] for row in shown["rows"]} == {None}
    assert [row["proposal"] for row in live["rows"]] == list(ORDER)
    assert shown["digest"] != live["digest"]
    lines = frozen.told("frozen", EDITION, DESK).splitlines()
    assert lines[0].startswith(f"{EDITION}, {DESK}: frozen, everybody sees it as at position ")
    assert [line.split("│")[4].strip() for line in lines if "│ p" in line] == list(ORDER)
    assert "frozen, at" in frozen.told("standings", EDITION, DESK)
    again = frozen.told("freeze", EDITION, DESK, *WHY)
    assert "it is frozen already" in again


def the_log_is_in_order(frozen: Frozen) -> None:
    said = frozen.told("audit", "verify")
    assert "the log is in order" in said
    assert f"stages of '{EDITION}' compared with what ranking shows: 2" in said
    assert said.count(" the same") == 2, "the rankings behind the freeze are replayed"


def the_bundle_verifies(frozen: Frozen, bundle: Path) -> None:
    frozen.told("audit", "export", EDITION, str(bundle))
    verifier = [sys.executable, verify_bundle.__file__, str(bundle)]
    checked = subprocess.run(verifier, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def a_rebuilt_store_is_the_same(frozen: Frozen) -> None:
    before = frozen.standings()
    for service in ("ranking", "submission", "notification"):
        # It is refused where a row of any table differs.
        frozen.told("rebuild", service, *WHY)
    assert frozen.standings() == before


def the_page_shows_the_freeze(page: Page) -> None:
    expect(page.locator("#rows tr")).to_have_count(3)
    expect(page.locator("#state")).to_have_text("Dibekukan · Frozen")
    banner = page.locator("#frozen")
    expect(banner).to_contain_text("Klasemen dibekukan")
    expect(banner).to_contain_text("Frozen: the standings as they were at position")
    assert overflow(page) == 0


def the_page_shows_one_place(page: Page) -> None:
    expect(page.locator("tr.revealed")).to_have_count(1)
    expect(page.locator("#frozen")).to_contain_text("Revealed from below: 1")
    last = page.locator("#rows tr").last
    expect(last).to_contain_text("p2")
    assert (last.locator("td").first.text_content() or "").strip() == "3"
    above = page.locator("#rows tr").first.locator("td").first
    assert (above.text_content() or "").strip() == NONE


def the_inner_page_shows_both(frozen: Frozen, page: Page) -> None:
    page.goto(f"{frozen.url}{STAGE}/frozen?token={frozen.token()}")
    assert page.url == f"{frozen.url}{STAGE}/frozen"
    expect(page.locator("#rows tr")).to_have_count(3)
    expect(page.locator("#state")).to_contain_text("Publik melihat keadaan pada posisi")
    assert overflow(page) == 0
    first = page.locator("#rows tr").first.locator("td")
    assert [each.strip() for each in first.all_text_contents()][:3] == [NONE, "1", "•"]
    assert "p3" in (first.nth(3).text_content() or "")
