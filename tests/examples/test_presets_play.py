"""Presets, played to their end through the four services."""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import Mapping
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
COUNT = re.compile(
    r"\b(count|top|at_least|at_most|handed_in|admitted|total|umum|replikasi|khusus) = (\d+)"
)
SMALLER = {99: 11, 15: 4, 114: 15, 45: 5, 5: 2, 50: 7}
"""How many come how far of 2020 and of 2021, and here."""
FEWER_AGENCIES = {30: 3, 25: 3, 34: 3, 200: 9, 240: 9, 80: 4, 85: 4, 10: 3}


@pytest.fixture
def system(running_system: Embedded) -> Embedded:
    return running_system


def test_form_of_2023_plays_to_its_end(system: Embedded) -> None:
    standings, awards = asyncio.run(_played(system, EXAMPLES / "kipp-umum-2023"))
    assert set(asyncio.run(parked_counts(system)).values()) == {0}
    check(asyncio.run(verified(system, "kipp-umum-2023")), 2)

    assert [len(each["rows"]) for each in standings] == [40, 12]
    assert [_advanced(each) for each in standings] == [12, 5]
    assert _count(awards, "terpuji") == 5


def test_index_of_2023_plays_to_its_end(system: Embedded) -> None:
    (standings,), awards = asyncio.run(_played(system, EXAMPLES / "iid-2023"))
    check(asyncio.run(verified(system, "iid-2023")), 1)

    bands = [_band_of(row["score"]) for row in standings["rows"]]
    assert [row["band"]["band"] for row in standings["rows"]] == bands
    assert len(set(bands)) == 4
    assert _count(awards, "sangat-inovatif") == bands.count("sangat-inovatif")


@pytest.mark.parametrize(
    ("name", "entered"),
    [
        ("kipp-nasional-2020", {2126: 30, 33: 3, 91: 8, 2250: 41}),
        ("kipp-nasional-2021", {3178: 48, 1866: 41, 1726: 30, 40: 3, 100: 8}),
    ],
)
def test_smaller_national_plays_to_its_end(
    system: Embedded, tmp_path: Path, name: str, entered: Mapping[int, int]
) -> None:
    folder = _smaller(name, tmp_path, {**SMALLER, **FEWER_AGENCIES, **entered})
    standings, awards = asyncio.run(_played(system, folder))
    assert set(asyncio.run(parked_counts(system)).values()) == {0}
    check(asyncio.run(verified(system, name)), 3)

    assert [len(each["rows"]) for each in standings] == [41, 15, 15]
    assert [_advanced(each) for each in standings] == [15, 15, 7]
    given = {"top-99": 11, "finalis-khusus": 4, "top-45": 5, "luar-biasa": 2}
    assert Counter(each["award"] for each in awards) == given


def check(report: Report, stages: int) -> None:
    """Each published standing is the replay at its position, and what is shown now is it too."""
    assert report.findings == ()
    assert len(report.published) == stages
    assert report.notes[-1].endswith(f"compared with what ranking shows: {stages}")


def _smaller(name: str, to: Path, counts: Mapping[int, int]) -> Path:
    """The preset with other counts, in its rulebook and in its plan; all else is its own."""
    folder = to / name
    shutil.copytree(EXAMPLES / name, folder)
    for file in (folder / "rulebook.toml", folder / "generate.toml"):
        text = file.read_text("utf-8")
        fewer = COUNT.sub(lambda at: f"{at[1]} = {counts.get(int(at[2]), at[2])}", text)
        file.write_text(fewer, "utf-8")
    return folder


async def _played(system: Embedded, path: Path) -> tuple[list[Any], list[Any]]:
    folder = load(path)
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
