"""A play of an edition that its rulebook freezes: unfrozen before the results are announced."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from sayembara.addresses import SERVICES, Addresses
from sayembara.play.api import Refusal, Services
from sayembara.play.requests import Requests
from tests.leaks.worlds import EDITION, RULEBOOK, edition

HERE = f"/ranking/editions/{EDITION}"
NAMES = ('name = { id = "Meja", en = "Desk" }\n', 'name = { id = "Akhir", en = "Final" }\n')
MOMENT = "freeze_at = 2026-02-01T00:00:00+08:00\n"


def services(asked: list[str], code: str) -> Services:
    """Ranking, both stages frozen; the second is unfrozen with this answer."""
    canned = FastAPI()

    @canned.get(HERE + "/stages/{stage}/standings")
    def standings(stage: str) -> dict[str, Any]:
        return {"stage": stage, "frozen": {"position": 1, "revealed": []}}

    @canned.post(HERE + "/{path:path}")
    async def told(path: str, request: Request) -> Any:
        asked.append(path)
        assert (await request.json())["by"] == "Panitia"
        if path == "stages/akhir/unfreeze" and code:
            return JSONResponse({"title": code, "detail": code, "code": code}, 409)
        return {"events": []}

    client = httpx.AsyncClient(transport=httpx.ASGITransport(canned))
    return Services(
        Addresses({name: f"http://here/{name}" for name in SERVICES}, "nats://nowhere"),
        client=client,
    )


async def announced(rulebook: str, code: str = "") -> list[str]:
    asked: list[str] = []
    async with services(asked, code) as asking:
        await Requests(edition(("p1", "p2", "p3"), rulebook), asking).announce()
    return asked


def timed() -> str:
    text = RULEBOOK
    for name in NAMES:
        text = text.replace(name, name + MOMENT)
    return text


@pytest.mark.parametrize("code", ["", "not_frozen"])
async def test_what_is_frozen_is_unfrozen_before_the_announcement(code: str) -> None:
    unfrozen = ["stages/meja/unfreeze", "stages/akhir/unfreeze"]
    assert await announced(timed(), code) == [*unfrozen, "announcement"]


async def test_another_refusal_is_told() -> None:
    with pytest.raises(Refusal, match="forbidden"):
        await announced(timed(), "forbidden")


async def test_an_edition_that_is_never_frozen_is_announced_at_once() -> None:
    assert await announced(RULEBOOK) == ["announcement"]
