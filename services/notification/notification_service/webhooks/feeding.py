"""What feeds webhooks: the public view as it was shown, or the log itself; into their deliveries.

A webhook that is paused is fed nothing: it goes on from its place when it is resumed.
"""

from collections.abc import Sequence
from typing import Any

from contracts.outcomes import NotYet, Refused
from kit.log import Away, Log
from kit.running import Running
from kit.stored import messages_between
from sqlalchemy import Row

from notification_service.public.tables import shown
from notification_service.store import NotificationStore
from notification_service.webhooks.store import Item

READ_MAX = 500
RANGE_MAX = 10_000


async def feed(running: Running) -> None:
    """Queue for every active webhook what has come since, a part of it at a time."""
    behind = await running.query(_are_behind)
    if behind:
        await running.command(_feed_shown)
    for hook in await running.query(lambda store: store.webhooks(state="active", view="internal")):
        await _feed_logged(running, hook)


def _are_behind(store: NotificationStore) -> bool:
    last = store.shown_to()
    return any(hook.queued_to < last for hook in _public(store))


def _public(store: NotificationStore) -> list[Row[Any]]:
    return store.webhooks(state="active", view="public")


def _feed_shown(store: NotificationStore) -> None:
    last = store.shown_to()
    for hook in _public(store):
        up_to = min(last, hook.queued_to + READ_MAX)
        items = store.shown_items(hook, shown.c.number.between(hook.queued_to + 1, up_to))
        store.queue_items(hook.webhook, items, up_to)


async def _feed_logged(running: Running, hook: Row[Any]) -> None:
    log = log_of(running)
    up_to = min(await log.last_position(), hook.queued_to + READ_MAX)
    if up_to > hook.queued_to:
        items = await logged_items(log, hook, hook.queued_to + 1, up_to)
        await running.command(lambda store: store.queue_items(hook.webhook, items, up_to))


async def logged_items(log: Log, hook: Row[Any], first: int, last: int) -> list[Item]:
    """What the log has between these positions, and a webhook is to be sent."""
    wanted, items = set(hook.events.split()), []
    for message in await messages_between(log, first, last):
        is_of = hook.of_edition in (None, message.edition)
        if message.event_type in wanted and is_of and _can_be_read(message):
            about = (message.event_id, message.event_type, message.edition)
            items.append(Item(message.position, *about))
    return items


def _can_be_read(message: Any) -> bool:
    try:
        return bool(message.event)
    except Refused:
        # Whoever wrote it forged it, or it is of a later version: nobody can promise its form.
        return False


async def items_between(running: Running, hook: Row[Any], first: int, last: int) -> Sequence[Item]:
    """Everything between two positions that a webhook is sent, whether it was sent it or not."""
    if hook.view == "public":
        there = shown.c.position.between(first, last)
        found: list[Item] = await running.query(lambda store: store.shown_items(hook, there))
        return found
    try:
        log = log_of(running)
        last = min(last, await log.last_position())
        if last - first >= RANGE_MAX:
            text = f"that are more than {RANGE_MAX} positions of the log: ask in parts"
            raise Refused("range_too_long", text)
        parts = [
            await logged_items(log, hook, each, min(each + READ_MAX - 1, last))
            for each in range(first, last + 1, READ_MAX)
        ]
    except Away as error:
        raise NotYet("the log does not answer") from error
    return [item for part in parts for item in part]


def log_of(running: Running) -> Log:
    """The log; NotYet while there is no connection to it."""
    if running.log is None:
        raise NotYet("there is no connection to the log yet")
    return running.log
