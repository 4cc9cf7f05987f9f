"""The sheets of an edition under other rules, side by side with its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sayembara.play.api import Services
from sayembara.rulebook import read

Answer = Mapping[str, Any]


async def ask_what_if(services: Services, edition: str, file: Path) -> Answer:
    """What that rulebook would make of the edition; Trouble when the file has a mistake."""
    body = read(file).model_dump(mode="json")
    answer: Answer = await services.post("ranking", f"/editions/{edition}/what-if", body)
    return answer


def show_what_if(console: Console, found: Answer) -> None:
    """A table for each stage; who moves is in bold."""
    for stage in found["stages"]:
        console.print(_table(found["edition"], stage))
        if stage["conflict"]:
            console.print(f"nobody would go on: {stage['conflict']}", soft_wrap=True)
        if stage["unjudged"]:
            names = ", ".join(stage["unjudged"])
            console.print(f"would have come in, and was not judged here: {names}", soft_wrap=True)
        if stage["shut_out"]:
            names = ", ".join(stage["shut_out"])
            console.print(f"was judged here, and would not have come in: {names}", soft_wrap=True)
    console.print("Nothing was changed by asking.")


def _table(edition: str, stage: Answer) -> Table:
    title = f"{edition}, {stage['stage']}: {stage['moved']} of {len(stage['rows'])} move"
    table = Table(title=title, title_justify="left", expand=True)
    for name in ("then", "now", "id", "title", "score then", "score now"):
        table.add_column(name, justify="left" if name in ("id", "title") else "right")
    for row in stage["rows"]:
        then, now = _place(row["then"]), _place(row["now"])
        scores = (row["then"]["score"] or "-", row["now"]["score"] or "-")
        style = "bold" if then != now else ""
        table.add_row(then, now, row["proposal"], escape(row["title"]), *scores, style=style)
    return table


def _place(standing: Answer) -> str:
    rank = "-" if standing["rank"] is None else str(standing["rank"])
    return f"{rank} ✓" if standing["advanced"] else rank
