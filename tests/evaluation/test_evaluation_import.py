"""Sheets of parts, and many sheets at once, over HTTP on each kind of store."""

from contextlib import asynccontextmanager
from typing import Any

import httpx
from evaluation_service.rules.facts import Seat

from tests.evaluation.facts import EDITION, admitted
from tests.evaluation.halfpipe import FINAL, LEFT, PUBLIC, RIGHT, opened, review
from tests.evaluation.test_evaluation_api import NewStore, at_work, problem, said
from tests.support.access import bearer
from tests.support.nats import NatsServer

STAGE = f"/editions/{EDITION}/stages/{FINAL}"
SHEETS = f"/editions/{EDITION}/sheets"
RUN = f"{STAGE}/proposals/p1/parts/run-1/sheets/{LEFT.juror}"
SOURCE = {"by": "Sekretariat", "source": "nilai.csv"}


@asynccontextmanager
async def final(server: NatsServer, store: str, *proposals: str) -> Any:
    """The final, with three seats on two panels; a rule asks for four sheets of p1."""
    heard = (opened(), *map(admitted, proposals), review("p1", 4, position=3))
    async with at_work(server, store, *heard) as ask:
        for seat in (LEFT, RIGHT, PUBLIC):
            order = {"office": seat.office, "agency": seat.agency, "panel": seat.panel}
            await said(await ask.put(f"{STAGE}/jurors/{seat.juror}", json=order))
        yield ask


def row(proposal: str = "p1", seat: Seat = LEFT, part: str | None = "run-1", **more: Any) -> Any:
    found = {"stage": FINAL, "proposal": proposal, "juror": seat.juror, "part": part}
    return {**found, "marks": {"nilai": "70.5"}, **more}


def placed(proposal: str, place: str, **more: Any) -> Any:
    return row(proposal, PUBLIC, None, marks={"urutan": place}, **more)


async def put_in(ask: httpx.AsyncClient, *rows: Any, **more: Any) -> httpx.Response:
    answer: httpx.Response = await ask.post(SHEETS, json={**SOURCE, **more, "sheets": rows})
    return answer


def taken(answer: httpx.Response) -> tuple[int, int, list[tuple[int, str]]]:
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["taken"], found["unchanged"], refused(answer)


def refused(answer: httpx.Response) -> list[tuple[int, str]]:
    return [(each["line"], each["code"]) for each in answer.json()["refused"]]


async def test_sheet_of_a_part_is_handed_in_and_seen(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with final(nats_server, new_store("evaluation"), "p1") as ask:
        answer = await ask.put(RUN, json={"marks": {"nilai": "70.5"}})
        assert await said(answer) == ["sheet.submitted.v1"]
        other = {"marks": {"nilai": "71"}, "reason": "salah tulis"}
        assert await said(await ask.put(RUN, json=other)) == ["sheet.amended.v1"]
        assert [each["version"] for each in (await ask.get(RUN, headers=juror(LEFT))).json()] == [
            1,
            2,
        ]
        other_run = RUN.replace("run-1", "run-2")
        assert problem(await ask.get(other_run, headers=juror(LEFT))) == (404, "no_sheet")
        assert problem(await ask.get(RUN, headers=juror(RIGHT))) == (403, "forbidden")
        whole = RUN.replace("/parts/run-1", "")
        answer = await ask.put(whole, json={"marks": {"nilai": "70"}})
        assert problem(answer) == (422, "nothing_to_mark")


async def test_stage_and_assignments_tell_of_panels_parts_and_reviews(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with final(nats_server, new_store("evaluation"), "p1", "p2") as ask:
        await put_in(ask, row(), row(part="run-2"), row("p2", RIGHT), placed("p2", "1"))

        state = (await ask.get(STAGE)).json()
        assert state["panels"] == [
            {"panel": "juri", "quorum": 2, "jurors": 2, "sheets": 2},
            {"panel": "publik", "quorum": 1, "jurors": 1, "sheets": 1},
        ]
        counts = (state["jurors"], state["sheets"], state["expected"], state["asked"])
        assert counts == (3, 3, 6, {"p1": 4})
        assert state["below_quorum"] == ["p1", "p2"]
        rows = (await ask.get(f"{STAGE}/assignments")).json()
        assert [(each["juror"], each["panel"], each["state"], each["parts"]) for each in rows] == [
            (RIGHT.juror, "juri", "due", []),
            (LEFT.juror, "juri", "handed_in", ["run-1", "run-2"]),
            (PUBLIC.juror, "publik", "due", []),
            (RIGHT.juror, "juri", "handed_in", ["run-1"]),
            (LEFT.juror, "juri", "due", []),
            (PUBLIC.juror, "publik", "handed_in", []),
        ]


async def test_file_of_sheets_is_taken_whole_or_not_at_all(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with final(nats_server, new_store("evaluation"), "p1", "p2") as ask:
        wrong = [
            row(line=12),
            row("p9", line=13),
            row(part="run-2", marks={"nilai": 70.5}, line=14),
            placed("p1", "1", line=15),
            placed("p2", "1", line=16),
            "not a sheet",
            row("p2", line="?"),
        ]
        codes = ["not_in_stage", "malformed_sheet", *["mark_given_already"] * 2]
        told = [(6, "malformed_sheet"), (7, "malformed_sheet")]
        told += zip(range(13, 17), codes, strict=True)

        answer = await put_in(ask, *wrong)
        assert problem(answer) == (409, "sheets_refused")
        assert answer.headers["content-type"] == "application/problem+json"
        assert refused(answer) == told
        assert "a JSON number with a point is refused" in answer.json()["refused"][3]["text"]
        assert (await ask.get(STAGE)).json()["sheets"] == 0

        assert taken(await put_in(ask, *wrong, partial=True)) == (1, 0, told)
        assert taken(await put_in(ask, row(), placed("p1", "1"))) == (1, 1, [])
        closing = {
            "by": "Sekretariat",
            "decision": {"by": "Panitia", "minute": "1", "reason": "x y"},
        }
        assert (await ask.post(f"{STAGE}/closing", json=closing)).status_code == 200
        (version,) = (await ask.get(RUN)).json()
        assert version["entered"] == SOURCE


async def test_juror_hands_in_many_own_sheets_and_no_other(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with final(nats_server, new_store("evaluation"), "p1") as ask:
        mine, other = [row(), row(part="run-2")], row(seat=RIGHT)

        answer = await ask.post(SHEETS, json={"sheets": [*mine, other]}, headers=juror(LEFT))
        assert problem(answer) == (403, "forbidden")
        answer = await ask.post(SHEETS, json={"sheets": mine}, headers=juror(LEFT))
        assert taken(answer) == (2, 0, [])
        (version,) = (await ask.get(RUN, headers=juror(LEFT))).json()
        assert version["entered"] is None


async def test_order_of_many_sheets_says_who_and_from_where(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with final(nats_server, new_store("evaluation"), "p1") as ask:
        for missing in ({"by": None}, {"source": ""}):
            assert problem(await put_in(ask, row(), **missing)) == (422, "source_missing")
        assert problem(await put_in(ask)) == (422, "malformed_request")
        answer = await ask.post("/editions/kipp-lain/sheets", json={**SOURCE, "sheets": [row()]})
        assert problem(answer) == (404, "no_such_edition")


async def test_thousands_of_sheets_are_taken_in_one_request(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    proposals = [f"p{number}" for number in range(1, 126)]
    panel = [Seat(f"juri-{number}", "Juri", "umum", "juri") for number in range(20)]
    async with final(nats_server, new_store("evaluation"), *proposals) as ask:
        for seat in panel:
            order = {"office": seat.office, "agency": seat.agency, "panel": seat.panel}
            await said(await ask.put(f"{STAGE}/jurors/{seat.juror}", json=order))
        rows = [
            row(proposal, seat, part)
            for proposal in proposals
            for seat in panel
            for part in ("run-1", "run-2")
        ]
        answer = await ask.post(SHEETS, json={**SOURCE, "sheets": rows}, timeout=60)
        assert taken(answer) == (5000, 0, [])
        answer = await ask.post(SHEETS, json={**SOURCE, "sheets": rows}, timeout=60)
        assert taken(answer) == (0, 5000, [])


def juror(seat: Seat) -> dict[str, str]:
    return bearer("juror", seat.juror)
