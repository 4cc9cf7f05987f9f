"""Waiting for what follows by itself, with an end."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from sayembara.addresses import SERVICES
from sayembara.play.api import PAUSE_SECONDS, Services
from sayembara.trouble import Trouble

WAIT_SECONDS = 60
LOOK_SHARE = 4
"""A look is followed by so many times its own length: what is waited for needs the machine more."""


async def until(
    what: str, look: Callable[[], Awaitable[bool]], seconds: int = WAIT_SECONDS
) -> None:
    """Return once `look()` is true; Trouble when it is not after so many seconds."""
    began = looked_at = time.monotonic()
    while not await look():
        now = time.monotonic()
        if now > began + seconds:
            raise Trouble(f"waited {seconds} s until {what}; `sayembara status` shows who lags")
        await asyncio.sleep(max(PAUSE_SECONDS, LOOK_SHARE * (now - looked_at)))
        looked_at = time.monotonic()


async def until_quiet(services: Services, seconds: int = WAIT_SECONDS) -> None:
    """Return once every service has taken everything on the log and has nothing to publish.

    Asked in the order in which events flow, so that what one says is seen by the next.
    """
    for name in SERVICES:

        async def is_quiet(name: str = name) -> bool:
            status = await services.get(name, "/status")
            return bool(status["lag"] == 0 and status["unpublished"] == 0)

        await until(f"{name} has taken everything", is_quiet, seconds)
