"""What an office asks about the public standings: to freeze, to reveal, and what is behind."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sayembara.play.api import Services
from sayembara.show import Answer, find_standings
from sayembara.terminal import By, Why, ask, console
from sayembara.trouble import Trouble

Count = Annotated[int, typer.Option(min=1, max=1000, help="How many places, from below.")]


def freeze(edition: str, stage: str, by: By, reason: Why) -> None:
    """Let everybody see the standings of a stage as they are now, while judging goes on."""
    said = ask(lambda services: _decide(services, edition, stage, "freeze", by, reason=reason))
    if not said:
        console.print("it is frozen already: nothing was changed")
    _show(edition, stage)


def unfreeze(edition: str, stage: str, by: By, reason: Why) -> None:
    """Let everybody see the standings of a stage as they are again, and what was held back."""
    ask(lambda services: _decide(services, edition, stage, "unfreeze", by, reason=reason))
    _show(edition, stage)


def reveal(edition: str, stage: str, by: By, count: Count = 1) -> None:
    """Show everybody the next places of a frozen stage, from below; who shares one, together."""
    ask(lambda services: _decide(services, edition, stage, "reveal", by, count=count))
    _show(edition, stage)


def frozen(edition: str, stage: str) -> None:
    """Compare what everybody sees of a stage with what is; not for everybody's eyes."""
    shown, live = ask(lambda services: _both(services, edition, stage))
    show_difference(console, shown, live)


COMMANDS = (freeze, unfreeze, reveal, frozen)


async def _decide(
    services: Services, edition: str, stage: str, what: str, by: str, **more: object
) -> list[str]:
    secretariat = services.acting("secretariat", by, edition)
    address = f"/editions/{edition}/stages/{stage}/{what}"
    receipt = await secretariat.post("ranking", address, {"by": by, **more})
    return [each["type"] for each in receipt["events"]]


async def _both(services: Services, edition: str, stage: str) -> tuple[Answer, Answer]:
    shown = await find_standings(services, edition, stage)
    return shown, await find_standings(services, edition, stage, live=True)


def _show(edition: str, stage: str) -> None:
    try:
        shown, live = ask(lambda services: _both(services, edition, stage))
    except Trouble as trouble:
        raise Trouble(f"it is done, but cannot be shown: {trouble}") from trouble
    console.print(state_of(shown, len(live["rows"])), soft_wrap=True, highlight=False)


def state_of(shown: Answer, places: int) -> str:
    """One line: whether everybody sees the stage as it is, and how much was revealed."""
    named = f"{shown['edition']}, {shown['stage']}"
    if shown["frozen"] is None:
        return f"{named}: not frozen, everybody sees it as it is"
    told = f"{named}: frozen, everybody sees it as at position {shown['frozen']['position']}"
    revealed = len(shown["frozen"]["revealed"])
    return f"{told}; {revealed} of {places} places are revealed" if revealed else told


def show_difference(console: Console, shown: Answer, live: Answer) -> None:
    """A table of what everybody sees beside what is; who moved is in bold."""
    then = {row["proposal"]: row for row in shown["rows"]}
    rows = [*live["rows"], *_gone(shown, live)]
    table = Table(title=state_of(shown, len(live["rows"])), title_justify="left", expand=True)
    for name in ("frozen", "live", "moved", "id", "title", "score frozen", "score live"):
        table.add_column(name, justify="left" if name in ("id", "title") else "right")
    now = {row["proposal"]: row for row in live["rows"]}
    for row in rows:
        pair = (then.get(row["proposal"]), now.get(row["proposal"]))
        table.add_row(*_cells(row, *pair), style="bold" if _moved(*pair) else "")
    console.print(table)


def _gone(shown: Answer, live: Answer) -> list[Answer]:
    there = {row["proposal"] for row in live["rows"]}
    return [row for row in shown["rows"] if row["proposal"] not in there]


def _cells(row: Answer, then: Answer | None, now: Answer | None) -> tuple[str, ...]:
    places = (_told(then, "rank"), _told(now, "rank"), _moved(then, now))
    scores = (_told(then, "score"), _told(now, "score"))
    return (*places, row["proposal"], escape(row["title"]), *scores)


def _told(row: Answer | None, name: str) -> str:
    return "-" if row is None or row[name] is None else str(row[name])


def _moved(then: Answer | None, now: Answer | None) -> str:
    """By how many places, upwards or downwards; a dot where there is no place to compare with."""
    before, after = (row["rank"] if row else None for row in (then, now))
    if before == after:
        return ""
    if before is None or after is None:
        return "•"
    return f"↑{before - after}" if before > after else f"↓{after - before}"
