"""What is seen while an edition is played: live on a terminal, plain lines elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

TOP = 10
SHOWN_WHOLE = 30
FIRST = 20
AROUND_CUT = 3


class Screen:
    """One progress bar over all steps, and the standings as they are now."""

    def __init__(self, console: Console, size: int, steps: int) -> None:
        self.console = console
        self.steps = steps
        self._number = 0
        self._done = 0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._task = self._bar.add_task("", total=size)
        self._live = Live(self._bar, console=console, transient=True) if self.is_live else None

    @property
    def is_live(self) -> bool:
        """Whether somebody watches a terminal."""
        return self.console.is_terminal

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def begin(self, title: str) -> None:
        """A step begins."""
        self._number += 1
        self._done = 0
        self._bar.update(self._task, description=title)

    def advance(self) -> None:
        """One request of the step is done."""
        self._done += 1
        self._bar.advance(self._task)

    def end(self, title: str) -> None:
        """The step is done."""
        if self._live is None:
            count = f" ({self._done})" if self._done > 1 else ""
            self.console.print(f"[{self._number}/{self.steps}] {title}{count}", markup=False)

    def standings(self, stage: str, rows: Sequence[dict[str, Any]]) -> None:
        """These are the standings of the stage now."""
        if self._live:
            table = standings_table(f"{stage}: top {TOP}", rows[:TOP], one_line=True)
            self._live.update(Group(self._bar, table))


def standings_table(
    title: str, *runs: Sequence[Mapping[str, Any]], one_line: bool = False
) -> Table:
    """Standings as a table; dots stand between runs of rows where others are left out.

    With `one_line`, long titles are cut so that no row takes two lines.
    """
    table = Table(title=title, title_justify="left", expand=True)
    table.add_column("rank", justify="right", no_wrap=True, min_width=4)
    table.add_column("id", no_wrap=True, min_width=3)
    table.add_column("title", no_wrap=one_line, ratio=5)
    table.add_column("agency", no_wrap=one_line, ratio=4)
    table.add_column("score", justify="right", no_wrap=True, min_width=5)
    has_bands = any(row.get("band") for rows in runs for row in rows)
    if has_bands:
        table.add_column("band", no_wrap=one_line, ratio=2)
    table.add_column("advanced", justify="center", no_wrap=True, min_width=8)
    for number, rows in enumerate(runs):
        if number:
            table.add_row("…")
        for row in rows:
            table.add_row(*_cells(row, has_bands=has_bands))
    return table


def _cells(row: Mapping[str, Any], *, has_bands: bool) -> Iterator[str]:
    yield _rank(row)
    yield row["proposal"]
    yield escape(row["title"])
    yield escape(row["agency_name"])
    yield row["score"] or "-"
    if has_bands:
        yield escape(row["band"]["name"]["id"]) if row["band"] else ""
    yield "✓" if row["advanced"] else ""


def excerpt(rows: Sequence[Mapping[str, Any]]) -> list[Sequence[Mapping[str, Any]]]:
    """The first rows of long standings, and those around the last one that goes on."""
    through = [at for at, row in enumerate(rows) if row["advanced"]]
    if len(rows) <= SHOWN_WHOLE:
        return [rows]
    if not through or through[-1] + 1 == len(rows):
        return [rows[:FIRST]]
    first, last = through[-1] + 1 - AROUND_CUT, through[-1] + 1 + AROUND_CUT
    if first <= FIRST:
        return [rows[: max(FIRST, last)]]
    return [rows[:FIRST], rows[first:last]]


def _rank(row: Mapping[str, Any]) -> str:
    """The rank, with the computed one beside it where a panel decided otherwise."""
    rank, computed = row["rank"], row.get("computed_rank")
    said = "-" if rank is None else str(rank)
    return said if computed in (None, rank) else f"{said} ({computed})"
