"""What is decided of webhooks: by the operator, by what endpoints answer, and what follows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contracts.event import Event
from contracts.ids import Office, Reason, Token
from contracts.operations import NO_EDITION
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import Words
from contracts.webhooks import (
    WebhookAdded,
    WebhookPaused,
    WebhookRemoved,
    WebhookResent,
    WebhookResumed,
    WebhookRotated,
    WebhookSkipped,
    WebhookTested,
)
from sqlalchemy import Row

from notification_service.store import NotificationStore
from notification_service.telling import queue
from notification_service.webhooks import rules
from notification_service.webhooks.rules import Outcome
from notification_service.webhooks.store import Item

WEBHOOKS_MAX = 200
Said = Mapping[str, str]
"""Which office (`by`) has it done, and for what `reason`."""
EVERY_EDITION = Words(id="semua edisi", en="all editions")


def add(
    store: NotificationStore, added: WebhookAdded, *, key: str, sealed: bytes, queued_to: int | None
) -> Iterable[Event]:
    """Begin to send events to an endpoint: those after `queued_to`, or those shown from now on."""
    if store.webhook(added.webhook) is not None:
        text = f"there is a webhook '{added.webhook}': remove it first, or choose another id"
        raise Refused("webhook_exists", text)
    if len(store.webhooks()) >= WEBHOOKS_MAX:
        text = f"there are {WEBHOOKS_MAX} webhooks, which is the most: remove one, or use NATS"
        raise Refused("too_many_webhooks", text)
    begin = store.shown_to() if queued_to is None else queued_to
    store.keep_endpoint(added.webhook, key, sealed, queued_to=begin)
    return (added,)


def keep_added(event: WebhookAdded, store: NotificationStore) -> None:
    """The webhook is there."""
    store.keep_webhook(event)


def pause(store: NotificationStore, webhook: Token, by: Office, reason: Reason) -> Iterable[Event]:
    """Send nothing for now; nothing when it is paused."""
    if found(store, webhook).state == "paused":
        return ()
    return (WebhookPaused(edition=NO_EDITION, webhook=webhook, by=by, reason=reason),)


def keep_paused(event: WebhookPaused, store: NotificationStore) -> None:
    """Nothing is sent any more, and its owner is told."""
    hook = found(store, event.webhook)
    store.change_webhook(event.webhook, state="paused", paused_because=event.reason)
    _tell_owner(event, hook, store)


def _tell_owner(event: WebhookPaused, hook: Row[Any], store: NotificationStore) -> None:
    of = store.name_of(hook.of_edition) if hook.of_edition else EVERY_EDITION
    said = event.model_dump(include={"webhook", "by", "reason"}) | {"edition": of}
    # Each pausing is a fact of its own: the event's id sets it apart from the one before.
    which = store.cause.causation if store.cause else None
    queue(
        store,
        "webhook-paused",
        NO_EDITION,
        ("secretariat", hook.owner),
        facts=(event.webhook, which or ""),
        said={**said, "origin": hook.origin},
    )


def resume(store: NotificationStore, webhook: Token, by: Office, reason: Reason) -> Iterable[Event]:
    """Go on where it stopped; nothing when it is not paused."""
    if found(store, webhook).state == "active":
        return ()
    return (WebhookResumed(edition=NO_EDITION, webhook=webhook, by=by, reason=reason),)


def keep_resumed(event: WebhookResumed, store: NotificationStore) -> None:
    """What waits may be tried at once, for another day."""
    store.change_webhook(event.webhook, state="active", paused_because=None)
    store.begin_again(event.webhook)


def remove(store: NotificationStore, webhook: Token, by: Office, reason: Reason) -> Iterable[Event]:
    """Have the webhook no more."""
    found(store, webhook)
    return (WebhookRemoved(edition=NO_EDITION, webhook=webhook, by=by, reason=reason),)


def keep_removed(event: WebhookRemoved, store: NotificationStore) -> None:
    """It is gone, and where it led cannot be read any more."""
    store.remove_webhook(event.webhook)


def rotate(
    store: NotificationStore,
    webhook: Token,
    said: Said,
    *,
    instead_of: str,
    key: str,
    sealed: bytes,
) -> Iterable[Event]:
    """Sign with another secret; for a day with the one before too.

    Refused when it was rotated since the one with the key `instead_of` was read.
    """
    if found(store, webhook).key != instead_of:
        raise Refused("rotated_meanwhile", "somebody else has rotated its secret just now")
    store.keep_endpoint(webhook, key, sealed, rotated_at=store.now)
    return (WebhookRotated(edition=NO_EDITION, webhook=webhook, **said),)


def test(store: NotificationStore, webhook: Token, said: Said) -> Iterable[Event]:
    """A test message is about to be sent."""
    found(store, webhook)
    return (WebhookTested(edition=NO_EDITION, webhook=webhook, **said),)


def record(
    store: NotificationStore, number: int, outcome: Outcome, chance: float
) -> Iterable[Event]:
    """A try has ended: it was accepted, waits for its next one, or the webhook is paused.

    Nothing when the delivery is gone, or was given up meanwhile.
    """
    row = store.delivery(number)
    if row is None or row.state != "queued":
        return ()
    tried = {"tries": row.tries + 1, "tried_at": store.now, "status": outcome.status}
    if not outcome.error:
        settled = {"state": "delivered", "failing_since": None, "next_try_at": None, "error": None}
        store.change_delivery(number, **tried, **settled)
        return ()
    since = row.failing_since or store.now
    due = rules.next_try_at(row.tries + 1, store.now, chance, outcome.retry_after_seconds)
    failed = {"failing_since": since, "next_try_at": due, "error": outcome.error}
    store.change_delivery(number, **tried, **failed)
    if not rules.is_dead(outcome, since, store.now):
        return ()
    return _pause_dead(store, row.webhook, rules.why_dead(outcome))


def _pause_dead(store: NotificationStore, webhook: Token, reason: str) -> Iterable[Event]:
    # Several lines may find it dead at once.
    if found(store, webhook).state == "paused":
        return ()
    return (WebhookPaused(edition=NO_EDITION, webhook=webhook, reason=reason),)


def send_again(
    store: NotificationStore, webhook: Token, number: int, said: Said
) -> Iterable[WebhookResent]:
    """Queue what a delivery was of once more, behind what waits; nothing while it waits."""
    row = found_delivery(store, webhook, number)
    item = Item(row.position, row.event, row.event_type, row.edition)
    return send_all_again(store, webhook, [item], said)


def send_all_again(
    store: NotificationStore, webhook: Token, items: Sequence[Item], said: Said
) -> Iterable[WebhookResent]:
    """Queue these once more, behind what waits, save those that wait; nothing when all wait."""
    found(store, webhook)
    waiting = store.waiting_events(webhook)
    again = [each for each in items if each.event not in waiting]
    if not again:
        return ()
    positions = [each.position for each in again]
    said_again = WebhookResent(
        edition=NO_EDITION,
        webhook=webhook,
        first=min(positions),
        last=max(positions),
        deliveries=store.append_deliveries(webhook, again),
        by=said["by"],
        reason=said["reason"],
    )
    return (said_again,)


def give_up(store: NotificationStore, webhook: Token, number: int, said: Said) -> Iterable[Event]:
    """Never send this one, and go on with the next of its edition; nothing when it was given up."""
    row = found_delivery(store, webhook, number)
    if row.state == "delivered":
        raise Refused("delivered", f"delivery {number} was accepted: there is nothing to give up")
    if row.state == "given-up":
        return ()
    why = f"given up by {said['by']}: {said['reason']}"
    store.change_delivery(number, state="given-up", tried_at=store.now, error=why)
    return (WebhookSkipped(edition=NO_EDITION, webhook=webhook, position=row.position, **said),)


def found(store: NotificationStore, webhook: Token) -> Row[Any]:
    """The webhook; NotFound when there is none."""
    row = store.webhook(webhook)
    if row is None:
        text = f"there is no webhook '{webhook}'; GET /webhooks lists all"
        raise NotFound("no_such_webhook", text)
    return row


def found_delivery(store: NotificationStore, webhook: Token, number: int) -> Row[Any]:
    """A delivery of this webhook; NotFound when there is none."""
    row = store.delivery(number)
    if row is None or row.webhook != webhook:
        text = f"webhook '{webhook}' has no delivery {number}, or not any more"
        raise NotFound("no_such_delivery", text)
    return row
