"""What every service says of its own running."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from contracts.event import EVERY_SERVICE, Event, Fact
from contracts.ids import Digest, Office, Reason, ServiceName


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


NO_EDITION = "none"
"""The edition of what is said of the log as a whole."""


class OfLog(Event):
    """What an operator did to the log as a whole; it is of no edition.

    One of the services says it on the operator's behalf.
    """

    source: ClassVar = EVERY_SERVICE
    about: ClassVar = "position"

    service: ServiceName
    position: Annotated[int, Field(ge=1)]
    by: Office
    reason: Reason

    def said_by(self) -> str:
        """The service that says it, under its own name."""
        return self.service


class LogRestored(OfLog):
    """The log up to `position` and the stores were put back from a backup taken at `taken_at`.

    What was said later than that is not on this log. `root` is that of the tree over it.
    """

    type: ClassVar = "log.restored.v1"

    taken_at: AwareDatetime
    root: Digest


class MessageLost(OfLog):
    """The log has lost what stood at `position`, and no store has it: this stands there instead."""

    type: ClassVar = "message.lost.v1"


class LogReconciled(OfLog):
    """The log had lost messages, and was given them back from the outboxes, up to `position`.

    The first of `messages` went to position `first`. `moved` of them stand elsewhere than before,
    or may; `missing` are positions whose message no store had; the stores named in `rebuild` had
    taken what was there before, and should be rebuilt from the log.
    """

    type: ClassVar = "log.reconciled.v1"

    first: Annotated[int, Field(ge=1)]
    messages: Annotated[int, Field(ge=0)]
    moved: Annotated[int, Field(ge=0)]
    missing: tuple[Annotated[int, Field(ge=1)], ...]
    rebuild: tuple[ServiceName, ...]


class TableDiffers(Fact):
    """A table that holds other rows than before: how many of each, and the keys of a few."""

    table: str
    before: Annotated[int, Field(ge=0)]
    after: Annotated[int, Field(ge=0)]
    examples: tuple[str, ...] = ()


class StoreRebuilt(Event):
    """A service works on a store that was made anew from the log, from its beginning.

    `position` is the last message that it holds. `differs` names the tables in which rows are
    other ones than in the store before it; an operator accepted them.
    """

    type: ClassVar = "store.rebuilt.v1"
    source: ClassVar = EVERY_SERVICE
    about: ClassVar = "position"

    service: ServiceName
    position: Annotated[int, Field(ge=0)]
    by: Office
    reason: Reason
    differs: tuple[TableDiffers, ...] = ()

    def said_by(self) -> str:
        """Any service says this, under its own name."""
        return self.service
