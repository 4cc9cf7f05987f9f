"""The moments at which rulebooks freeze stages, on a log on which nothing happens."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog
from contracts.event import Event
from kit.database import Unavailable
from kit.running import NotActive, Running

from ranking_service.handlers.freezing import due

LOOK_SECONDS = 1

log = structlog.get_logger()


async def freeze_in_time(running: Running) -> None:
    """Have each stage frozen within a second of its moment, until the service stops."""
    while not running.stopping:
        try:
            if await running.query(due):
                await running.command(_nothing)
        except (NotActive, *Unavailable) as error:
            log.warning("freezing waits for the store", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


def _nothing(_: Any) -> Iterable[Event]:
    # Every transaction begins with what is due.
    return ()
