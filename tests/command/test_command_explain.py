"""How a place is explained on the command line."""

from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from rich.console import Console

from sayembara.addresses import SERVICES, Addresses
from sayembara.explain import Language, find_calculation, show_calculation
from sayembara.play.api import Services
from sayembara.trouble import Trouble


def work(formula: str, does: str, over: list[str], cells: Any, *made_of: Any) -> dict[str, Any]:
    told = [{"of": of, "number": number} for of, number in cells]
    made = {"formula": formula, "does": does, "did": "", "made_of": list(made_of)}
    return {**made, "over": over, "cells": told}


MARK = work(
    "mark",
    "",
    ["juror", "criterion"],
    [
        (["j1", "benefit"], "70"),
        (["j1", "novelty"], "71"),
        (["j2", "benefit"], "70"),
        (["j2", "novelty"], "72"),
    ],
)
BY_JUROR = work("sum(mark, criterion)", "the sum", ["juror"], [(["j1"], "141"), (["j2"], "142")])
MEAN = work("mean(total, juror)", "the mean", [], [([], "-212/3")], BY_JUROR | {"made_of": [MARK]})
CALCULATION = {
    "edition": "kota-2020",
    "stage": "desk",
    "proposal": "p03",
    "title": "Kampung Donor Darah",
    "final": True,
    "rank": 2,
    "computed_rank": 3,
    "score": "70.67",
    "band": "inovatif",
    "beside": ["p07"],
    "ties": "shared",
    "tolerance": "0.02",
    "breaks_ties": ["need"],
    "recused": ["j9"],
    "parts": ["run-1", "run-2"],
    "steps": [
        {
            "step": "score",
            "name": {"id": "Nilai", "en": "Score"},
            "work": work("round(mean(total, juror), 2)", "rounded", [], [([], "70.67")], MEAN),
        }
    ],
}

canned = FastAPI()


@canned.get("/ranking/editions")
def editions() -> list[dict[str, Any]]:
    return [{"edition": "kota-2020", "stages": [{"stage": "desk"}, {"stage": "field"}]}]


@canned.get("/ranking/editions/kota-2020/stages/{stage}/standings/live")
def standings(stage: str) -> dict[str, Any]:
    return {"rows": [{"proposal": "p03" if stage == "desk" else "p99"}]}


@canned.get("/ranking/editions/kota-2020/stages/desk/proposals/p03/calculation")
def calculation(lang: str) -> dict[str, Any]:
    return CALCULATION | {"asked_in": lang}


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    addresses = Addresses({name: f"http://here/{name}" for name in SERVICES}, "nats://nowhere")
    client = httpx.AsyncClient(transport=httpx.ASGITransport(canned))
    async with Services(addresses, client=client) as services:
        yield services


@pytest.mark.parametrize("stage", [None, "desk"])
async def test_the_last_stage_that_the_proposal_came_to_is_explained(
    services: Services, stage: str | None
) -> None:
    found = await find_calculation(services, "kota-2020", "p03", stage, "id")

    assert found == CALCULATION | {"asked_in": "id"}


async def test_a_proposal_that_stands_nowhere_is_told(services: Services) -> None:
    with pytest.raises(Trouble, match="'nobody' stands in no stage of 'kota-2020'"):
        await find_calculation(services, "kota-2020", "nobody", None)


def test_the_tree_goes_from_the_place_down_to_the_marks() -> None:
    out = StringIO()
    show_calculation(Console(file=out, width=110), CALCULATION)

    assert [each.rstrip() for each in out.getvalue().splitlines()] == [
        "kota-2020, desk: p03, Kampung Donor Darah: place 2 with 70.67 (final)",
        "├── a panel decided the place; the numbers alone give 3",
        "├── the band: inovatif",
        "├── parts that were marked: run-1, run-2",
        "├── recused, so that their sheets do not count: j9",
        "├── the same place: p07 (ties are shared)",
        "├── up to 0.02 behind the best of a place share it",
        "├── ties are broken by need",
        "└── score (Nilai / Score) = round(mean(total, juror), 2) = 70.67  rounded",
        "    └── mean(total, juror) = -212/3 (-70.666666…)  the mean",
        "        └── sum(mark, criterion)  the sum",
        "            ├── j1 141  j2 142",
        "            └── mark",
        "                ├── j1: benefit 70  novelty 71",
        "                └── j2: benefit 70  novelty 72",
    ]


def test_what_stands_around_it_is_said_in_indonesian() -> None:
    out = StringIO()
    show_calculation(Console(file=out, width=110), CALCULATION, "id")

    assert [each.rstrip() for each in out.getvalue().splitlines()][:8] == [
        "kota-2020, desk: p03, Kampung Donor Darah: peringkat 2, nilai 70.67 (final)",
        "├── peringkat ini diputuskan panel; menurut angka saja 3",
        "├── predikat: inovatif",
        "├── bagian yang dinilai: run-1, run-2",
        "├── mundur, sehingga lembar nilainya tidak dihitung: j9",
        "├── peringkat yang sama: p07 (nilai sama: shared)",
        "├── sampai 0.02 di bawah yang terbaik berbagi peringkatnya",
        "├── nilai sama dipisahkan oleh need",
    ]


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "no place with no score (provisional)"),
        ("id", "tanpa peringkat, nilai tidak ada (sementara)"),
    ],
)
def test_who_has_no_place_is_told_so(lang: Language, told: str) -> None:
    nowhere = {**CALCULATION, "rank": None, "score": None, "final": False, "steps": []}
    out = StringIO()
    show_calculation(Console(file=out, width=110), nowhere, lang)
    assert out.getvalue().splitlines()[0].endswith(told)


def test_marks_of_parts_are_told_by_juror_and_part_and_what_fell_out_is_said() -> None:
    cells = [
        (["j1", "run-1", "benefit"], "70"),
        (["j1", "run-2", "benefit"], "71"),
        (["j1", "run-2", "novelty"], "5"),
    ]
    marks = work("part.mark", "", ["juror", "part", "criterion"], cells) | {
        "did": "left out: j1, run-1, novelty (3)"
    }
    steps = [{"step": "score", "name": None, "work": marks}]
    out = StringIO()
    show_calculation(Console(file=out, width=110), {**CALCULATION, "steps": steps})

    assert [each.rstrip() for each in out.getvalue().splitlines()][-3:] == [
        "    ├── j1, run-1: benefit 70",
        "    ├── j1, run-2: benefit 71  novelty 5",
        "    └── left out: j1, run-1, novelty (3)",
    ]
