"""Evaluation over HTTP, on a real log and on each kind of store."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from contracts.event import Event
from evaluation_service.app import SERVICE
from evaluation_service.rules.facts import Seat

from tests.evaluation.facts import BAPPEDA, EDITION, FIRST, KOMINFO, admitted, opened
from tests.shared.toy import publish
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started
from tests.support.waiting import until

STAGE = f"/editions/{EDITION}/stages/{FIRST}"
NewStore = Callable[[str], str]
RECUSED = ["conflict.declared.v1", "juror.recused.v1"]
MARKS = {"kebaruan": "70.00", "dampak": "3.5"}
INEXACT = (
    'a mark is a string such as "70" or "70.5", or a whole number; a JSON number with a point is'
    " refused, because it is not exact"
)


@asynccontextmanager
async def at_work(server: NatsServer, store: str, *events: Event) -> AsyncIterator[Any]:
    """Evaluation, after it has taken these events from the log."""
    async with (
        connected(server) as client,
        started(SERVICE, server, store) as evaluation,
        http(evaluation) as ask,
    ):
        await publish(client, *events)

        async def taken() -> bool:
            return bool((await ask.get("/status")).json()["lag"] == 0)

        await until(taken, "the events are taken")
        yield ask


async def said(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["type"] for each in answer.json()["events"]]


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def seat_all(ask: httpx.AsyncClient, *seats: Seat) -> list[list[str]]:
    """Seat these offices; gives what each seat led to."""
    orders = [(seat.juror, {"office": seat.office, "agency": seat.agency}) for seat in seats]
    return [
        await said(await ask.put(f"{STAGE}/jurors/{juror}", json=order)) for juror, order in orders
    ]


def sheet_of(seat: Seat) -> str:
    return f"{STAGE}/proposals/p1/sheets/{seat.juror}"


async def test_conflict_is_found_with_the_seat_and_recuses(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    entered = (admitted("p1"), admitted("p2", "dinas-kominfo", "Dinas Kominfo"))
    async with at_work(nats_server, new_store("evaluation"), opened(), *entered) as ask:
        assert await seat_all(ask, BAPPEDA, KOMINFO) == [
            ["juror.seated.v1"],
            ["juror.seated.v1", *RECUSED],
        ]
        declared = {"juror": BAPPEDA.juror, "reason": "kerabat saya"}
        answer = await ask.post(f"{STAGE}/proposals/p1/conflicts", json=declared)
        assert await said(answer) == RECUSED
        answer = await ask.put(sheet_of(BAPPEDA), json={"marks": MARKS})
        assert problem(answer) == (409, "recused")


async def test_sheet_is_kept_in_versions(nats_server: NatsServer, new_store: NewStore) -> None:
    async with at_work(nats_server, new_store("evaluation"), opened(), admitted("p1")) as ask:
        await seat_all(ask, BAPPEDA)
        sheet = sheet_of(BAPPEDA)
        assert await said(await ask.put(sheet, json={"marks": MARKS})) == ["sheet.submitted.v1"]
        again = {"marks": {"kebaruan": 70, "dampak": "3.50"}}
        assert await said(await ask.put(sheet, json=again)) == []
        other = {"marks": MARKS | {"kebaruan": 71}}
        assert problem(await ask.put(sheet, json=other)) == (409, "reason_missing")
        answer = await ask.put(sheet, json={**other, "reason": "salah tulis"})
        assert await said(answer) == ["sheet.amended.v1"]

        versions = (await ask.get(sheet)).json()
        moments = [each.pop("handed_in_at") for each in versions]
        assert versions == [
            {"version": 1, "marks": MARKS, "reason": None, "entered": None},
            {
                "version": 2,
                "marks": MARKS | {"kebaruan": "71"},
                "reason": "salah tulis",
                "entered": None,
            },
        ]
        assert moments == sorted(moments)


async def test_stage_and_assignments_tell_how_far_it_is(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    entered = (admitted("p1"), admitted("p2", "dinas-kominfo", "Dinas Kominfo"))
    async with at_work(nats_server, new_store("evaluation"), opened(2), *entered) as ask:
        await seat_all(ask, BAPPEDA, KOMINFO)
        await said(await ask.put(sheet_of(BAPPEDA), json={"marks": MARKS}))

        assert (await ask.get(f"{STAGE}/assignments")).json() == [
            {
                "proposal": proposal,
                "title": f"Inovasi {proposal}",
                "juror": juror,
                "panel": None,
                "state": state,
                "parts": [],
            }
            for proposal, juror, state in (
                ("p1", KOMINFO.juror, "due"),
                ("p1", BAPPEDA.juror, "handed_in"),
                ("p2", KOMINFO.juror, "recused"),
                ("p2", BAPPEDA.juror, "due"),
            )
        ]
        assert (await ask.get(STAGE)).json() == {
            "edition": EDITION,
            "stage": FIRST,
            "state": "open",
            "proposals": 2,
            "jurors": 2,
            "recusals": 1,
            "sheets": 1,
            "expected": 3,
            "below_quorum": ["p1", "p2"],
            "panels": [],
            "asked": {},
        }


async def test_stage_below_its_quorum_is_closed_by_a_minuted_decision(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with at_work(nats_server, new_store("evaluation"), opened(2), admitted("p1")) as ask:
        await seat_all(ask, BAPPEDA)
        closing, order = f"{STAGE}/closing", {"by": "Sekretariat"}
        assert problem(await ask.post(closing, json=order)) == (409, "quorum_missing")
        minute = {"by": "Tim Penilai", "minute": "BA-3/2019", "reason": "dua penilai sakit"}
        answer = await ask.post(closing, json={**order, "decision": minute})
        assert await said(answer) == ["scoring.closed.v1"]
        assert (await ask.get(STAGE)).json()["state"] == "closed"
        assert await said(await ask.post(closing, json=order)) == []


async def test_what_is_not_in_form_or_not_here_is_answered_with_its_reason(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/evaluation.db"
    async with at_work(nats_server, store, opened(), admitted("p1")) as ask:
        order = {"office": BAPPEDA.office, "agency": BAPPEDA.agency}
        await said(await ask.put(f"{STAGE}/jurors/{BAPPEDA.juror}", json=order))
        sheet = f"{STAGE}/proposals/p1/sheets/{BAPPEDA.juror}"

        for mark in (70.5, True, None):
            answer = await ask.put(sheet, json={"marks": MARKS | {"kebaruan": mark}})
            assert problem(answer) == (422, "malformed_request")
            where = "body.marks.kebaruan: Value error, "
            assert answer.json()["detail"] == where + INEXACT
        for text in ("7e1", "NaN", "", " 70", "070", "1.0000000", "\u0667\u0660"):
            answer = await ask.put(sheet, json={"marks": MARKS | {"kebaruan": text}})
            assert problem(answer) == (422, "malformed_request"), text
        assert problem(await ask.put(sheet, json={"marks": {"dampak": "9"}})) == (
            422,
            "marks_missing",
        )
        answer = await ask.put(sheet, json={"marks": MARKS, "note": "?"})
        assert problem(answer) == (422, "malformed_request")

        assert problem(await ask.get(sheet)) == (404, "no_sheet")
        assert problem(await ask.get(f"{STAGE}-2")) == (404, "no_such_stage")
        assert problem(await ask.get(f"{STAGE}-2/assignments")) == (404, "no_such_stage")
        assert problem(await ask.get(f"/editions/kipp-lain/stages/{FIRST}")) == (
            404,
            "no_such_edition",
        )
