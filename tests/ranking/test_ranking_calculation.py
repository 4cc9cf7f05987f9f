"""The calculation of a place, as it is told over HTTP: to whom, and in which words."""

from typing import Any

import httpx
import pytest
from contracts.event import Event
from contracts.outcomes import Forbidden, NotFound
from fastapi import FastAPI
from kit.access import identify
from kit.http import desk_of
from kit.testing import given
from kit.tokens import Who
from ranking_service.api.calculation import calculation
from ranking_service.app import SERVICE

from tests.ranking.facts import DESK, EDITION, admitted, closed, opened, recused, sheet
from tests.ranking.test_ranking_api import DeskAt

WORLD = (
    opened(),
    *(admitted(each) for each in "abc"),
    *(sheet(each, "j1", mark) for each, mark in {"a": "70", "b": "80", "c": "80"}.items()),
    sheet("b", "j2", "79"),
    sheet("b", "j3", "10"),
    recused("b", "j3"),
)


def of(proposal: str) -> str:
    return f"/editions/{EDITION}/stages/{DESK}/proposals/{proposal}/calculation"


async def ask(path: str, who: Who, *events: Event) -> Any:
    app = FastAPI()
    app.include_router(SERVICE.routes)
    app.dependency_overrides[identify] = lambda: who
    app.dependency_overrides[desk_of] = lambda: DeskAt(given(SERVICE, *WORLD, *events))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ranking") as client:
        return (await client.get(path)).json()


def somebody(role: Any, subject: str = "somebody") -> Who:
    return Who(sub=subject, role=role, edition="*", exp=0)


async def test_the_secretariat_sees_it_whole_at_any_time() -> None:
    found = await ask(of("b"), somebody("secretariat"))

    assert (found["rank"], found["score"], found["final"]) == (2, "79.50", False)
    assert found["recused"] == ["j3"]
    (score,) = found["steps"]
    assert (score["step"], score["work"]["formula"]) == (
        "score",
        "round(mean(weighted(mark), juror), 2)",
    )
    mean = score["work"]["made_of"][0]
    by_juror = mean["made_of"][0]
    assert mean["cells"] == [{"of": [], "number": "79.5"}]
    assert by_juror["over"] == ["juror"]
    assert by_juror["cells"] == [
        {"of": ["j1"], "number": "80"},
        {"of": ["j2"], "number": "79"},
    ]
    marks = by_juror["made_of"][0]
    assert (marks["over"], len(marks["cells"])) == (["juror", "criterion"], 4)
    assert by_juror["does"] == "the mean over the criteria, each by its weight"


async def test_an_applicant_sees_its_own_one_once_it_is_final_and_no_juror() -> None:
    agency = admitted("b").agency
    found = await ask(of("b"), somebody("applicant", agency), closed())

    assert found["final"] is True
    assert found["recused"] == ["juror 3"]
    cells = found["steps"][0]["work"]["made_of"][0]["made_of"][0]["cells"]
    assert [cell["of"] for cell in cells] == [["juror 1"], ["juror 2"]]


@pytest.mark.parametrize(
    ("subject", "events"), [("another-agency", (closed(),)), (admitted("b").agency, ())]
)
async def test_an_applicant_is_refused_before_and_elsewhere(
    subject: str, events: tuple[Event, ...]
) -> None:
    world = given(SERVICE, *WORLD, *events)
    with pytest.raises(Forbidden):
        calculation(world.store(), EDITION, DESK, "b", somebody("applicant", subject))


async def test_who_shares_a_place_is_told() -> None:
    found = await ask(of("c"), somebody("operator"), sheet("b", "j4", "81"))

    assert (found["rank"], found["beside"], found["ties"]) == (1, ["b"], "shared")


@pytest.mark.parametrize(("stage", "proposal"), [(DESK, "nobody"), ("nowhere", "b")])
def test_what_is_not_there_is_not_found(stage: str, proposal: str) -> None:
    world = given(SERVICE, *WORLD)

    with pytest.raises(NotFound):
        calculation(world.store(), EDITION, stage, proposal, somebody("operator"))
