"""A play of an edition that has one of everything: panels, parts, labels, a decided cut."""

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sayembara.embedded.running import Embedded
from sayembara.play import steps
from sayembara.play.checks import load
from sayembara.play.playing import play
from sayembara.show import show_note
from sayembara.trouble import Trouble
from tests.command.edition import write_edition
from tests.system.embedded import parked_counts, services_of


@pytest.fixture
def system(running_system: Embedded) -> Embedded:
    return running_system


@pytest.mark.parametrize("one_by_one", [20_000, 0])
def test_everything_that_a_folder_says_happens(
    system: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_by_one: int
) -> None:
    monkeypatch.setattr(steps, "ONE_BY_ONE", one_by_one)
    monkeypatch.setattr(steps, "TOGETHER", 2)
    path = write_edition(tmp_path, f"lomba-{one_by_one}")
    found = asyncio.run(_play(system, path))
    assert set(asyncio.run(parked_counts(system)).values()) == {0}

    desk, final, results, grounds = found
    assert {row["proposal"]: row["score"] for row in desk["rows"]} == {
        "p1": "60.5",
        "p2": "66.0",
        "p3": "47.0",
    }
    assert {row["proposal"] for row in desk["rows"] if row["advanced"]} == {"p1", "p3"}
    assert [(row["proposal"], row["rank"]) for row in final["rows"]] == [("p3", 1), ("p1", 2)]
    assert [each["proposal"] for each in results["awards"]] == ["p3"]
    assert [each["code"] for each in grounds] == ["incomplete", "other"]


async def _play(system: Embedded, path: Path) -> list[Any]:
    folder = load(path)
    async with services_of(system) as services:
        await play(folder, services, Console(quiet=True))
        at = f"/editions/{folder.edition}"
        desk, final = [
            await services.get("ranking", f"{at}/stages/{stage}/standings")
            for stage in ("meja", "final")
        ]
        results = await services.get("ranking", f"{at}/results")
        secretariat = services.acting("secretariat", "Sekretariat")
        grounds = await secretariat.get("submission", f"{at}/proposals/p4/grounds")
        return [desk, final, results, grounds]


def test_a_decision_that_nobody_asked_for_is_told(system: Embedded, tmp_path: Path) -> None:
    path = write_edition(tmp_path, "lomba-tanpa-putusan")
    rulebook = path / "rulebook.toml"
    rulebook.write_text(rulebook.read_text("utf-8").replace('decision = "panel"\n', ""), "utf-8")

    with pytest.raises(Trouble, match="decides stage 'meja', and its rules ask for no decision"):
        asyncio.run(_play(system, path))


def test_a_stage_that_waits_for_a_decision_is_told(system: Embedded, tmp_path: Path) -> None:
    path = write_edition(tmp_path, "lomba-menunggu")
    rulebook = path / "rulebook.toml"
    rulebook.write_text(rulebook.read_text("utf-8").replace('"panel"\n', '"ties"\n', 1), "utf-8")
    (path / "decisions.csv").unlink()
    sheets = path / "sheets.csv"
    same = sheets.read_text("utf-8").replace("p1,publik-1,,,,40", "p1,publik-1,,,,45.5")
    sheets.write_text(same, "utf-8")
    text = rulebook.read_text("utf-8")
    liking = 'name = { id = "Suka", en = "Liking" }\n'
    rulebook.write_text(text.replace(liking, f"{liking}scale = {{ step = 0.5 }}\n"), "utf-8")

    waits = r"stage 'meja' waits for a minuted decision \(ties: p1, p2\)"
    with pytest.raises(Trouble, match=waits):
        asyncio.run(_play(system, path))


def test_assumptions_are_shown(tmp_path: Path) -> None:
    out = StringIO()

    show_note(Console(file=out, width=200), load(write_edition(tmp_path)))

    assert "Andaian / Assumptions" in out.getvalue()
    assert "stages.meja.criteria.mutu.weight = 1.50: Andaian / Assumed" in out.getvalue()
