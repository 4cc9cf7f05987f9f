"""The project's own files, as the architecture tests see them."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.parent for path in ROOT.glob("services/*/pyproject.toml"))
SOURCE_FOLDERS = ("shared", "services", "sayembara")

_NOT_OURS = {"__pycache__", "node_modules", "build", "dist", "htmlcov", "var", "uv.lock"}
_HIDDEN_BUT_OURS = {".ci", ".gitignore", ".dockerignore", ".pre-commit-config.yaml"}


def files(*folders: str, suffix: str = "") -> list[Path]:
    """Every file of ours below the folders (the whole project when none is named)."""
    starts = [ROOT / folder for folder in folders] or [ROOT]
    return sorted(path for start in starts for path in _walk(start) if path.name.endswith(suffix))


def python(*folders: str) -> list[tuple[str, str]]:
    """The name and the text of every Python file below the folders."""
    return [(name(path), path.read_text("utf-8")) for path in files(*folders, suffix=".py")]


def texts() -> list[tuple[str, str]]:
    """The name and the text of every file of the project that is text."""
    read = ((name(path), path.read_bytes()) for path in files())
    return [(path, data.decode("utf-8", "replace")) for path, data in read if b"\0" not in data]


def name(path: Path) -> str:
    """The path as a reader would type it at the project's root."""
    return path.relative_to(ROOT).as_posix()


def _walk(start: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(start):
        subfolders[:] = [each for each in subfolders if _is_ours(each)]
        yield from (Path(folder, each) for each in names if _is_ours(each))


def _is_ours(entry: str) -> bool:
    return entry not in _NOT_OURS and (not entry.startswith(".") or entry in _HIDDEN_BUT_OURS)
