"""Publishing the public view: row by row onto the public stream, each at the place of its number.

The stream takes a message only where it belongs, so none is there twice or out of order, whatever
crashed. A stream that was deleted and made again is filled again from the first row.
"""

import asyncio
import time

import structlog
from contracts.stream import PUBLIC_STREAM
from kit.database import Unavailable
from kit.log import Away, Drift, LogError
from kit.running import Running
from kit.stored import message_at

from notification_service.public.catch_up import catch_up
from notification_service.public.show import last_number, shown_after

PART = "public view"
LOOK_SECONDS = 1.0

log = structlog.get_logger()


async def publish(running: Running) -> None:
    """Publish what is shown, in order, until the service stops; failures are tried again."""
    publishing = Publishing(running)
    while not running.stopping:
        try:
            if not await publishing.round():
                await running.next_commit(LOOK_SECONDS)
        except (*Away, LogError, Drift, *Unavailable) as error:
            trouble = f"{type(error).__name__}: {error}".strip(": ")
            log.warning("the public view waits", error=trouble)
            running.troubles[PART] = trouble
            await asyncio.sleep(LOOK_SECONDS)


class Publishing:
    """Fills the public stream. `_last` is its last number, None while that is not known."""

    def __init__(self, running: Running) -> None:
        assert running.log is not None
        self.running = running
        self.log = running.log
        self._last: int | None = None
        self._looked_at = 0.0

    async def round(self) -> bool:
        """Publish the next rows; False when there were none."""
        await catch_up(self.running)
        last, self._last = await self._place(), None
        if last is None:
            return False
        most = self.running.settings.batch_size
        rows = await self.running.database.read(lambda each: shown_after(each, last, most))
        # Until this has succeeded, nobody knows where the stream ends.
        self._last = await self.log.put_back(rows, last + 1) if rows else last
        return bool(rows)

    async def _place(self) -> int | None:
        # Looked at now and then also while nothing fails: the stream may have been made anew.
        if self._last is None or time.monotonic() - self._looked_at > LOOK_SECONDS:
            self._looked_at = time.monotonic()
            return await self._find_place()
        return self._last

    async def _find_place(self) -> int | None:
        """Where the stream ends; None while this service has shown less than what is there.

        Drift when the stream is not there, or is another one than what was shown here.
        """
        last = await self.log.check_public()
        number = await self.running.database.read(last_number)
        if not await self._is_same(min(last, number)):
            raise Drift(
                f"the stream {PUBLIC_STREAM} holds something else than what was shown here: delete"
                " it, and have it made again with `sayembara log apply`"
            )
        self.running.troubles.pop(PART, None)
        return last if last <= number else None

    async def _is_same(self, number: int) -> bool:
        if number == 0:
            return True
        found = await message_at(self.log, number, PUBLIC_STREAM)
        rows = await self.running.database.read(lambda each: shown_after(each, number - 1, 1))
        return found is not None and found.headers.get("ce-id") == rows[0].headers["ce-id"]
