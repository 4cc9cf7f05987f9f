"""Webhooks inside one transaction: which there are, where they lead, and their deliveries."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from contracts.consumers import View
from contracts.ids import EditionId, Token
from contracts.webhooks import WebhookAdded
from kit import bulk
from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, or_, select, update

from notification_service.contacts import ContactStore
from notification_service.public.show import last_number
from notification_service.public.tables import shown
from notification_service.tables import ended_keys
from notification_service.webhooks.rules import DeliveryState
from notification_service.webhooks.tables import deliveries, endpoints, webhooks

_webhook = select(
    webhooks, endpoints.c.key, endpoints.c.sealed, endpoints.c.rotated_at, endpoints.c.queued_to
).outerjoin(endpoints, endpoints.c.webhook == webhooks.c.webhook)
_to_be_sent = (
    select(webhooks.c.webhook, deliveries.c.edition, func.min(deliveries.c.number).label("first"))
    .join(deliveries, deliveries.c.webhook == webhooks.c.webhook)
    .where(webhooks.c.state == "active", deliveries.c.state == "queued")
    .group_by(webhooks.c.webhook, deliveries.c.edition)
)


class Line(NamedTuple):
    """What a webhook is sent of one edition: one after the other, in order."""

    webhook: Token
    edition: EditionId


class Item(NamedTuple):
    """An event that a webhook is to be sent."""

    position: int
    event: str
    event_type: str
    edition: EditionId


class WebhookStore(ContactStore):
    """The webhooks inside one transaction."""

    def keep_webhook(self, added: WebhookAdded) -> None:
        """Keep what the log tells of a webhook."""
        told = added.model_dump(exclude={"edition", "events"})
        values = {**told, "events": " ".join(added.events), "state": "active"}
        self.connection.execute(insert(webhooks), values)

    def keep_endpoint(self, webhook: Token, key: str, sealed: bytes, **more: object) -> None:
        """Keep where it leads, instead of what was there, whose key ends."""
        there = self.connection.execute(select(endpoints).filter_by(webhook=webhook)).one_or_none()
        values = {"key": key, "sealed": sealed, **more}
        if there is None:
            self.connection.execute(insert(endpoints), {"webhook": webhook, **values})
        else:
            self.connection.execute(insert(ended_keys), {"key": there.key})
            self.connection.execute(update(endpoints).filter_by(webhook=webhook).values(values))

    def webhook(self, webhook: Token) -> Row[Any] | None:
        """A webhook with its sealed endpoint, or None."""
        return self.connection.execute(_webhook.where(webhooks.c.webhook == webhook)).one_or_none()

    def webhooks(self, *, state: str | None = None, view: View | None = None) -> list[Row[Any]]:
        """Every webhook; of a state and a view where given."""
        only = {name: value for name, value in (("state", state), ("view", view)) if value}
        query = _webhook.filter_by(**only).order_by(webhooks.c.webhook)
        return list(self.connection.execute(query))

    def change_webhook(self, webhook: Token, **values: object) -> None:
        """Write what became of a webhook."""
        self.connection.execute(update(webhooks).filter_by(webhook=webhook).values(values))

    def remove_webhook(self, webhook: Token) -> None:
        """Have it no more: where it leads, its deliveries, and its key, which ends."""
        for key in self.connection.scalars(select(endpoints.c.key).filter_by(webhook=webhook)):
            self.connection.execute(insert(ended_keys), {"key": key})
        for table in (webhooks, endpoints, deliveries):
            self.connection.execute(delete(table).filter_by(webhook=webhook))

    def by_webhook_state(self) -> dict[str, int]:
        """How many webhooks are in each state."""
        query = select(webhooks.c.state, func.count()).group_by(webhooks.c.state)
        found = {row[0]: row[1] for row in self.connection.execute(query)}
        return {"active": 0, "paused": 0} | found

    def undelivered(self) -> dict[str, int]:
        """How many deliveries wait for their turn, and how many of them have failed before."""
        queued = select(func.count()).select_from(deliveries).where(deliveries.c.state == "queued")
        failing = queued.where(deliveries.c.failing_since.is_not(None))
        counts = [self.connection.scalar(each) or 0 for each in (queued, failing)]
        return {"waiting": counts[0] - counts[1], "failing": counts[1]}

    def shown_to(self) -> int:
        """The number of what was shown to the public last."""
        return last_number(self.connection)

    def shown_items(self, hook: Row[Any], *where: ColumnElement[bool]) -> list[Item]:
        """What was shown to the public and a webhook is to be sent, in the order shown."""
        columns = (shown.c.position, shown.c.event_id, shown.c.event_type, shown.c.edition)
        wanted = shown.c.event_type.in_(hook.events.split())
        query = select(*columns).where(wanted, shown.c.number.is_not(None), *where)
        if hook.of_edition:
            query = query.where(shown.c.edition == hook.of_edition)
        return [Item(*row) for row in self.connection.execute(query.order_by(shown.c.number))]

    def shown_message(self, position: int) -> Row[Any] | None:
        """The public view of what is at that position, or None."""
        query: Select[Any] = select(shown).where(shown.c.position == position)
        return self.connection.execute(query).one_or_none()

    def queue_items(self, webhook: Token, items: Iterable[Item], queued_to: int) -> None:
        """Queue these behind what waits, and remember up to where that was done."""
        self.append_deliveries(webhook, items)
        change = update(endpoints).filter_by(webhook=webhook)
        self.connection.execute(change.values(queued_to=queued_to))

    def append_deliveries(self, webhook: Token, items: Iterable[Item]) -> int:
        """Queue these behind what waits; how many there were."""
        fresh = {"webhook": webhook, "state": "queued", "tries": 0, "queued_at": self.now}
        rows = [{**each._asdict(), **fresh} for each in items]
        bulk.write(self.connection, deliveries, rows)
        return len(rows)

    def waiting_events(self, webhook: Token) -> set[str]:
        """The events that are queued for it."""
        query = select(deliveries.c.event).filter_by(webhook=webhook, state="queued")
        return set(self.connection.scalars(query))

    def lines_due(self) -> list[Line]:
        """The lines whose next delivery may be tried by now; the one that waits longest first."""
        first = _to_be_sent.subquery()
        query = select(first.c.webhook, first.c.edition).join(
            deliveries, deliveries.c.number == first.c.first
        )
        due = or_(deliveries.c.next_try_at.is_(None), deliveries.c.next_try_at <= self.now)
        found = self.connection.execute(query.where(due).order_by(first.c.first))
        return [Line(*row) for row in found]

    def next_of(self, line: Line) -> Row[Any] | None:
        """The delivery of a line that is sent next, when it may be tried by now."""
        query = select(deliveries).filter_by(**line._asdict(), state="queued")
        row = self.connection.execute(query.order_by(deliveries.c.number).limit(1)).one_or_none()
        if row is None or (row.next_try_at is not None and row.next_try_at > self.now):
            return None
        return row

    def delivery(self, number: int) -> Row[Any] | None:
        """One delivery, or None."""
        return self.connection.execute(select(deliveries).filter_by(number=number)).one_or_none()

    def deliveries(
        self, webhook: Token, state: DeliveryState | None, before: int | None, limit: int
    ) -> list[Row[Any]]:
        """Deliveries of a webhook, newest first; before a number, and in a state, where given."""
        query = select(deliveries).filter_by(webhook=webhook, **({"state": state} if state else {}))
        if before is not None:
            query = query.where(deliveries.c.number < before)
        return list(
            self.connection.execute(query.order_by(deliveries.c.number.desc()).limit(limit))
        )

    def change_delivery(self, number: int, **values: object) -> None:
        """Write what became of a delivery."""
        self.connection.execute(update(deliveries).filter_by(number=number).values(values))

    def begin_again(self, webhook: Token) -> None:
        """What failed before may be tried at once, for another day."""
        fresh = {"tries": 0, "failing_since": None, "next_try_at": None}
        failed = update(deliveries).filter_by(webhook=webhook, state="queued")
        self.connection.execute(failed.where(deliveries.c.failing_since.is_not(None)).values(fresh))

    def drop_settled(self, before: datetime) -> None:
        """Have no delivery any more that was settled, and tried last, before that moment."""
        settled = deliveries.c.state != "queued"
        old = func.coalesce(deliveries.c.tried_at, deliveries.c.queued_at) < before
        self.connection.execute(delete(deliveries).where(settled, old))

    def count_deliveries(self, webhook: Token) -> dict[str, int]:
        """How many deliveries of a webhook are in each state."""
        query = select(deliveries.c.state, func.count()).filter_by(webhook=webhook)
        return {row[0]: row[1] for row in self.connection.execute(query.group_by("state"))}
