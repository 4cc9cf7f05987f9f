"""Waiting for what follows by itself, with an end."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from sayembara.addresses import SERVICES
from sayembara.play.api import PAUSE_SECONDS, Services
from sayembara.trouble import Trouble

WAIT_SECONDS = 60


async def until(
    what: str, look: Callable[[], Awaitable[bool]], seconds: int = WAIT_SECONDS
) -> None:
    """Return once `look()` is true; Trouble when it is not after so many seconds."""
    deadline = time.monotonic() + seconds
    while not await look():
        if time.monotonic() > deadline:
            raise Trouble(f"waited {seconds} s until {what}; `sayembara status` shows who lags")
        await asyncio.sleep(PAUSE_SECONDS)


async def until_quiet(services: Services) -> None:
    """Return once every service has taken everything on the log and has nothing to publish.

    Asked in the order in which events flow, so that what one says is seen by the next.
    """
    for name in SERVICES:

        async def is_quiet(name: str = name) -> bool:
            status = await services.get(name, "/status")
            return bool(status["lag"] == 0 and status["unpublished"] == 0)

        await until(f"{name} has taken everything", is_quiet)
