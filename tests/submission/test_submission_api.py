"""Submission at work over HTTP: the example edition, from its rulebook to admission."""

import csv
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from submission_service.app import SERVICE

from tests.submission.facts import TOML
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started

EXAMPLE = Path(__file__).parents[2] / "examples" / "kipp-luwu-utara-2019"
EDITION = f"/editions/{EXAMPLE.name}"
PLAIN = ("title", "agency", "unit", "innovator", "started_on")
BY = {"by": "Bagian Organisasi"}

NewStore = Callable[[str], str]


@asynccontextmanager
async def submission(server: NatsServer, new_store: NewStore) -> AsyncIterator[httpx.AsyncClient]:
    """The service at work in a rehearsal, with the log beside it."""
    store = new_store("submission")
    async with (
        connected(server),
        started(SERVICE, server, store, clock="rehearsal") as one,
        http(one) as client,
    ):
        yield client


def rows_in(name: str) -> list[dict[str, str]]:
    lines = (EXAMPLE / name).read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def drafted(row: dict[str, str]) -> dict[str, Any]:
    apart = {*PLAIN, "proposal", "source"}
    sections = {name: text for name, text in row.items() if name not in apart}
    return {name: row[name] for name in PLAIN} | {"sections": sections}


async def said(client: httpx.AsyncClient, method: str, address: str, **more: Any) -> list[str]:
    answer = await client.request(method, address, **more)
    assert answer.status_code == 200, answer.text
    return [event["type"] for event in answer.json()["events"]]


async def open_example(client: httpx.AsyncClient) -> list[str]:
    await client.put("/clock", json={"now": "2019-09-02T09:00:00+08:00"})
    file = (EXAMPLE / "rulebook.toml").read_bytes()
    await said(client, "PUT", EDITION, content=file, headers={"content-type": "application/toml"})
    for row in rows_in("agencies.csv"):
        order = {"name": row["name"], "kind": row["kind"]}
        await said(client, "PUT", f"{EDITION}/agencies/{row['agency']}", json=order)
    return await said(client, "POST", f"{EDITION}/opening")


async def refusal(client: httpx.AsyncClient, method: str, address: str, **more: Any) -> list[Any]:
    answer = await client.request(method, address, **more)
    return [answer.status_code, answer.json()["code"]]


async def test_the_example_is_entered_and_admitted(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    rows = rows_in("proposals.csv")
    async with submission(nats_server, new_store) as client:
        assert await open_example(client) == ["edition.opened.v1"]
        for row in rows:
            address = f"{EDITION}/proposals/{row['proposal']}"
            assert await said(client, "PUT", address, json=drafted(row)) == []
            assert await said(client, "POST", f"{address}/submission") == ["proposal.submitted.v1"]
        await client.put("/clock", json={"now": "2019-09-23T08:00:00+08:00"})
        assert await said(client, "POST", f"{EDITION}/intake-closing", json=BY) == [
            "intake.closed.v1"
        ]
        for row in rows:
            address = f"{EDITION}/proposals/{row['proposal']}"
            assert (await client.get(f"{address}/grounds")).json() == []
            assert await said(client, "POST", f"{address}/admission", json=BY) == [
                "proposal.admitted.v1"
            ]
        edition = (await client.get(EDITION)).json()

    assert [edition["state"], edition["proposals"]] == ["closed", {"admitted": len(rows)}]


async def test_a_proposal_is_taken_back_rejected_or_disqualified(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with submission(nats_server, new_store) as client:
        await open_example(client)
        for row in rows_in("proposals.csv")[:3]:
            address = f"{EDITION}/proposals/{row['proposal']}"
            await said(client, "PUT", address, json=drafted(row))
            await said(client, "POST", f"{address}/submission")
        p01, p02, p03 = (f"{EDITION}/proposals/p0{number}" for number in (1, 2, 3))
        await said(client, "POST", f"{p01}/withdrawal", json={"reason": "Salah kirim"})
        await client.put("/clock", json={"now": "2019-09-23T08:00:00+08:00"})
        await said(client, "POST", f"{EDITION}/intake-closing", json=BY)
        grounds = [{"code": "other", "text": "Bukan pelayanan publik"}]
        await said(client, "POST", f"{p02}/rejection", json=BY | {"grounds": grounds})
        await said(client, "POST", f"{p03}/admission", json=BY)
        out = BY | {"reason": "Data palsu"}
        assert await said(client, "POST", f"{p03}/disqualification", json=out) == [
            "proposal.disqualified.v1"
        ]
        listed = (await client.get(f"{EDITION}/proposals")).json()
        told = (await client.get(f"{p02}/grounds")).json()
        whole = (await client.get(p03)).json()
        editions = (await client.get("/editions")).json()

    assert [each["state"] for each in listed] == ["withdrawn", "rejected", "disqualified"]
    assert told == grounds
    assert whole["draft"] == whole["submitted"]
    assert [each["edition"] for each in editions] == [EXAMPLE.name]


async def test_what_is_wrong_is_answered_with_its_code(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    toml = {"content-type": "application/toml"}
    wrong = TOML.replace('tier = "kabupaten"\n', "").replace("top = 1", "top = 0")
    edition, proposal = "/editions/kipp-uji-2019", "/editions/kipp-uji-2019/proposals/p01"
    async with submission(nats_server, new_store) as client:
        answer = await client.put(edition, content=wrong, headers=toml)
        assert [answer.status_code, answer.json()["code"]] == [422, "rulebook_wrong"]
        assert [line.split(": ")[:2] for line in answer.json()["detail"].splitlines()] == [
            ["line 1", "tier"],
            ["line 44", "awards[1].top"],
        ]
        assert await refusal(client, "GET", edition) == [404, "no_edition"]
        await said(client, "PUT", edition, content=TOML, headers=toml)
        assert await refusal(client, "GET", proposal) == [404, "no_proposal"]
        assert await refusal(client, "PUT", proposal, json={"titel": "Ubi"}) == [
            422,
            "malformed_request",
        ]
        assert await refusal(client, "PUT", proposal, json={"agency": "dinkes"}) == [
            409,
            "intake_not_open",
        ]
