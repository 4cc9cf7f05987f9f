"""Delivery: sends what is queued, and records what became of every try."""

from functools import partial
from typing import Any, cast

import structlog
from kit.database import Unavailable
from kit.running import Running
from sqlalchemy import Row

from notification_service import handlers
from notification_service.mail import Send, Undelivered, compose, sender_of
from notification_service.settings import NotificationSettings

ROUND_NOTICES = 100
LOOK_SECONDS = 1

log = structlog.get_logger()


async def deliver(running: Running) -> None:
    """Send every notice that is due, until the service stops.

    At least once: a process that dies between sending and recording sends the same mail again,
    with the same Message-ID.
    """
    send = sender_of(_settings(running))
    while not running.stopping:
        try:
            tried = await deliver_due(running, send)
        except Unavailable as error:
            log.warning("the notices wait for the store", error=type(error).__name__)
            tried = 0
        if not tried:
            await running.next_commit(LOOK_SECONDS)


async def deliver_due(running: Running, send: Send) -> int:
    """Try the oldest notices that are due, one after the other; give back how many were tried."""
    due: list[Row[Any]] = await running.query(lambda store: store.due(ROUND_NOTICES))
    for notice in due:
        if running.stopping:
            break
        failure = await _try(notice, send, _settings(running).mail_from)
        await _record(running, notice.notice, failure)
    return len(due)


async def _try(notice: Row[Any], send: Send, sender: str) -> Undelivered | None:
    try:
        await send(compose(notice, sender))
    except Undelivered as failure:
        log.warning("a notice did not leave", notice=notice.notice, reason=str(failure))
        return failure
    except Exception as error:
        # A bug with one mail must not keep the others from leaving.
        log.exception("a notice met a bug", notice=notice.notice)
        return Undelivered(f"a mistake in the service, {type(error).__name__}: see its logs")
    return None


async def _record(running: Running, notice: str, failure: Undelivered | None) -> None:
    record = partial(handlers.record_delivered, notice=notice)
    if failure is not None:
        record = partial(
            handlers.record_failed,
            notice=notice,
            reason=str(failure),
            tries_max=_settings(running).mail_tries,
            for_good=failure.for_good,
        )
    await running.command(record, correlation=notice)


def _settings(running: Running) -> NotificationSettings:
    return cast(NotificationSettings, running.settings)
