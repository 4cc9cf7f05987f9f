"""What the command makes of the answers of the services; canned ones, over real HTTP semantics."""

import json
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from rich.console import Console

from sayembara import operate, show
from sayembara.addresses import SERVICES, Addresses
from sayembara.play.api import Refusal, Services
from sayembara.trouble import Trouble

DIGEST = f"sha256:{'0' * 64}"
ROW = {
    "rank": 1,
    "proposal": "p03",
    "title": "Kampung Donor Darah",
    "agency_name": "Dinas Kesehatan",
    "score": "85.40",
    "sheets": 6,
    "advanced": True,
}
UNRANKED = ROW | {"rank": None, "proposal": "p04", "score": None, "advanced": None}
STATUS: dict[str, Any] = {
    "ready": True,
    "because": [],
    "position": 12,
    "lag": 0,
    "unpublished": 0,
    "parked": 0,
}

canned = FastAPI()


@canned.get("/ranking/editions")
def editions() -> list[dict[str, Any]]:
    stages = [{"stage": "first"}, {"stage": "second"}]
    return [{"edition": "kota-2020", "stages": stages}]


@canned.get("/ranking/editions/kota-2020/stages/{stage}/standings")
def standings(stage: str) -> Any:
    if stage not in ("first", "second"):
        problem = {"title": "unknown stage", "detail": "it has\nfirst", "code": "unknown_stage"}
        return JSONResponse(problem, 404)
    rows = [ROW, UNRANKED] if stage == "first" else []
    head = {"edition": "kota-2020", "stage": stage, "position": 7, "digest": DIGEST}
    return {**head, "final": False, "rows": rows}


@canned.get("/{service}/status")
def status(service: str) -> dict[str, Any]:
    if service == "ranking":
        return STATUS | {"service": service, "ready": False, "because": ["log: away"]}
    return STATUS | {"service": service}


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    addresses = Addresses({name: f"http://here/{name}" for name in SERVICES}, "nats://nowhere")
    client = httpx.AsyncClient(transport=httpx.ASGITransport(canned))
    async with Services(addresses, client=client) as services:
        yield services


async def test_standings_are_one_json_object_with_exact_scores(services: Services) -> None:
    found = await show.find_standings(services, "kota-2020", "first")

    row = {name: ROW[name] for name in ("rank", "proposal", "title", "score", "advanced")}
    unranked = {name: UNRANKED[name] for name in row}
    assert json.loads(show.standings_json(found)) == {
        "edition": "kota-2020",
        "stage": "first",
        "position": 7,
        "digest": DIGEST,
        "rows": [row, unranked],
    }


def test_band_and_computed_rank_stand_in_the_json_where_there_are_some() -> None:
    band = {"band": "emas", "name": {"id": "Emas", "en": "Gold"}}
    plain = ROW | {"band": None, "computed_rank": None}
    decided = ROW | {"band": band, "computed_rank": 3}
    head = {"edition": "kota-2020", "stage": "first", "position": 7, "digest": DIGEST}

    rows = json.loads(show.standings_json(head | {"rows": [plain, decided]}))["rows"]

    assert rows[1] == rows[0] | {"band": "emas", "computed_rank": 3}
    assert rows[0].keys() == {"rank", "proposal", "title", "score", "advanced"}


async def test_without_a_stage_the_last_one_with_standings_is_found(services: Services) -> None:
    found = await show.find_standings(services, "kota-2020")

    assert found["stage"] == "first"


async def test_digest_stands_on_a_line_of_its_own(services: Services) -> None:
    seen = StringIO()

    show.show_standings(
        Console(file=seen, width=40), await show.find_standings(services, "kota-2020", "first")
    )

    assert seen.getvalue().splitlines()[-1] == f"standings digest: {DIGEST}"


def shown(**more: Any) -> list[str]:
    """The lines below the table of standings that say more than ranks and scores."""
    seen = StringIO()
    head = {"edition": "kota-2020", "stage": "first", "position": 7, "digest": DIGEST}
    standings = {**head, "final": False, "rows": [ROW], **more}
    show.show_standings(Console(file=seen, width=120), standings)
    return [line.strip() for line in seen.getvalue().splitlines()]


def test_what_a_panel_decided_is_shown_with_the_computed_ranks() -> None:
    minute = {"by": "Panel", "minute": "BA-1", "reason": "Keterwakilan"}
    row = ROW | {"computed_rank": 2, "band": {"band": "a", "name": {"id": "Baik", "en": "Good"}}}

    lines = shown(decision=minute, amendments=[minute], rows=[row, ROW | {"band": None}])

    assert lines[-4:-1] == [
        "decided by Panel, BA-1: Keterwakilan",
        "rulebook amended by Panel, BA-1: Keterwakilan",
        "a rank in brackets is the computed one",
    ]
    assert any("1 (2)" in line and "Baik" in line for line in lines)


def test_what_is_waited_for_and_who_is_kept_out_is_shown() -> None:
    waiting = {"why": "ties", "position": 5, "proposals": ["p03", "p04"], "limits": []}
    displaced = {"says": "at most 1 of kota", "instead": "p04", "margin": "2.5"}
    alone = displaced | {"instead": None, "margin": None}

    lines = shown(
        waiting=waiting, rows=[ROW | {"displaced": displaced}, ROW | {"displaced": alone}]
    )

    assert lines[-4:-1] == [
        "waits for a minuted decision (ties) p03, p04",
        "p03 is kept out (at most 1 of kota): p04 goes on, which has 2.5 less",
        "p03 is kept out (at most 1 of kota): nobody goes on",
    ]


async def test_unknown_edition_is_trouble(services: Services) -> None:
    with pytest.raises(Trouble) as caught:
        await show.find_standings(services, "nowhere")

    assert str(caught.value) == "ranking knows no edition 'nowhere'; it knows: kota-2020"


async def test_refusal_is_one_line_with_request_title_and_detail(services: Services) -> None:
    with pytest.raises(Refusal) as caught:
        await show.find_standings(services, "kota-2020", "third")

    assert str(caught.value) == (
        "GET /ranking/editions/kota-2020/stages/third/standings of ranking:"
        " unknown stage: it has first"
    )
    assert (caught.value.code, caught.value.status) == ("unknown_stage", 404)


async def test_status_is_false_when_one_service_is_not_ready(services: Services) -> None:
    seen = StringIO()

    assert not await operate.show_status(Console(file=seen, width=120), services)
    (row,) = [line for line in seen.getvalue().splitlines() if "log: away" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        *("ranking", "no", "12", "0", "0", "0", "log: away"),
    ]


async def test_service_that_does_not_answer_is_trouble() -> None:
    addresses = Addresses(dict.fromkeys(SERVICES, "http://127.0.0.1:1"), "nats://nowhere")

    async with Services(addresses) as services:
        with pytest.raises(Trouble) as caught:
            await services.get("ranking", "/editions")

    assert str(caught.value) == (
        "ranking does not answer at http://127.0.0.1:1 (ConnectError): is it running?"
        " `sayembara up` starts it"
    )
