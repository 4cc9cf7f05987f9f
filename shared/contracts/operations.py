"""What every service says of its own running."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.event import EVERY_SERVICE, Event
from contracts.ids import Office, Reason, ServiceName


class MessageEvent(Event):
    """What became of a message from the log in one service; any service says it, of itself."""

    source: ClassVar = EVERY_SERVICE
    about: ClassVar = "position"

    service: ServiceName
    position: Annotated[int, Field(ge=1)]
    event_type: str

    def said_by(self) -> str:
        """Any service says this, under its own name."""
        return self.service


class MessageParked(MessageEvent):
    """A service could not take a message from the log and set it aside for the operator."""

    type: ClassVar = "message.parked.v1"

    outcome: Literal["not_yet", "refused", "bug"]
    reason: str


class OperatorAction(MessageEvent):
    """What the operator decided of a message that was set aside: who, and why.

    `checkpoint` is the last position of the log that the service had taken then.
    """

    by: Office
    reason: Reason
    checkpoint: Annotated[int, Field(ge=0)]


class MessageRetried(OperatorAction):
    """A message that was set aside was taken again; where that failed, it is parked anew."""

    type: ClassVar = "message.retried.v1"


class MessageDiscarded(OperatorAction):
    """A message that was set aside was given up: the service will never take it."""

    type: ClassVar = "message.discarded.v1"


UNKNOWN_EDITION = "unknown"
"""The edition of a parked message that does not tell its own."""
