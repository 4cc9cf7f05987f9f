"""Whether the files of an edition folder agree with one another."""

from pathlib import Path

from sayembara.play.checks import entries, judging, outcomes
from sayembara.play.checks.rows import SECRETARIAT
from sayembara.play.folder import Folder, read_folder

__all__ = ["SECRETARIAT", "check", "load"]


def load(path: Path, *, full: bool = False) -> Folder:
    """The folder, read and found consistent; Trouble with the file and line of a mistake.

    `full` as in `read_folder`.
    """
    folder = read_folder(path, full=full)
    check(folder)
    return folder


def check(folder: Folder) -> None:
    """Trouble with the file and line of the first thing that does not agree."""
    for look in (*entries.CHECKS, *judging.CHECKS, *outcomes.CHECKS):
        look(folder)
