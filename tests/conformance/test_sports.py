"""The halfpipe of 2026 and the diving of 2000: published marks give the published places."""

import asyncio
from fractions import Fraction
from typing import Any

import pytest
from rich.console import Console

from sayembara.embedded.running import Embedded
from sayembara.play.api import Services
from sayembara.play.checks import check
from sayembara.play.folder import Folder
from sayembara.play.playing import play
from tests.conformance import diving, halfpipe
from tests.conformance.jury import Key, StepNumbers, calculations, standings
from tests.system.embedded import parked_counts, services_of

without_halfpipe = pytest.mark.skipif(
    not halfpipe.DATA.is_dir(), reason="the published marks are not beside the project"
)
without_diving = pytest.mark.skipif(
    not diving.DATA.is_dir(), reason="the published marks are not beside the project"
)

Rows = dict[Key, dict[str, Any]]


async def _play(system: Embedded, folder: Folder) -> Rows:
    async with services_of(system) as services:
        await play(folder, services, Console(quiet=True), one_by_one=100)
        assert set((await parked_counts(system)).values()) == {0}
        async with Services(services.addresses) as anyone:
            return await standings(folder, anyone)


@without_halfpipe
def test_the_halfpipe_runs_scores_and_ranks_are_the_published_ones(
    running_system: Embedded,
) -> None:
    folder, official = halfpipe.read_edition(), halfpipe.read_official()
    check(folder)
    rows = asyncio.run(_play(running_system, folder))
    steps = asyncio.run(_steps(running_system, folder, rows))

    runs = {
        (rider, *part): number
        for (_, rider), of in steps.items()
        for part, number in of["run"].items()
    }
    assert runs == official.runs
    assert len(runs) == 24
    assert {key[1]: Fraction(row["score"]) for key, row in rows.items()} == official.scores
    assert {key[1]: row["rank"] for key, row in rows.items()} == official.ranks
    assert len(rows) == 12


async def _steps(system: Embedded, folder: Folder, rows: Rows) -> dict[Key, StepNumbers]:
    async with services_of(system) as services:
        return await calculations(folder, services, rows)


@without_diving
def test_the_ranks_of_four_diving_events_and_who_went_on_are_the_published_ones(
    running_system: Embedded,
) -> None:
    count, sets = 0, 0
    for event in diving.EVENTS:
        folder, official = diving.read_edition(event), diving.read_official(event)
        check(folder)
        rows = asyncio.run(_play(running_system, folder))
        assert {key: row["rank"] for key, row in rows.items()} == official.ranks
        for stage in diving.NEXT:
            going = {key for key, row in rows.items() if row["advanced"] and key[0] == stage}
            assert going == {key for key in official.advanced if key[0] == stage}
            sets += 1
        count += len(official.ranks)
    assert (count, sets) == (295, 8)
