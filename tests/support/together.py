"""Tests that run side by side: those that share what costs much to make stay with one worker."""

from functools import cache
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[2]
LONG = {"audit", "auditor", "backup", "bad_input", "bench", "command", "conformance", "consumers"}
LONG |= {"examples", "leaks", "rebuild", "system"}
"""Folders whose tests take long: they begin first, so that no one of them is alone at the end."""
TOGETHER = {
    "original": ("test_backup_command", "test_reconcile"),
    "luwu_utara": ("test_access", "test_asof", "test_pages"),
    "running_system": (
        "test_chopin",
        "test_command_import",
        "test_command_play",
        "test_competitions_page",
        "test_presets_play",
        "test_shown",
        "test_sports",
    ),
    "played": ("test_cloudevents", "test_replay", "test_swift", "test_verify"),
}
"""The files that share something, each group by the name of what it is."""
WHOLE = ('scope="module"', "scope='module'")


def shared_by(nodeid: str) -> str | None:
    """What a test has in common with others of its file, or of other files."""
    return _shared_by(nodeid.partition("::")[0])


@cache
def _shared_by(file: str) -> str | None:
    path = ROOT / file
    for name, files in TOGETHER.items():
        if path.stem in files:
            return name
    return file if any(each in path.read_text("utf-8") for each in WHOLE) else None


def scheduler(config: Any, log: Any) -> Any:
    """Gives a worker one test after the other, or all that share something."""
    made = LoadScopeScheduling(config, log)
    made._split_scope = lambda nodeid: shared_by(nodeid) or nodeid
    return made
