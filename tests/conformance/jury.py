"""A real jury's edition: made from its published sheets, played through the running services."""

import asyncio
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich.console import Console

from sayembara.play.api import Services
from sayembara.play.folder import Folder
from sayembara.play.playing import play as played

DATASETS = Path(__file__).parents[3] / "shared" / "datasets"

Key = tuple[str, str]
"""A stage and a proposal."""

StepNumbers = dict[str, dict[tuple[str, ...], Fraction]]
"""The numbers of each step: one in all, under (), or one for each juror."""


async def play(jury: Folder, services: Services) -> None:
    """Play it to its end, by HTTP alone; many sheets come in at a time, as from a table.

    One by one come those of the example that other tests play.
    """
    await played(jury, services, Console(quiet=True), one_by_one=100)


async def standings(jury: Folder, services: Services) -> dict[Key, dict[str, Any]]:
    """The rows of the final standings of every stage, as anyone may read them."""
    found = {}
    for stage in jury.rulebook.stages:
        path = f"/editions/{jury.edition}/stages/{stage.id}/standings"
        answer = await services.get("ranking", path)
        assert answer["final"]
        found.update({(stage.id, row["proposal"]): row for row in answer["rows"]})
    return found


async def calculations(
    jury: Folder, services: Services, keys: Iterable[Key]
) -> dict[Key, StepNumbers]:
    """What each step of the stage came to for each of these, as the secretariat may read it."""
    secretariat = services.acting("secretariat", "office", jury.edition)

    async def ask(key: Key) -> StepNumbers:
        stage, proposal = key
        path = f"/editions/{jury.edition}/stages/{stage}/proposals/{proposal}/calculation"
        answer = await secretariat.get("ranking", path)
        return {each["step"]: _numbers(each["work"]["cells"]) for each in answer["steps"]}

    asked = tuple(keys)
    return dict(zip(asked, await asyncio.gather(*map(ask, asked)), strict=True))


def _numbers(cells: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Fraction]:
    return {tuple(cell["of"]): Fraction(cell["number"]) for cell in cells}
