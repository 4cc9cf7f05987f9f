"""Freezing over HTTP: who sees what, and what a person is told who asks too much."""

from typing import Any

import httpx
from contracts.outcomes import Forbidden
from fastapi import FastAPI
from kit.access import identify, identify_visitor
from kit.http import desk_of
from kit.testing import Given, given
from kit.tokens import Who
from ranking_service.app import SERVICE

from tests.ranking.facts import DESK, EDITION, FIELD, OFFICE, REASON, closed, sheet
from tests.ranking.test_ranking_api import THREE, DeskAt, ask

STAGE = f"/editions/{EDITION}/stages/{DESK}"
ORDER = {"by": OFFICE, "reason": REASON}
BOTH = Who(sub="x", role="juror", edition=EDITION, exp=0)


def who(role: Any, subject: str = "s1", edition: str = "*") -> Who:
    return Who(sub=subject, role=role, edition=edition, exp=0)


async def get(world: Given, path: str, as_: Who) -> httpx.Response | Forbidden:
    """The answer, or the refusal, to somebody."""
    app = FastAPI()
    app.include_router(SERVICE.routes)
    for each in (identify, identify_visitor):
        app.dependency_overrides[each] = lambda: as_
    app.dependency_overrides[desk_of] = lambda: DeskAt(world)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ranking") as client:
        try:
            return await client.get(path)
        except Forbidden as refusal:
            return refusal


async def frozen() -> Given:
    """The desk is frozen; a and b then go on behind that, and c does not."""
    world = given(SERVICE, *THREE)
    assert (await ask(world, "POST", f"{STAGE}/freeze", ORDER)).status_code == 200
    return world.heard(sheet("c", "juror-1", "10"), closed())


async def test_an_office_freezes_reveals_and_unfreezes() -> None:
    world = await frozen()
    shown = (await ask(world, "GET", f"{STAGE}/standings")).json()
    assert (shown["frozen"], shown["final"]) == ({"position": 6, "revealed": []}, False)

    answer = await ask(world, "POST", f"{STAGE}/reveal", {"by": OFFICE})
    assert [each["type"] for each in answer.json()["events"]] == ["place.revealed.v1"]
    shown = (await ask(world, "GET", f"{STAGE}/standings")).json()
    assert shown["frozen"]["revealed"] == ["c"]
    assert [(row["proposal"], row["rank"]) for row in shown["rows"]] == [
        ("c", 3),
        ("a", None),
        ("b", None),
    ]
    await ask(world, "POST", f"{STAGE}/unfreeze", ORDER)
    assert (await ask(world, "GET", f"{STAGE}/standings")).json()["final"]


async def test_the_live_standings_are_for_the_jury_of_the_edition_and_the_offices() -> None:
    world = await frozen()
    for role in ("juror", "secretariat", "operator"):
        answer = await get(world, f"{STAGE}/standings/live", who(role, edition=EDITION))
        assert isinstance(answer, httpx.Response)
        assert [row["rank"] for row in answer.json()["rows"]] == [1, 2, 3]

    for stranger in (who("applicant", "agency-a"), who("juror", edition="kota-2021")):
        assert isinstance(await get(world, f"{STAGE}/standings/live", stranger), Forbidden)


async def test_an_applicant_is_answered_alike_whether_it_went_on_or_not() -> None:
    world = await frozen()
    told = set()
    for proposal in "abc":
        for stage in (DESK, FIELD):
            path = f"/editions/{EDITION}/stages/{stage}/proposals/{proposal}/calculation"
            refusal = await get(world, path, who("applicant", f"agency-{proposal}", EDITION))
            assert isinstance(refusal, Forbidden)
            told.add(refusal.text.replace(f"agency-{proposal}", "agency"))
    assert len(told) == 1

    await ask(world, "POST", f"{STAGE}/unfreeze", ORDER)
    path = f"{STAGE}/proposals/a/calculation"
    answer = await get(world, path, who("applicant", "agency-a", EDITION))
    assert isinstance(answer, httpx.Response)
    assert answer.json()["rank"] == 2


async def test_the_office_sees_the_awards_behind() -> None:
    world = await frozen()

    assert (await ask(world, "GET", f"/editions/{EDITION}/results")).json()["awards"] == []
    live = (await ask(world, "GET", f"/editions/{EDITION}/results/live")).json()["awards"]
    assert [(each["award"], each["proposal"]) for each in live] == [("best-desk", "b")]


async def test_an_order_that_cannot_be_is_refused_before_anything_is_said() -> None:
    world = await frozen()
    for count in (0, 1001):
        answer = await ask(world, "POST", f"{STAGE}/reveal", {"by": OFFICE, "count": count})
        assert answer.status_code == 422
    assert (await ask(world, "POST", f"{STAGE}/freeze", {"by": OFFICE})).status_code == 422


async def test_the_page_of_both_is_a_page_of_its_own() -> None:
    answer = await get(await frozen(), f"{STAGE}/frozen", BOTH)

    assert isinstance(answer, httpx.Response)
    assert answer.headers["cache-control"] == "no-store"
    assert "Hanya untuk juri, sekretariat, dan operator" in answer.text
