"""The terminal of the person who asks, and the running services that are asked."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from sayembara.addresses import Addresses
from sayembara.play.api import Services
from sayembara.tokens import from_environment

Result = TypeVar("Result")
Data = Annotated[
    Path, typer.Option(envvar="SAYEMBARA_DATA", help="The folder that keeps everything.")
]
By = Annotated[str, typer.Option(help="The office that decides so; it is on the log.")]
Why = Annotated[str, typer.Option("--reason", help="Why; no name, it stays on the log.")]

FILE_COLUMNS = 120
"""How wide tables are in a file or a pipe, which say no width of their own."""

console = Console(width=None if sys.stdout.isatty() else FILE_COLUMNS)


def plain(text: str) -> str:
    """What somebody else wrote, without what would move the cursor or forge another line."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def ask(question: Callable[[Services], Awaitable[Result]]) -> Result:
    """The answer of the running services."""

    async def asking() -> Result:
        async with Services(Addresses.from_environment(), from_environment()) as services:
            return await question(services)

    return asyncio.run(asking())
