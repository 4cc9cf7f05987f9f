"""What every service says of its own running."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.event import Event
from contracts.ids import ServiceName


class MessageParked(Event):
    """A service could not take a message from the log and set it aside for the operator."""

    type: ClassVar = "message.parked.v1"
    source: ClassVar = "*"
    about: ClassVar = "position"

    service: ServiceName
    position: Annotated[int, Field(ge=1)]
    event_type: str
    outcome: Literal["not_yet", "refused", "bug"]
    reason: str

    def said_by(self) -> str:
        """Any service says this, under its own name."""
        return self.service


UNKNOWN_EDITION = "unknown"
"""The edition of a parked message that does not tell its own."""
