"""A small edition for the audit, and what is read of it from the log."""

import asyncio
from collections.abc import Iterator

from rich.console import Console

from sayembara.addresses import LogPlace
from sayembara.audit.reading import Logged, read
from sayembara.embedded.running import Embedded
from sayembara.event_log import connected
from sayembara.play.folder import Folder
from sayembara.play.playing import play
from tests.support.editions import Row, made, rulebook
from tests.system.embedded import services_of

SMALL = "kecil-2026"
RULEBOOK = rulebook(
    SMALL,
    "Lomba kecil",
    "Small competition",
    """\
[[stages]]
id = "meja"
name = { id = "Meja", en = "Desk" }
ties = "dense"
tolerance = "0.25"
quorum = 2
cut = { top = 2, least = "50" }

[[stages.criteria]]
id = "gagasan"
name = { id = "Gagasan", en = "Idea" }
weight = 2

[[stages.criteria]]
id = "hasil"
name = { id = "Hasil", en = "Result" }
optional = true

[[stages]]
id = "tamu"
name = { id = "Tamu", en = "Visit" }
first = "smallest"
quorum = 2

[[stages.criteria]]
id = "gagasan"
name = { id = "Gagasan", en = "Idea" }
scale = { min = -10, max = 10, step = 0.05 }

[[stages.steps]]
id = "score"
formula = "round(mean(weighted(mark), juror), 1)"

[[stages]]
id = "akhir"
name = { id = "Akhir", en = "Final" }
quorum = 2

[[stages.criteria]]
id = "gagasan"
name = { id = "Gagasan", en = "Idea" }

[[stages.steps]]
id = "score"
formula = "round(median(mark.gagasan, juror), 2)"

[[awards]]
id = "juara"
name = { id = "Juara", en = "Winner" }
by = "rank"
stage = "akhir"
top = 1
""",
)


def small() -> Folder:
    """Three stages: two of the common rule with every turn of it, and one of another formula."""
    jurors = ("a", "b")
    seats = [
        {"stage": stage, "juror": each, "agency": "panel"}
        for stage in ("meja", "tamu", "akhir")
        for each in jurors
    ]
    return made(SMALL, RULEBOOK, seats, _sheets())


def _sheets() -> Iterator[Row]:
    desk = {"p1": ("80", "71"), "p2": ("80", ""), "p3": ("79", "72"), "p4": ("20", "30")}
    for proposal, (idea, result) in desk.items():
        yield _sheet("meja", proposal, "a", idea, result)
        yield _sheet("meja", proposal, "b", "77", "77")
    visit = {"p1": ("-0.05", "-0.05"), "p2": ("0.5", "0.4"), "p3": ("-0.1", "0.9")}
    for proposal, (left, right) in visit.items():
        for stage in ("tamu", "akhir"):
            yield _sheet(stage, proposal, "a", left if stage == "tamu" else "70")
            yield _sheet(stage, proposal, "b", right if stage == "tamu" else "80")


def _sheet(stage: str, proposal: str, juror: str, idea: str, result: str = "") -> Row:
    key = {"stage": stage, "proposal": proposal, "juror": juror}
    return {**key, "gagasan": idea, **({"hasil": result} if result else {})}


async def play_small(system: Embedded) -> None:
    """Play it to its end."""
    async with services_of(system) as services:
        await play(small(), services, Console(quiet=True))


def read_log(place: LogPlace) -> list[Logged]:
    """Every message of the log."""

    async def all_of_it() -> list[Logged]:
        async with connected(place) as log:
            return [each async for messages in read(log) for each in messages]

    return asyncio.run(all_of_it())
