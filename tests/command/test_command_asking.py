"""What is asked again: a service that answered before, for a while after it first did not."""

from collections.abc import Iterator

import httpx
import pytest

from sayembara.addresses import SERVICES, Addresses
from sayembara.play import api
from sayembara.play.api import NoAnswer, Services

GONE = httpx.ReadError("connection reset")


def asking(*answers: httpx.Response | httpx.ReadError) -> Services:
    """Services that answer so, one request after the other."""
    left: Iterator[httpx.Response | httpx.ReadError] = iter(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        given = next(left)
        if isinstance(given, httpx.ReadError):
            raise given
        return given

    addresses = Addresses({name: f"http://here/{name}" for name in SERVICES}, "nats://nowhere")
    return Services(addresses, client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request has waited longer than it may be asked again, whenever it is answered."""
    monkeypatch.setattr(api, "NOT_NOW_SECONDS", 0)


async def test_what_waited_long_for_its_turn_is_asked_again_all_the_same() -> None:
    async with asking(httpx.Response(200, json=1), GONE, httpx.Response(200, json=2)) as services:
        assert await services.get("ranking", "/editions") == 1
        assert await services.get("ranking", "/editions") == 2


async def test_who_does_not_come_back_is_told() -> None:
    async with asking(httpx.Response(200, json=1), GONE, GONE) as services:
        assert await services.get("ranking", "/editions") == 1
        with pytest.raises(NoAnswer, match="ranking does not answer"):
            await services.get("ranking", "/editions")
