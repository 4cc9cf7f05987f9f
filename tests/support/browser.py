"""A real Chromium, where there is one, and pages on a phone in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright import async_api
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
LOADED_MILLISECONDS = 30_000
"""How long a page may take to show something: on a loaded machine, longer than the usual 5 s."""
expect.set_options(timeout=LOADED_MILLISECONDS)
async_api.expect.set_options(timeout=LOADED_MILLISECONDS)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; without one on the machine the test is skipped, and says why."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def on_a_phone(browser: Browser, *, loads: bool = True) -> Iterator[Page]:
    """A page that fails the test when something in it raises, or, where it `loads`, is missing."""
    page = browser.new_page(viewport={"width": 360, "height": 740})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    if loads:
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield page
    page.close()
    assert errors == []


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wide)
