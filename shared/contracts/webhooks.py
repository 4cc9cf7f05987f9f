"""What notification says of webhooks: endpoints of others that are sent events over HTTP.

The log has neither the secret of a webhook nor its whole address, which may hold one: only its
scheme, host and port.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.consumers import EventType, View
from contracts.event import Event
from contracts.ids import EditionId, Office, Reason, Token

Position = Annotated[int, Field(ge=1)]


class WebhookEvent(Event):
    """What became of a webhook. It is of no edition: one webhook may be sent those of all."""

    source: ClassVar = "notification"
    about: ClassVar = "webhook"

    webhook: Token
    reason: Reason


class WebhookAdded(WebhookEvent):
    """From now on an endpoint is sent these events, on an office's word.

    `origin` is the beginning of its address: scheme, host and port. `of_edition` is the one
    edition of which they are sent; none for all of them. `owner` is the party that is told when
    it is paused.
    """

    type: ClassVar = "webhook.added.v1"

    origin: Annotated[str, Field(min_length=1, max_length=300)]
    events: Annotated[tuple[EventType, ...], Field(min_length=1, max_length=100)]
    of_edition: EditionId | None = None
    view: View
    owner: Token
    by: Office


class WebhookPaused(WebhookEvent):
    """Nothing is sent to the endpoint until it is resumed; then it goes on where it stopped.

    `by` is the office that decided so; none when the endpoint itself did not answer for a day,
    or said that it is gone.
    """

    type: ClassVar = "webhook.paused.v1"

    by: Office | None = None


class WebhookResumed(WebhookEvent):
    """The endpoint is sent events again, from where it stopped."""

    type: ClassVar = "webhook.resumed.v1"

    by: Office


class WebhookRotated(WebhookEvent):
    """What is sent is signed with another secret, and for a day with the one before as well.

    Neither of them is here, nor anything that is made of them.
    """

    type: ClassVar = "webhook.rotated.v1"

    by: Office


class WebhookTested(WebhookEvent):
    """An office had a test message sent; only that office was told what came of it."""

    type: ClassVar = "webhook.tested.v1"

    by: Office


class WebhookResent(WebhookEvent):
    """The endpoint is sent messages once more, that stand from `first` to `last` on the log.

    `deliveries` is how many: those of its types and its edition, and not what waits anyway.
    """

    type: ClassVar = "webhook.resent.v1"

    first: Position
    last: Position
    deliveries: Annotated[int, Field(ge=1)]
    by: Office


class WebhookSkipped(WebhookEvent):
    """The message at this position of the log is not sent to the endpoint any more.

    The next one of its edition is. It can be sent again, when an office says so.
    """

    type: ClassVar = "webhook.skipped.v1"

    position: Position
    by: Office


class WebhookRemoved(WebhookEvent):
    """The endpoint is sent nothing any more; its address and its secret are destroyed."""

    type: ClassVar = "webhook.removed.v1"

    by: Office
