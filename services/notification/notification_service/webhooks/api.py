"""The addresses of webhooks: for the operator alone."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Annotated, Any, cast
from uuid import uuid4

import httpx
from contracts.ids import Token
from contracts.operations import NO_EDITION
from contracts.outcomes import Invalid, Refused
from contracts.webhooks import WebhookResent
from fastapi import APIRouter, Path, Query, Response
from kit.access import Route, may
from kit.http import AtDesk, Desk, Receipt
from kit.tokens import Who
from sqlalchemy import Row

from notification_service.erase import destroy_ended_keys, keys_of
from notification_service.settings import NotificationSettings
from notification_service.webhooks import handlers, network
from notification_service.webhooks.endpoint import Endpoint, endpoint_in
from notification_service.webhooks.feeding import items_between, log_of
from notification_service.webhooks.orders import (
    POSITION_MAX,
    Delivery,
    Order,
    Queued,
    Range,
    ShownOnce,
    Tried,
    Webhook,
    WebhookOrder,
)
from notification_service.webhooks.rules import DeliveryState
from notification_service.webhooks.sending import sender, structured

PAGE_MAX = 500
NOT_HTTPS = (
    "an endpoint is reached by https:// only; SAYEMBARA_WEBHOOK_HTTP=true of notification allows"
    " http:// too, for tests"
)
TEST_TYPE = "webhook.test"

Asking = Annotated[Who, may("operator")]
Number = Annotated[int, Path(ge=1, le=POSITION_MAX)]
Before = Annotated[int | None, Query(ge=1, le=POSITION_MAX)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]

router = APIRouter(tags=["webhooks"], route_class=Route)


@router.post("/webhooks")
async def add_webhook(
    order: WebhookOrder, desk: AtDesk, who: Asking, answer: Response
) -> ShownOnce:
    """Begin to send events to an endpoint; the answer alone shows the secret that signs them."""
    who.must_be_of(order.edition or NO_EDITION)
    _check_reachable(order.url, _settings(desk))
    # A process that takes nothing now must not make keys.
    await desk.read(lambda store: store.position)
    begin = await _begin(order, desk)
    endpoint = Endpoint.new(order.url)
    key, sealed = await asyncio.to_thread(endpoint.seal, keys_of(desk.here), order.webhook)
    receipt = await desk.run(
        lambda store: handlers.add(store, order.added(), key=key, sealed=sealed, queued_to=begin)
    )
    return _shown_once(receipt, endpoint, answer)


async def _begin(order: WebhookOrder, desk: Desk) -> int | None:
    if order.since == "start":
        return 0
    return await log_of(desk.here).last_position() if order.view == "internal" else None


def _check_reachable(url: str, settings: NotificationSettings) -> None:
    parts = httpx.URL(url)
    if parts.scheme != "https" and not settings.webhook_http:
        raise Invalid("not_https", NOT_HTTPS)
    address = network.literal(parts.host)
    if address and not network.is_allowed(address, settings.webhook_networks):
        text = "the address is not public; SAYEMBARA_WEBHOOK_NETWORKS allows others"
        raise Invalid("address_not_public", text)


def _settings(desk: Desk) -> NotificationSettings:
    return cast(NotificationSettings, desk.here.settings)


def _shown_once(receipt: Receipt, endpoint: Endpoint, answer: Response) -> ShownOnce:
    answer.headers["Cache-Control"] = "no-store"
    return ShownOnce(**dict(receipt), secret=endpoint.secret)


@router.get("/webhooks")
async def list_webhooks(desk: AtDesk, who: Asking) -> list[Webhook]:
    """Every webhook."""

    def ask(store: Any) -> list[Webhook]:
        rows = [row for row in store.webhooks() if who.may_enter(row.of_edition or NO_EDITION)]
        return [Webhook.of(row, store.count_deliveries(row.webhook)) for row in rows]

    found: list[Webhook] = await desk.read(ask)
    return found


@router.get("/webhooks/{webhook}")
async def show_webhook(webhook: Token, desk: AtDesk, who: Asking) -> Webhook:
    """One webhook."""
    row = await _found(webhook, desk, who)
    return Webhook.of(row, await desk.read(lambda store: store.count_deliveries(webhook)))


@router.post("/webhooks/{webhook}/pause")
async def pause_webhook(webhook: Token, order: Order, desk: AtDesk, who: Asking) -> Receipt:
    """Send nothing for now; what happens meanwhile waits. The same again changes nothing."""
    await _found(webhook, desk, who)
    return await desk.run(lambda store: handlers.pause(store, webhook, **dict(order)))


@router.post("/webhooks/{webhook}/resume")
async def resume_webhook(webhook: Token, order: Order, desk: AtDesk, who: Asking) -> Receipt:
    """Go on where it stopped. The same again changes nothing."""
    await _found(webhook, desk, who)
    return await desk.run(lambda store: handlers.resume(store, webhook, **dict(order)))


@router.post("/webhooks/{webhook}/rotate")
async def rotate_secret(
    webhook: Token, order: Order, desk: AtDesk, who: Asking, answer: Response
) -> ShownOnce:
    """Sign with a new secret, which the answer alone shows; for a day with the one before too."""
    row = await _found(webhook, desk, who)
    endpoint = _endpoint(row, desk).rotated()
    key, sealed = await asyncio.to_thread(endpoint.seal, keys_of(desk.here), webhook)
    receipt = await desk.run(
        lambda store: handlers.rotate(
            store, webhook, dict(order), instead_of=row.key, key=key, sealed=sealed
        )
    )
    await destroy_ended_keys(desk.here)
    return _shown_once(receipt, endpoint, answer)


@router.post("/webhooks/{webhook}/test")
async def test_webhook(webhook: Token, order: Order, desk: AtDesk, who: Asking) -> Tried:
    """Send a message of type `webhook.test` now, also when it is paused, and tell the answer."""
    row = await _found(webhook, desk, who)
    endpoint, now = _endpoint(row, desk), desk.here.clock.now()
    # First the log: nothing leaves in the name of an office that the log does not name.
    await desk.run(lambda store: handlers.test(store, webhook, dict(order)))
    facts = {"specversion": "1.0", "id": f"test-{uuid4()}", "source": "/sayembara/notification"}
    about = {**facts, "type": TEST_TYPE, "time": now.isoformat(), "subject": webhook}
    headers = {f"ce-{name}": value for name, value in about.items()}
    body = structured(headers, 0, b'{"webhook": "%b"}' % webhook.encode())
    async with sender(_settings(desk)) as sending:
        secrets = endpoint.secrets(row.rotated_at, now)
        outcome = await sending.post(endpoint.url, facts["id"], secrets, body)
    return Tried(accepted=not outcome.error, status=outcome.status, error=outcome.error)


@router.post("/webhooks/{webhook}/removal")
async def remove_webhook(webhook: Token, order: Order, desk: AtDesk, who: Asking) -> Receipt:
    """Have it no more, with its deliveries; its URL and its secret are destroyed."""
    await _found(webhook, desk, who)
    receipt = await desk.run(lambda store: handlers.remove(store, webhook, **dict(order)))
    await destroy_ended_keys(desk.here)
    return receipt


@router.get("/webhooks/{webhook}/deliveries")
async def list_deliveries(
    webhook: Token,
    desk: AtDesk,
    who: Asking,
    *,
    state: DeliveryState | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> list[Delivery]:
    """Its deliveries, newest first; those before a number, for the next page."""
    await _found(webhook, desk, who)
    rows = await desk.read(lambda store: store.deliveries(webhook, state, before, limit))
    return [Delivery.of(row) for row in rows]


@router.post("/webhooks/{webhook}/deliveries/{number}/again")
async def send_again(
    webhook: Token, number: Number, order: Order, desk: AtDesk, who: Asking
) -> Queued:
    """Send it once more, behind what waits, with the same `webhook-id`; not while it waits."""
    await _found(webhook, desk, who)
    said = dict(order)
    return await _queue(desk, lambda store: handlers.send_again(store, webhook, number, said))


@router.post("/webhooks/{webhook}/deliveries/{number}/giving-up")
async def give_up(
    webhook: Token, number: Number, order: Order, desk: AtDesk, who: Asking
) -> Receipt:
    """Never send this one, and go on with the next of its edition."""
    await _found(webhook, desk, who)
    return await desk.run(lambda store: handlers.give_up(store, webhook, number, dict(order)))


@router.post("/webhooks/{webhook}/again")
async def send_range_again(webhook: Token, order: Range, desk: AtDesk, who: Asking) -> Queued:
    """Send everything between two positions once more, behind what waits, in the same order.

    Also what was said before the webhook was there. What waits already is not queued twice.
    """
    row = await _found(webhook, desk, who)
    items = await items_between(desk.here, row, order.first, order.last)
    said = {"by": order.by, "reason": order.reason}
    return await _queue(desk, lambda store: handlers.send_all_again(store, webhook, items, said))


async def _queue(desk: Desk, decide: Callable[[Any], Iterable[WebhookResent]]) -> Queued:
    counts: list[int] = []

    def counted(store: Any) -> Iterable[WebhookResent]:
        # A command may be decided twice: the last time counts.
        said = tuple(decide(store))
        counts.append(sum(each.deliveries for each in said))
        return said

    await desk.run(counted)
    return Queued(queued=counts[-1])


def _endpoint(row: Row[Any], desk: Desk) -> Endpoint:
    endpoint = endpoint_in(row, keys_of(desk.here))
    if endpoint is None:
        text = "the key of its address is not here: remove the webhook, and add it again"
        raise Refused("no_key", text)
    return endpoint


async def _found(webhook: Token, desk: Desk, who: Who) -> Row[Any]:
    row: Row[Any] = await desk.read(lambda store: handlers.found(store, webhook))
    who.must_be_of(row.of_edition or NO_EDITION)
    return row
