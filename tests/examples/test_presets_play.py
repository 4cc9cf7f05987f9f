"""Two presets, played to their end through the four services."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sayembara.audit.verify import Report
from sayembara.embedded.running import Embedded
from sayembara.play.checks import load
from sayembara.play.playing import play
from tests.audit.played import verified
from tests.system.embedded import parked_counts, services_of

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def system(running_system: Embedded) -> Embedded:
    return running_system


def test_form_of_2023_plays_to_its_end(system: Embedded) -> None:
    standings, awards = asyncio.run(_played(system, "kipp-umum-2023"))
    assert set(asyncio.run(parked_counts(system)).values()) == {0}
    check(asyncio.run(verified(system, "kipp-umum-2023")), 2)

    assert [len(each["rows"]) for each in standings] == [40, 12]
    assert [_advanced(each) for each in standings] == [12, 5]
    assert _count(awards, "terpuji") == 5


def test_index_of_2023_plays_to_its_end(system: Embedded) -> None:
    (standings,), awards = asyncio.run(_played(system, "iid-2023"))
    check(asyncio.run(verified(system, "iid-2023")), 1)

    bands = [_band_of(row["score"]) for row in standings["rows"]]
    assert [row["band"]["band"] for row in standings["rows"]] == bands
    assert len(set(bands)) == 4
    assert _count(awards, "sangat-inovatif") == bands.count("sangat-inovatif")


def check(report: Report, stages: int) -> None:
    """Each published standing is the replay at its position, and what is shown now is it too."""
    assert report.findings == ()
    assert len(report.published) == stages
    assert report.notes[-1].endswith(f"compared with what ranking shows: {stages}")


async def _played(system: Embedded, name: str) -> tuple[list[Any], list[Any]]:
    folder = load(EXAMPLES / name)
    async with services_of(system) as services:
        await play(folder, services, Console(quiet=True))
        at = f"/editions/{folder.edition}"
        standings = [
            await services.get("ranking", f"{at}/stages/{stage.id}/standings")
            for stage in folder.rulebook.stages
        ]
        return standings, (await services.get("ranking", f"{at}/results"))["awards"]


def _advanced(standings: dict[str, Any]) -> int:
    return sum(row["advanced"] for row in standings["rows"])


def _count(awards: list[Any], award: str) -> int:
    return sum(each["award"] == award for each in awards)


def _band_of(score: str) -> str:
    hundredths = int(score.replace(".", ""))
    least = {"sangat-inovatif": 6001, "inovatif": 3500, "kurang-inovatif": 1}
    fitting = (band for band, bottom in least.items() if hundredths >= bottom)
    return next(fitting, "tidak-dapat-dinilai")
