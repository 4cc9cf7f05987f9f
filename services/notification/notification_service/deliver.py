"""Delivery: sends what is queued, and records what became of every try."""

import asyncio
import time
import traceback
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import structlog
from kit.commands import Decide
from kit.database import Unavailable
from kit.running import Running
from sqlalchemy import Row

from notification_service import handlers
from notification_service.keys import Contact, Keys
from notification_service.mail import Send, Undelivered, compose, sending
from notification_service.settings import NotificationSettings

ROUND_NOTICES = 100
SAY_SECONDS = 0.5
LOOK_SECONDS = 1

Tried = tuple[Row[Any], Undelivered | None]

log = structlog.get_logger()


async def deliver(running: Running) -> None:
    """Send every notice that is due, until the service stops."""
    delivery = Delivery(running)
    while not running.stopping:
        try:
            tried = await delivery.round()
        except Unavailable as error:
            log.warning("the notices wait for the store", error=type(error).__name__)
            tried = 0
        if not tried:
            await running.next_commit(LOOK_SECONDS)


class Delivery:
    """Sends the notices that are due, one after the other, and records every try.

    At least once: that a mail was sent is written down at once, so a process that dies repeats at
    most one mail, with the same Message-ID. That notices were delivered is said of several
    together.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self.settings = cast(NotificationSettings, running.settings)
        self.keys = Keys(self.settings.contact_keys)
        self._tried: Tried | None = None

    async def round(self) -> int:
        """Try the oldest notices that are due; give back how many there were.

        Unavailable when the store is; what was sent just before is written down once it is back,
        and not sent again.
        """
        await self._write_down()
        await self._say_delivered()
        due: list[Row[Any]] = await self.running.query(lambda store: store.due(ROUND_NOTICES))
        if due:
            async with sending(self.settings) as send:
                await self._try_all(due, send)
            await self._say_delivered()
        return len(due)

    async def _try_all(self, due: Sequence[Row[Any]], send: Send) -> None:
        said_at = time.monotonic()
        for notice in due:
            if self.running.stopping:
                break
            self._tried = notice, await self._try(notice, send)
            await self._write_down()
            if time.monotonic() - said_at > SAY_SECONDS:
                await self._say_delivered()
                said_at = time.monotonic()

    async def _try(self, notice: Row[Any], send: Send) -> Undelivered | None:
        try:
            await send(compose(notice, self._contact(notice), self.settings))
        except Undelivered as failure:
            log.warning("a notice did not leave", notice=notice.notice, reason=str(failure))
            return failure
        except Exception as error:  # noqa: BLE001 - a bug with one mail must not keep others back
            # Its own words may name an address, which is for no log.
            at = traceback.format_tb(error.__traceback__)
            log.error("a notice met a bug", notice=notice.notice, error=type(error).__name__, at=at)
            return Undelivered(f"a mistake in the service, {type(error).__name__}: see its logs")
        return None

    def _contact(self, notice: Row[Any]) -> Contact:
        # Read at the last moment: what was erased meanwhile is not sent.
        contact = self.keys.contact_of(notice)
        if contact is None:
            raise Undelivered("the contact cannot be read: its key is not here; put it again")
        return contact

    async def _write_down(self) -> None:
        if self._tried is not None:
            notice, failure = self._tried
            await self._command(notice, self._what_became(notice.notice, failure))
            self._tried = None

    def _what_became(self, notice: str, failure: Undelivered | None) -> Decide:
        if failure is None:
            return partial(handlers.keep_sent, notice=notice)
        return partial(
            handlers.record_failed,
            notice=notice,
            reason=str(failure),
            tries_max=self.settings.mail_tries,
            for_good=failure.for_good,
        )

    async def _say_delivered(self) -> None:
        sent: list[Row[Any]] = await self.running.query(lambda store: store.sent())
        # Commands that are given together share a transaction, in this order.
        await asyncio.gather(*map(self._say_one_delivered, sent))

    async def _say_one_delivered(self, notice: Row[Any]) -> None:
        await self._command(notice, partial(handlers.record_delivered, notice=notice.notice))

    async def _command(self, notice: Row[Any], decide: Decide) -> None:
        # What became of a notice follows from the event that it tells of.
        await self.running.command(decide, notice.correlation or notice.notice, notice.cause)
