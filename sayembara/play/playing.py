"""Playing all steps of an edition, in sight of the person who watches."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from contracts.rulebook import Stage
from rich.console import Console

from sayembara.play.api import Services
from sayembara.play.folder import Folder
from sayembara.play.requests import Requests
from sayembara.play.screen import Screen
from sayembara.play.steps import ONE_BY_ONE, Request, Step, Steps
from sayembara.trouble import Trouble

LOOK_SECONDS = 0.2


async def is_there(folder: Folder, services: Services) -> bool:
    """Whether the services know the edition already."""
    return await Requests(folder, services).exists()


async def play(
    folder: Folder,
    services: Services,
    console: Console,
    order_seed: int | None = None,
    *,
    one_by_one: int = ONE_BY_ONE,
) -> None:
    """Play the edition to its end; with a seed, its sheets are handed in in a shuffled order.

    More sheets than `one_by_one` are handed in many at a time.
    """
    sheets = list(folder.sheets)
    if order_seed is not None:
        random.Random(order_seed).shuffle(sheets)
    planned = Steps(folder, Requests(folder, services), sheets, one_by_one)
    steps = [each for each in planned.all() if each.requests]
    size = sum(len(step.requests) for step in steps)
    with Screen(console, size, len(steps)) as screen:
        for step in steps:
            screen.begin(step.title)
            async with _standings_shown(step, folder, services, screen):
                await _take(step, screen)
            screen.end(step.title)


async def _take(step: Step, screen: Screen) -> None:
    async def ask(request: Request) -> None:
        await request()
        screen.advance()

    try:
        async with asyncio.TaskGroup() as group:
            for request in step.requests:
                group.create_task(ask(request))
    except* Trouble as troubles:
        trouble = troubles.exceptions[0]
    else:
        return
    raise trouble


@asynccontextmanager
async def _standings_shown(
    step: Step, folder: Folder, services: Services, screen: Screen
) -> AsyncIterator[None]:
    if step.stage is None or not screen.is_live:
        yield
        return
    look = partial(_show_standings, folder.rulebook.stage(step.stage), folder, services, screen)
    looking = asyncio.create_task(_again_and_again(look))
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):  # it was just cancelled
            await looking
    await look()


async def _again_and_again(look: Callable[[], Awaitable[None]]) -> None:
    while True:
        await look()
        await asyncio.sleep(LOOK_SECONDS)


async def _show_standings(stage: Stage, folder: Folder, services: Services, screen: Screen) -> None:
    path = f"/editions/{folder.edition}/stages/{stage.id}/standings"
    if standings := await services.find("ranking", path):
        screen.standings(stage.name.en, standings["rows"])
