"""The calculation of a place, as it is told over HTTP: to whom, and in which words."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from contracts.cut import Band
from contracts.event import Event
from contracts.outcomes import Forbidden, NotFound
from fastapi import FastAPI
from kit.access import identify
from kit.http import desk_of
from kit.testing import given
from kit.tokens import Who
from ranking_service.api.calculation import calculation
from ranking_service.api.worked import Work
from ranking_service.app import SERVICE

from tests.ranking import panels
from tests.ranking.facts import (
    DESK,
    EDITION,
    admitted,
    closed,
    opened,
    recused,
    rulebook,
    sheet,
    stage,
    words,
)
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
    assert by_juror["did"] == ""
    assert by_juror["does"] == "the mean over the criteria, each by its weight"


async def test_an_applicant_sees_its_own_one_once_it_is_final_and_no_juror() -> None:
    agency = admitted("b").agency
    found = await ask(of("b"), somebody("applicant", agency), closed())

    assert found["final"] is True
    assert found["recused"] == ["juror 3"]
    cells = found["steps"][0]["work"]["made_of"][0]["made_of"][0]["cells"]
    assert [cell["of"] for cell in cells] == [["juror 1"], ["juror 2"]]


async def test_an_applicant_reads_it_in_indonesian() -> None:
    agency = admitted("b").agency
    found = await ask(f"{of('b')}?lang=id", somebody("applicant", agency), closed())

    assert found["recused"] == ["juri 3"]
    mean = found["steps"][0]["work"]["made_of"][0]
    assert mean["does"] == "rata-rata dari semua juri"
    assert [cell["of"] for cell in mean["made_of"][0]["cells"]] == [["juri 1"], ["juri 2"]]


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


TRIMMED = {
    "kept": "trim(mark.style, juror, 1, 0)",
    "near": "clamp(sum(part.mark, criterion), 60, 70)",
    "voted": "default(panel.public.mark.vote, 1)",
    "score": "round(clamp(sum(kept, juror), 0, 9) + mean(mean(near, juror), part), 2)",
}
PARTED = (
    opened(rulebook(panels.stage(TRIMMED))),
    admitted("a"),
    *(panels.seated(each, agency=f"kota-{each}") for each in ("ana", "budi")),
    *(panels.of("a", each, "run-1", run=run) for each, run in (("ana", 50), ("budi", 75))),
    *(panels.of("a", each, style=mark) for each, mark in (("ana", 7), ("budi", 12))),
)


def worked(who: Who, *events: Event) -> dict[str, Work]:
    store = given(SERVICE, *PARTED, *events).store()
    found = calculation(store, EDITION, DESK, "a", who)
    assert found.parts == ["run-1"]
    return {each.step: each.work for each in found.steps}


def test_what_fell_out_and_what_was_moved_is_told() -> None:
    found = worked(somebody("operator"))

    assert found["kept"].did == "left out: ana (7)"
    assert found["near"].did == "moved: ana, run-1 (50 to 60); budi, run-1 (75 to 70)"
    assert found["score"].made_of[0].made_of[0].did == "moved: it (12 to 9)"
    assert found["voted"].did == ""


def test_what_was_filled_in_is_told() -> None:
    sheets = (panels.seated("citra", "public"), panels.of("a", "citra", vote=3))
    steps = {**TRIMMED, "voted": "default(mark.style, 1)"}
    events = (opened(rulebook(panels.stage(steps))), *PARTED[1:-1], *sheets)
    found = calculation(given(SERVICE, *events).store(), EDITION, DESK, "a", somebody("operator"))

    assert [each.work.did for each in found.steps][2] == "filled in: budi (1)"


def test_applicants_see_neither_jurors_nor_their_agencies() -> None:
    steps = {
        "near": "trim(mean(mean(mark.run, juror), part), group, 0, 1)",
        "score": "round(mean(near, group), 2)",
    }
    world = (opened(rulebook(panels.stage(steps, groups=True))), *PARTED[1:], closed())
    who = somebody("applicant", admitted("a").agency)
    found = calculation(given(SERVICE, *world).store(), EDITION, DESK, "a", who)

    near = found.steps[0].work
    assert [each.of for each in near.cells] == [["group 1"]]
    assert near.did == "left out: group 2 (75)"
    marks = near.made_of[0].made_of[0].made_of[0]
    assert marks.over == ["group", "juror", "part"]
    assert [each.of for each in marks.cells] == [
        ["group 1", "juror 1", "run-1"],
        ["group 2", "juror 2", "run-1"],
    ]
    told = found.model_dump_json()
    assert not any(each in told for each in ("ana", "budi"))


def test_the_band_is_told() -> None:
    band = Band(id="good", name=words("Good"), least=Decimal(80))
    world = given(SERVICE, opened(rulebook(stage(DESK, bands=(band,)))), *WORLD[1:])
    found = {
        each: calculation(world.store(), EDITION, DESK, each, somebody("operator")).band
        for each in "abc"
    }

    assert found == {"a": None, "b": None, "c": "good"}
