"""Sends every webhook what it is to be sent: each line in its order, all lines beside each other.

At least once: what was accepted is written down right after it, and if the process dies between
the two, it is sent again with the same `webhook-id`.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Any, cast

import structlog
from contracts.outcomes import NotYet
from kit.database import Unavailable
from kit.log import Away, LogError
from kit.running import NotActive, Running
from kit.stored import message_at
from sqlalchemy import Row

from notification_service.erase import keys_of
from notification_service.settings import NotificationSettings
from notification_service.webhooks import handlers
from notification_service.webhooks.endpoint import endpoint_in
from notification_service.webhooks.feeding import feed, log_of
from notification_service.webhooks.rules import Outcome
from notification_service.webhooks.sending import Sender, sender, structured
from notification_service.webhooks.store import Line

LOOK_SECONDS = 1
PAUSE_SECONDS = 0.1
LINES_AT_ONCE = 4
"""Of one webhook: an endpoint that is slow takes no more of this process than that."""
TURN_DELIVERIES = 100
CLEAN_SECONDS = 600

CHANCE = SystemRandom().random
NOT_NOW = (*Unavailable, *Away, LogError, NotYet, NotActive)

log = structlog.get_logger()


async def deliver_webhooks(running: Running) -> None:
    """Send until the service stops."""
    settings = cast(NotificationSettings, running.settings)
    async with sender(settings) as sending:
        await Lines(running, sending).run()


class Lines:
    """The lines that are being sent now, each by a task of its own."""

    def __init__(
        self, running: Running, sending: Sender, chance: Callable[[], float] = CHANCE
    ) -> None:
        self.running = running
        self.sending = sending
        self.chance = chance
        self.at_work: dict[Line, asyncio.Task[None]] = {}
        self._cleaned_at = 0.0

    async def run(self) -> None:
        """Send until the service stops; what is under way then is broken off, and sent again."""
        try:
            while not self.running.stopping:
                await self._look()
                await self.running.next_commit(LOOK_SECONDS)
                # Every delivery is a commit, and not each of them is a reason to look.
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            for task in self.at_work.values():
                task.cancel()
            await asyncio.gather(*self.at_work.values(), return_exceptions=True)

    async def _look(self) -> None:
        try:
            await self.round()
        except NOT_NOW as error:
            log.warning("the webhooks wait", error=type(error).__name__)
        except Exception:
            # The service, and its mails, go on without webhooks.
            log.exception("the webhooks met a bug")

    async def round(self) -> int:
        """Queue what has come, and begin with the lines that are due; how many these are."""
        await feed(self.running)
        await self._clean()
        due: list[Line] = await self.running.query(lambda store: store.lines_due())
        busy = Counter(line.webhook for line in self.at_work)
        begun = 0
        for line in due:
            if line not in self.at_work and busy[line.webhook] < LINES_AT_ONCE:
                busy[line.webhook] += 1
                begun += 1
                self._begin(line)
        return begun

    def _begin(self, line: Line) -> None:
        task = asyncio.create_task(self._work_on(line))
        self.at_work[line] = task
        task.add_done_callback(lambda _: self._end(line))

    def _end(self, line: Line) -> None:
        del self.at_work[line]
        self.running.committed()  # whoever waits for a place may have this one

    async def _work_on(self, line: Line) -> None:
        try:
            for _ in range(TURN_DELIVERIES):
                if self.running.stopping or not await self._send_next(line):
                    return
        except NOT_NOW as error:
            log.warning("a webhook waits", webhook=line.webhook, error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)
        except Exception:
            # A bug with one line must not keep others back, nor be met ten times a second.
            log.exception("a webhook met a bug", webhook=line.webhook, edition=line.edition)
            await asyncio.sleep(LOOK_SECONDS)

    async def _send_next(self, line: Line) -> bool:
        """Send the next one of the line; whether there was one, and it was accepted."""
        row, hook = await self.running.query(
            lambda store: (store.next_of(line), store.webhook(line.webhook))
        )
        if row is None or hook is None or hook.state != "active":
            return False
        outcome = await self._try(row, hook)
        chance = self.chance()
        # What is said of it follows from the endpoint's answer: no message on the log is its cause.
        came = {"number": row.number, "outcome": outcome, "chance": chance}
        await self.running.command(partial(handlers.record, **came))
        if outcome.error:
            facts = {"webhook": hook.webhook, "number": row.number, "reason": outcome.error}
            log.warning("a webhook did not accept", **facts)
        return not outcome.error

    async def _try(self, row: Row[Any], hook: Row[Any]) -> Outcome:
        body = await self._body(row, hook)
        if body is None:
            return Outcome(error=f"the log has no message at position {row.position}")
        # Read at the last moment: what was removed or rotated meanwhile is not used.
        endpoint = endpoint_in(hook, keys_of(self.running))
        if endpoint is None:
            return Outcome(error="the key of its address is not here: remove it, and add it again")
        secrets = endpoint.secrets(hook.rotated_at, self.running.clock.now())
        return await self.sending.post(endpoint.url, row.event, secrets, body)

    async def _body(self, row: Row[Any], hook: Row[Any]) -> bytes | None:
        if hook.view == "public":
            seen = await self.running.query(lambda store: store.shown_message(row.position))
            return seen and structured(json.loads(seen.headers), row.position, seen.body)
        heard = await message_at(log_of(self.running), row.position)
        return structured(heard.headers, row.position, heard.body) if heard else None

    async def _clean(self) -> None:
        if time.monotonic() < self._cleaned_at + CLEAN_SECONDS:
            return
        settings = cast(NotificationSettings, self.running.settings)
        days = timedelta(days=settings.webhook_log_days)
        await self.running.command(lambda store: store.drop_settled(store.now - days))
        self._cleaned_at = time.monotonic()
