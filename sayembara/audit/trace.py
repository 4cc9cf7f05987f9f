"""What led to an event and what followed from it; and the life of one proposal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from contracts.event import Event
from contracts.outcomes import Refused
from contracts.ranking import StandingsChanged
from kit.heard import Heard

CORRELATION = "ce-correlationid"
CAUSE = "ce-causationid"
NAMES = ("stage", "proposal", "juror", "part", "award", "version", "rank", "score", "kind", "by")
SHOWN_MAX = 8
"""How many effects of the same type of one event are named; of the others only the number."""


@dataclass
class Node:
    """A message with what followed from it. Without a message: a request from outside."""

    message: Heard | None
    effects: list["Node"] = field(default_factory=list)


def belongs(message: Heard, target: Heard) -> bool:
    """Whether both go back to the same request."""
    correlation = target.headers.get(CORRELATION)
    return correlation is not None and message.headers.get(CORRELATION) == correlation


def tree(related: Sequence[Heard]) -> Node:
    """The causes and effects among messages of one request, from the request on."""
    nodes = {each.event_id: Node(each) for each in related}
    request = Node(None)
    for each in related:
        cause = nodes.get(each.headers.get(CAUSE, ""))
        (cause or request).effects.append(nodes[each.event_id])
    return request


def described(message: Heard) -> str:
    """One line of an event: where it is, who said it, what it is about."""
    service = message.headers.get("ce-source", "?").rpartition("/")[2]
    try:
        facts = _facts(message.event)
    except Refused as error:
        facts = f"cannot be read: {error}"
    return f"{message.position} {service}: {message.event_type} {facts}".rstrip()


def _facts(event: Event) -> str:
    given = ((name, getattr(event, name, None)) for name in NAMES)
    return ", ".join(f"{name} {value}" for name, value in given if value is not None)


@dataclass(frozen=True)
class Moment:
    """Something that happened to a proposal."""

    message: Heard
    says: str

    @property
    def time(self) -> str:
        """When it was said, as the service's clock showed it."""
        return self.message.headers.get("ce-time", "")[:19].replace("T", " ")


def life(messages: Iterable[Heard], proposal: str) -> Iterator[Moment]:
    """Everything on these messages that is about the proposal, in order."""
    for each in messages:
        try:
            event = each.event
        except Refused:
            continue
        if getattr(event, "proposal", None) == proposal:
            yield Moment(each, _happened(event))
        elif isinstance(event, StandingsChanged):
            yield from (
                Moment(each, f"stands at {row.rank}, score {row.score}, of {row.sheets} sheets")
                for row in event.rows
                if row.proposal == proposal
            )


def _happened(event: Event) -> str:
    given = ((name, getattr(event, name, None)) for name in NAMES if name != "proposal")
    said = ", ".join(f"{name} {value}" for name, value in given if value is not None)
    reason = getattr(event, "reason", None)
    return f"{said}: {reason}" if reason else said
