"""A whole play, from the files to the results on the screen."""

from pathlib import Path

from rich.console import Console

from sayembara.addresses import Addresses
from sayembara.play.api import Services
from sayembara.play.checks import load
from sayembara.play.playing import is_there, play
from sayembara.show import show_note, show_result
from sayembara.tokens import Tokens
from sayembara.trouble import Trouble


async def play_and_show(
    console: Console,
    addresses: Addresses,
    tokens: Tokens,
    path: Path,
    order_seed: int | None = None,
) -> None:
    """Play the folder and show what it came to; Trouble when the edition is there already."""
    folder = load(path)
    async with Services(addresses, tokens) as services:
        if await is_there(folder, services):
            raise Trouble(
                f"'{folder.edition}' is there already: `sayembara standings {folder.edition}`"
                " shows it; an empty data folder takes it again"
            )
        show_note(console, folder)
        await play(folder, services, console, order_seed)
        await show_result(console, services, folder)


async def play_unless_there(
    console: Console, addresses: Addresses, tokens: Tokens, path: Path
) -> None:
    """Play the folder and show what it came to, or say that the edition is there already."""
    folder = load(path)
    async with Services(addresses, tokens) as services:
        there = await is_there(folder, services)
    if there:
        console.print(f"{folder.edition} is there already; it is not played again")
    else:
        await play_and_show(console, addresses, tokens, path)
