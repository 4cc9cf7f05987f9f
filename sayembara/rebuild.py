"""The command `sayembara rebuild`: a service's store made anew from the log, beside its own."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from sayembara.play.api import Services
from sayembara.terminal import By, Why, ask, console
from sayembara.trouble import Trouble

LOOK_SECONDS = 0.2
ENDED = ("none", "done", "refused", "failed")

Seen = Callable[[dict[str, Any]], object]


def rebuild(
    service: Annotated[
        Literal["submission", "evaluation", "ranking", "notification"],
        typer.Argument(help="The service whose store is rebuilt."),
    ],
    by: By,
    reason: Why,
    accept_differences: Annotated[
        bool, typer.Option("--accept-differences", help="Change over though rows differ.")
    ] = False,
) -> None:
    """Make a service's store anew from the log while it works, and change over to it."""
    order = {"by": by, "reason": reason, "accept_differences": accept_differences}
    ask(lambda services: show_rebuild(console, services, service, order))


async def show_rebuild(
    console: Console, services: Services, service: str, order: dict[str, Any]
) -> None:
    """Have it done, and show how far it is; Trouble when the store at work stays."""
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(f"{service}: reading the log", total=None)
        found = await rebuild_store(
            services,
            service,
            order,
            lambda seen: bar.update(task, completed=seen["position"], total=seen["of"] or None),
        )
    if found["differs"]:
        console.print(_differences(found["differs"]))
    if found["state"] != "done":
        raise Trouble(f"{service}: {_why(found)}")
    console.print(
        f"{service} works on a store made from the log up to position {found['position']};"
        f" the one before it is kept as {escape(found['kept_as'])};"
        f" writers waited for {found['held_seconds']:.3f} s"
    )


async def rebuild_store(
    services: Services, service: str, order: dict[str, Any], seen: Seen = len
) -> dict[str, Any]:
    """Have the store rebuilt, and wait until that has ended, however it did."""
    found: dict[str, Any] = await services.once("POST", service, "/rebuild", json=order)
    while found["state"] not in ENDED:
        seen(found)
        await asyncio.sleep(LOOK_SECONDS)
        found = await services.get(service, "/rebuild")
    return found


def _why(found: dict[str, Any]) -> str:
    if found["state"] == "refused":
        return "rows differ, so the store at work stays; --accept-differences changes over"
    if found["state"] == "none":
        return "the service was started again meanwhile; the store at work stays: begin again"
    return f"the store was not rebuilt, and the one at work stays: {found['why']}"


def _differences(differs: list[dict[str, Any]]) -> Table:
    table = Table()
    for column in ("table", "rows only before", "rows only rebuilt", "for example"):
        table.add_column(column, overflow="fold")
    for each in differs:
        figures = (str(each["before"]), str(each["after"]))
        table.add_row(each["table"], *figures, escape(", ".join(each["examples"])))
    return table
