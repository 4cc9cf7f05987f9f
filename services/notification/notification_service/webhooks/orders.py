"""What the operator orders of webhooks, and is told of them."""

from typing import Annotated, Any, Literal, Self

from contracts.consumers import View
from contracts.ids import EditionId, Token
from contracts.operations import NO_EDITION
from contracts.public import SHOWN
from contracts.registry import BY_TYPE
from contracts.webhooks import WebhookAdded
from contracts.written import Office, Reason
from kit.http import Receipt
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Row

from notification_service.webhooks.endpoint import checked_url, origin_of
from notification_service.webhooks.rules import DeliveryState, WebhookState

POSITION_MAX = 2**63 - 1
Position = Annotated[int, Field(ge=1, le=POSITION_MAX)]


class Order(BaseModel):
    """Which office decides so, and why; both are on the log for ever."""

    model_config = ConfigDict(extra="forbid")

    by: Office
    reason: Reason


class WebhookOrder(Order):
    """An endpoint, and what it is to be sent.

    `url` stays in this store, sealed: the log has its scheme, host and port only. `since` is
    `start` for everything that was ever shown. `owner` is the party whose contact in edition
    `none`, as `secretariat`, is told when the webhook is paused.
    """

    webhook: Token
    url: Annotated[str, Field(max_length=2000), AfterValidator(checked_url)]
    events: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    edition: EditionId | None = None
    view: View = "public"
    owner: Token
    since: Literal["now", "start"] = "now"

    @model_validator(mode="after")
    def _knows_its_events(self) -> Self:
        known = {event.type for event in SHOWN} if self.view == "public" else set(BY_TYPE)
        if unknown := sorted(set(self.events) - known):
            raise ValueError(
                f"events: {', '.join(unknown)[:200]}: no such event in the {self.view} view;"
                " docs/events.md lists them"
            )
        return self

    def added(self) -> WebhookAdded:
        """The event that says so."""
        return WebhookAdded(
            edition=NO_EDITION,
            webhook=self.webhook,
            origin=origin_of(self.url),
            events=tuple(sorted(set(self.events))),
            of_edition=self.edition,
            view=self.view,
            owner=self.owner,
            by=self.by,
            reason=self.reason,
        )


class Range(Order):
    """Positions of the log, the first and the last included."""

    first: Position
    last: Position


class Queued(BaseModel):
    """How many deliveries were queued once more."""

    queued: int


class ShownOnce(Receipt):
    """The secret that this webhook's messages are signed with, shown here and never again."""

    secret: str


class Tried(BaseModel):
    """What became of a test delivery; `status` is null when there was no answer."""

    accepted: bool
    status: int | None
    error: str


class Webhook(BaseModel):
    """A webhook, and how many of its deliveries are in each state."""

    webhook: Token
    origin: str
    events: list[str]
    edition: EditionId | None
    view: View
    owner: Token
    by: str
    reason: str
    state: WebhookState
    paused_because: str | None
    rotated_at: AwareDatetime | None
    deliveries: dict[DeliveryState, int]

    @classmethod
    def of(cls, row: Row[Any], deliveries: dict[DeliveryState, int]) -> Self:
        """A webhook as its row has it."""
        same = {name: value for name, value in row._mapping.items() if name in cls.model_fields}
        told = {"events": row.events.split(), "edition": row.of_edition}
        return cls(**{**same, **told}, deliveries=deliveries)


class Delivery(BaseModel):
    """One delivery; `error` is what the last try met with, or who gave it up and why."""

    number: int
    event: str
    event_type: str
    edition: EditionId
    position: int
    state: DeliveryState
    tries: int
    status: int | None
    error: str | None
    queued_at: AwareDatetime
    tried_at: AwareDatetime | None
    next_try_at: AwareDatetime | None

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """A delivery as its row has it."""
        same = {name: value for name, value in row._mapping.items() if name in cls.model_fields}
        return cls(**same)
