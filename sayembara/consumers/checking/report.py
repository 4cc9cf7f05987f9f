"""The table at the end of a check."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sayembara.consumers.checking.judging import Verdict


def show_verdicts(
    console: Console, verdicts: Sequence[Verdict], beside: Sequence[str] = ()
) -> bool:
    """A row per rule, and below it what could not be judged; True when every rule was kept."""
    table = Table()
    for column in ("rule", "", "expected", "seen"):
        table.add_column(column, overflow="fold")
    for each in verdicts:
        seen = "\n".join(each.wrong) or "as expected"
        table.add_row(
            escape(each.rule),
            "[green]kept[/]" if each.kept else "[red]broken[/]",
            escape(each.expected),
            escape(seen),
        )
    console.print(table)
    for line in beside:
        console.print(f"not judged: {line}", highlight=False)
    broken = sum(not each.kept for each in verdicts)
    console.print(
        f"{broken} of {len(verdicts)} rules are broken"
        if broken
        else f"all {len(verdicts)} rules are kept"
    )
    return not broken
