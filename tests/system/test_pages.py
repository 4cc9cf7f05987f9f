"""The pages, in a real browser, over an edition that was played."""

import pytest
from playwright.sync_api import Browser, Page, expect

from sayembara.embedded.running import Embedded
from sayembara.tokens import Signer, inbox
from tests.support.browser import on_a_phone, overflow
from tests.system.embedded import DIGEST

STANDINGS = "/editions/kipp-luwu-utara-2019/stages/presentasi"

pytestmark = pytest.mark.browser


@pytest.fixture
def addresses(luwu_utara: Embedded) -> dict[str, str]:
    addresses = luwu_utara.system.ports.addresses()
    tokens = Signer.of_folder(luwu_utara.system.folder).token
    return {**addresses.services, "inbox": inbox(addresses, tokens)}


def test_the_standings_page_shows_the_final_table(addresses: dict[str, str], page: Page) -> None:
    page.goto(addresses["ranking"] + STANDINGS)
    expect(page.locator("#rows tr")).to_have_count(27)
    assert page.text_content("#state") == "Final"
    assert page.text_content("#digest") == DIGEST
    assert page.locator("tr.advanced").count() == 7
    assert "nilai rekaan" in (page.text_content("#edition") or "")
    assert overflow(page) == 0


@pytest.mark.parametrize("address", ["/editions/kipp/stages/presentasi", f"{STANDINGS}-2"])
def test_a_misspelt_address_is_told_as_one(
    addresses: dict[str, str], browser: Browser, address: str
) -> None:
    with on_a_phone(browser, loads=False) as page:
        page.goto(addresses["ranking"] + address)
        expect(page.locator("#away")).to_contain_text("There is no such edition or stage here")


def test_the_index_leads_to_the_standings(addresses: dict[str, str], page: Page) -> None:
    page.goto(addresses["ranking"])
    page.click("text=Presentasi")
    expect(page.locator("#rows tr")).to_have_count(27)


def test_the_inbox_leads_to_a_mail(addresses: dict[str, str], page: Page) -> None:
    page.goto(addresses["inbox"])
    assert page.url == f"{addresses['notification']}/"
    page.goto(f"{addresses['notification']}/?party=kecamatan-sukamaju-selatan")
    subjects = page.locator("td.subject a")
    assert subjects.count() == 6
    subjects.first.click()
    text = page.text_content("pre") or ""
    assert "Kecamatan Sukamaju Selatan" in text
    assert "invented marks" in text
    assert overflow(page) == 0
