"""The piano competition of 2025: its published sheets give its published results."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from sayembara.embedded.running import Embedded
from sayembara.play.api import Services
from sayembara.play.folder import Folder
from tests.conformance.chopin import DATA, Official, read_jury, read_official
from tests.conformance.jury import Key, StepNumbers, calculations, play, standings
from tests.system.embedded import parked_counts, services_of

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the published sheets are not beside the project: see shared/datasets"
)


@dataclass(frozen=True)
class Found:
    """What the services answer when the edition is over."""

    rows: dict[Key, dict[str, Any]]
    steps: dict[Key, StepNumbers]
    awards: list[dict[str, Any]]


def test_the_published_sheets_give_every_published_number(running_system: Embedded) -> None:
    jury, official = read_jury(), read_official()
    found = asyncio.run(_play(running_system, jury))
    assert set(asyncio.run(parked_counts(running_system)).values()) == {0}
    _check_corrected(found, official)
    _check_scores(found, official)
    _check_results(found, official)
    _check_cuts(found, official)
    _check_places(found, official)


async def _play(system: Embedded, jury: Folder) -> Found:
    async with services_of(system) as services:
        await play(jury, services)
        async with Services(services.addresses) as anyone:
            rows = await standings(jury, anyone)
            results = await anyone.get("ranking", f"/editions/{jury.edition}/results")
        steps = await calculations(jury, services, rows)
        return Found(rows, steps, results["awards"])


def _check_corrected(found: Found, official: Official) -> None:
    corrected = {
        (*key, *juror): number
        for key, steps in found.steps.items()
        for juror, number in steps["corrected"].items()
    }
    assert corrected == official.corrected
    assert len(corrected) == 2575
    counted = Counter((stage, proposal) for stage, proposal, _ in official.corrected)
    assert {key: row["sheets"] for key, row in found.rows.items()} == counted


def _check_scores(found: Found, official: Official) -> None:
    scores = {key: steps["score"][()] for key, steps in found.steps.items()}
    assert scores == official.scores
    assert len(scores) == 155


def _check_results(found: Found, official: Official) -> None:
    results = {key: Fraction(row["score"]) for key, row in found.rows.items()}
    assert results == official.results
    assert len(results) == 155


def _check_cuts(found: Found, official: Official) -> None:
    advanced = {key for key, row in found.rows.items() if row["advanced"] and key[0] != "final"}
    assert advanced == official.advanced
    assert Counter(stage for stage, _ in advanced) == {"stage-1": 40, "stage-2": 20, "stage-3": 11}


def _check_places(found: Found, official: Official) -> None:
    final = {each: row["rank"] for (stage, each), row in found.rows.items() if stage == "final"}
    assert {each: rank for each, rank in final.items() if rank <= 6} == official.places
    assert {each["proposal"]: each["rank"] for each in found.awards} == official.places
    assert sorted(official.places.values()) == [1, 2, 3, 4, 4, 5, 5, 6]
