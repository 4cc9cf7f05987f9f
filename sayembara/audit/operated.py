"""What became of messages that ranking set aside, as it said itself: when, and who decided it.

A message that the operator retried or discarded counts from then on, or never; not from its own
place on the log. What a rule refuses is refused here too; that there was a bug, or that something
was missing for too long, is ranking's word, beside the name of whoever decided about it.
"""

from contracts.operations import MessageDiscarded, MessageEvent, MessageParked, MessageRetried
from contracts.outcomes import Refused
from kit.heard import Heard
from kit.parking import Failure
from kit.reactions import fixed_tokens

KINDS = (MessageParked, MessageRetried, MessageDiscarded)
TOKENS = {("ranking", *fixed_tokens(each.filter())[1:]) for each in KINDS}
ACTIONS = {("ranking", *fixed_tokens(each.filter())[1:]) for each in KINDS[1:]}


class Operated:
    """Learned from what ranking says of parked messages, in the order of the log."""

    def __init__(self) -> None:
        self._said: dict[int, dict[int, MessageEvent]] = {}

    def learn(self, message: Heard, event: MessageEvent) -> None:
        """Ranking said this."""
        self._said.setdefault(event.position, {})[message.position] = event

    def set_aside(self, position: int) -> Failure | None:
        """How a message failed about which the operator decided; None where it is tried here."""
        said = list(self._said.get(position, {}).values())
        decided = any(not isinstance(each, MessageParked) for each in said)
        return _failure(said[0]) if decided else None

    def of(self, first: int, last: int) -> bool:
        """Whether something was said of a message between these places, both included."""
        return any(first <= each <= last for each in self._said)

    def failed_again(self, action: Heard) -> Failure | None:
        """How a message failed that the operator retried; None where it is tried here."""
        event = action.event
        assert isinstance(event, MessageEvent)
        said = self._said[event.position].items()
        following = next((each for at, each in said if at > action.position), None)
        return _failure(following)


def _failure(said: MessageEvent | None) -> Failure | None:
    if not isinstance(said, MessageParked) or said.outcome == "refused":
        return None  # what a rule refuses, it refuses here too
    return said.outcome


def read_event(message: Heard) -> MessageEvent | None:
    """What ranking says of a parked message; None when this is something else or unreadable."""
    if fixed_tokens(message.subject) not in TOKENS:
        return None
    try:
        event = message.event
    except Refused:
        return None
    return event if isinstance(event, MessageEvent) else None
