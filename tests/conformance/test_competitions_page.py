"""The page of small competitions: its sheets, handed in to the services, give what it says."""

import asyncio
import csv
import re
from pathlib import Path
from typing import Any

import pytest
from contracts.ids import Token
from pydantic import TypeAdapter
from rich.console import Console

from sayembara.embedded.running import Embedded
from sayembara.play.checks import check
from sayembara.play.folder import Folder
from sayembara.play.playing import play
from tests.conformance.jury import standings
from tests.support.editions import Row, made, rulebook
from tests.system.embedded import parked_counts, services_of

PAGE = (Path(__file__).parents[2] / "docs" / "competitions.md").read_text("utf-8")
COMPETITIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE))


@pytest.fixture
def system(running_system: Embedded) -> Embedded:
    return running_system


def edition_of(name: str) -> Folder:
    text = COMPETITIONS[name]
    edition = TypeAdapter(Token).validate_python(re.sub(r"[^a-z]+", "-", name.lower())[:60])
    stages = "".join(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    seats, sheets = (
        list(csv.DictReader(block.splitlines()))
        for block in re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    )
    ids = re.findall(r'\[\[stages\]\]\nid = "([^"]+)"', stages)
    placed = [{**seat, "stage": stage} for stage in ids for seat in seats]
    regions = {seat["agency"] for seat in seats}
    owners = {row["proposal"]: row["proposal"].removeprefix("p-") for row in sheets}
    mine = {each: region for each, region in owners.items() if region in regions}
    return made(edition, rulebook(edition, name, name, stages), placed, sheets, mine)


def told(name: str) -> list[Row]:
    """The table of the page: stage, proposal, rank, score, band."""
    lines = [line for line in COMPETITIONS[name].splitlines() if line.startswith("|")]
    head, *cells = [[each.strip() for each in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, each, strict=True)) for each in cells[1:]]


async def played(system: Embedded, folder: Folder) -> dict[Any, dict[str, Any]]:
    async with services_of(system) as services:
        await play(folder, services, Console(quiet=True))
        assert set((await parked_counts(system)).values()) == {0}
        return await standings(folder, services)


@pytest.mark.parametrize("name", COMPETITIONS)
def test_the_sheets_give_what_the_page_says(system: Embedded, name: str) -> None:
    folder = edition_of(name)
    check(folder)

    rows = asyncio.run(played(system, folder))

    found = [
        {
            "stage": stage,
            "proposal": proposal,
            "rank": str(row["rank"]),
            "score": row["score"],
            "band": row["band"]["band"] if row["band"] else "",
        }
        for (stage, proposal), row in rows.items()
    ]
    assert found == told(name)
