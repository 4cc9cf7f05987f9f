"""Writing the generated documents, or telling which of them are out of date."""

from datetime import date
from pathlib import Path

from sayembara.documents import asyncapi, deploy, events, flow, history, schemas, settings, site
from sayembara.trouble import Trouble

PARTS = (events, schemas, asyncapi, flow, settings, deploy)
OURS = ("schemas", site.FOLDER)
"""The folders in which every file is a generated one."""


def render(docs: Path, today: date) -> dict[str, str]:
    """Every generated file: its name below `docs` and its text. The same input, the same text.

    What is kept there of earlier schemas goes on; a schema that is new appeared `today`. Trouble
    when an event has changed so that readers break.
    """
    histories = history.grown(history.read(docs), today)
    files = {name: text for part in PARTS for name, text in part.render().items()}
    return {**files, **history.render(histories), **site.render(docs, histories)}


def write(folder: Path, today: date) -> None:
    """Write the files below `folder`, and remove those of events that are no more."""
    _must_be_docs(folder)
    files = render(folder, today)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in _left_over(folder, files):
        (folder / name).unlink()
    print(f"{len(files)} files are written below {folder}")


def check(folder: Path, today: date) -> None:
    """Trouble with the names of all files that are not as they would be written."""
    _must_be_docs(folder)
    files = render(folder, today)
    wrong = [name for name, text in files.items() if _read(folder / name) != text]
    wrong += _left_over(folder, files)
    if wrong:
        names = ", ".join(str(folder / name) for name in sorted(wrong))
        raise Trouble(f"out of date: {names}; `make docs` writes them")


def _must_be_docs(folder: Path) -> None:
    if not folder.is_dir():
        raise Trouble(f"there is no folder {folder} here: run this at the root of the project")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _left_over(folder: Path, files: dict[str, str]) -> list[str]:
    there = (path for ours in OURS for path in (folder / ours).rglob("*") if path.is_file())
    names = (path.relative_to(folder).as_posix() for path in there)
    return [name for name in names if name not in files]
