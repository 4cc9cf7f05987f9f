"""Sheets from a spreadsheet: read strictly, sent together, every refused line told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from sayembara.play.api import Refusal, Services
from sayembara.sheets_file import SheetLine, read_sheets
from sayembara.trouble import Trouble

TOGETHER = 500
"""So many are sent in one request where each may be refused by itself."""
AT_ONCE_MAX = 50_000
"""So many are taken in one request, all or none."""
SECONDS = 600


@dataclass
class Report:
    """What became of the rows of a file."""

    taken: int = 0
    unchanged: int = 0
    refused: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, answer: Mapping[str, Any]) -> None:
        """What became of some of them."""
        self.taken += answer["taken"]
        self.unchanged += answer["unchanged"]
        self.refused += answer["refused"]


@dataclass(frozen=True)
class Import:
    """Rows of a file, to be put in by an office; with `partial` those that can be."""

    file: Path
    edition: str
    by: str
    partial: bool = False


async def import_sheets(console: Console, services: Services, order: Import) -> None:
    """Put the file's sheets in, and tell every refused line.

    Trouble when a line is refused: then nothing is taken, but for an order that is `partial`.
    """
    rows = read_sheets(order.file)
    if not order.partial and len(rows) > AT_ONCE_MAX:
        raise Trouble(
            f"{order.file}: {len(rows)} sheets are more than the {AT_ONCE_MAX} that are taken all"
            " or none: make several files of it, or say --partial"
        )
    secretariat = services.acting("secretariat", order.by, order.edition)
    report = await _send(console, secretariat, order, rows)
    _tell(console, order, report, len(rows))


async def _send(
    console: Console, services: Services, order: Import, rows: Sequence[SheetLine]
) -> Report:
    report = Report()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{len(rows)} sheets", total=len(rows))
        for some in _batches(rows, TOGETHER if order.partial else AT_ONCE_MAX):
            report.add(await _ask(services, order, some))
            progress.advance(task, len(some))
    return report


def _batches(rows: Sequence[SheetLine], size: int) -> Iterator[Sequence[SheetLine]]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


async def _ask(services: Services, order: Import, rows: Sequence[SheetLine]) -> Mapping[str, Any]:
    body = {
        "by": order.by,
        "source": order.file.name,
        "partial": order.partial,
        "sheets": [row.as_sent() for row in rows],
    }
    path = f"/editions/{order.edition}/sheets"
    try:
        answer: Mapping[str, Any] = await services.post("evaluation", path, body, seconds=SECONDS)
    except Refusal as refusal:
        if refusal.code != "sheets_refused":
            raise
        return {"taken": 0, "unchanged": 0, "refused": refusal.problem["refused"]}
    return answer


def _tell(console: Console, order: Import, report: Report, rows: int) -> None:
    for each in sorted(report.refused, key=lambda each: int(each["line"])):
        text = " ".join(str(each["text"]).split())
        console.print(
            f"{order.file}:{each['line']}: {text}", soft_wrap=True, highlight=False, markup=False
        )
    if report.refused and not order.partial:
        raise Trouble(
            f"{order.file}: {len(report.refused)} of {rows} sheets are refused, so none is taken;"
            " correct them, or say --partial to have the others taken"
        )
    said = f"{report.taken} taken, {report.unchanged} there already, {len(report.refused)} refused"
    console.print(f"{order.file}: {said}", soft_wrap=True, highlight=False, markup=False)
    if report.refused:
        raise Trouble(f"{order.file}: {len(report.refused)} of {rows} sheets are refused")
