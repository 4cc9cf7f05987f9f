"""A page in a real browser hears what is public, with nothing but the browser's own WebSocket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from sayembara.embedded.running import Embedded
from sayembara.embedded.system import WEBSOCKET
from tests.deploy.broker import broker, user
from tests.support.browser import CHROMIUM, FLAGS

LISTEN = r"""
(address) => new Promise((listening) => {
  const socket = new WebSocket(address);
  window.told = "";
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(
    'CONNECT {"verbose":false,"headers":true}\r\nSUB live.> 1\r\nPING\r\n');
  socket.onmessage = (event) => {
    window.told += new TextDecoder().decode(event.data);
    if (window.told.includes("PONG")) listening();
  };
})
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    with broker(tmp_path) as running:
        yield running


async def test_a_page_hears_what_is_shown(system: Embedded) -> None:
    async with async_playwright() as playwright, user(system, "notification") as shows:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await chromium.new_page()
        port = system.system.ports.of[WEBSOCKET]
        await page.evaluate(LISTEN, f"ws://127.0.0.1:{port}")
        await shows.ask("public.kipp-2019.standings.s1.changed", {"stage": "s1"})
        await page.wait_for_function("window.told.includes('HMSG')")
        told = await page.evaluate("window.told")
        await chromium.close()
    heard = told[told.index("HMSG") :]
    assert heard.startswith("HMSG live.kipp-2019.standings.s1.changed 1 ")
    assert "\r\nNats-Sequence: 1\r\n" in heard
    assert heard.endswith('{"stage": "s1"}\r\n')
