"""Erasing: the keys that no contact has any more are destroyed, and nothing is left in memory."""

import asyncio
from typing import cast

import structlog
from kit.database import Unavailable
from kit.running import Running

from notification_service.keys import Keys
from notification_service.mail import forget_recipients
from notification_service.settings import NotificationSettings

log = structlog.get_logger()


def keys_of(running: Running) -> Keys:
    """The keys of the service at work."""
    return Keys(cast(NotificationSettings, running.settings).contact_keys)


async def erase(running: Running) -> None:
    """Destroy the keys that a process which died left to be destroyed."""
    try:
        await destroy_ended_keys(running)
    except (OSError, *Unavailable) as error:
        # The next request that ends a key destroys these as well.
        log.error("keys of erased contacts are still there", error=type(error).__name__)


async def destroy_ended_keys(running: Running) -> None:
    """Destroy every key that no contact has any more; OSError when that cannot be done.

    They are told by the store, so that none is forgotten between two processes.
    """
    ended: list[str] = await running.query(lambda store: store.ended_keys())
    if not ended:
        return
    keys = keys_of(running)
    for key in ended:
        await asyncio.to_thread(keys.destroy, key)
    forget_recipients()
    await running.command(lambda store: store.keep_destroyed(ended))
