"""The table of what a service reacts to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.event import EVERY_SERVICE, Event

from kit.heard import Heard

Handler = Callable[[Any, Any], Iterable[Event] | None]


@dataclass(frozen=True)
class Reaction:
    """When this event is heard, this handler takes it."""

    event: type[Event]
    handler: Handler

    def is_own(self, service: str) -> bool:
        """Whether the service says this event itself: then it reacts in the same transaction."""
        return self.event.source == service


def on(event: type[Event], handler: Handler) -> Reaction:
    """A row of the table: `on(SheetSubmitted, rescore)`.

    The handler is given the event and the service's store, and returns what it wants said.
    An event of another service arrives on the log; an own event is taken at once, in the
    transaction that says it, so that state always follows from events.
    """
    return Reaction(event, handler)


@dataclass(frozen=True)
class Beside:
    """What a service looks at of what others say, whether it reacts to it or not.

    `look` is given the store and the messages of these events, in log order and undecoded, before
    any of them is handled and in the same transaction. So it sees also what is then parked. What
    it raises is a mistake that nothing gets past: it takes what cannot be decoded too.
    """

    events: tuple[type[Event], ...]
    look: Callable[[Any, Sequence[Heard]], None]


def heard_of(events: Iterable[type[Event]], service: str) -> frozenset[tuple[str, ...]]:
    """What the service hears of these from others on the log, as `fixed_tokens` of its subjects.

    Of what every service says of itself, the tokens that follow who says it.
    """
    tokens = (fixed_tokens(each.filter()) for each in events if each.source != service)
    return frozenset(each[1:] if each[0] == EVERY_SERVICE else each for each in tokens)


def fixed_tokens(subject: str) -> tuple[str, ...]:
    """Who says it, the kind of entity and the event: every other token, from the second on."""
    return tuple(subject.split(".")[1::2])
