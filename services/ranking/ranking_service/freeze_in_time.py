"""The moments at which rulebooks freeze stages, by the service's clock."""

import asyncio
from functools import partial

import structlog
from kit.database import Unavailable
from kit.running import NotActive, Running

from ranking_service.handlers.freezing import due, freeze_if_due

LOOK_SECONDS = 1

log = structlog.get_logger()


async def freeze_in_time(running: Running) -> None:
    """Freeze each stage whose moment has come, within a second of it, until the service stops."""
    while not running.stopping:
        try:
            for edition, stage in await running.query(due):
                await running.command(partial(freeze_if_due, edition=edition, stage=stage))
        except (NotActive, *Unavailable) as error:
            log.warning("freezing waits for the store", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
