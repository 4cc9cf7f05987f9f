"""What the consumer reported, beside what it must have done: pure, and the heart of the check."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN = 3
"""So many events are named in a finding; of the others it says how many."""


@dataclass(frozen=True)
class Sent:
    """An event that was put on the stream; `known` when the consumer can understand it."""

    id: str
    type: str
    position: int
    edition: str
    known: bool = True


@dataclass
class Seen:
    """What came of a rule: the lines that the consumer printed, and what else was to be seen."""

    lines: list[Mapping[str, Any]] = field(default_factory=list)
    ended: str | None = None
    """How the consumer ended by itself, and its last words."""
    unanswered: int = 0
    """How many messages it did not acknowledge, though it had the time."""
    too_slow: str | None = None
    """What it was asked to do and did not in time."""

    def times(self, event: Sent) -> int:
        """How often the event was reported."""
        return sum(line["id"] == event.id for line in self.lines)


@dataclass(frozen=True)
class Verdict:
    """A rule, what was expected, and what was wrong; nothing is, when it was kept."""

    rule: str
    expected: str
    wrong: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether the consumer kept the rule."""
        return not self.wrong


def judge(rule: str, expected: str, sent: Sequence[Sent], seen: Seen, *, order: bool) -> Verdict:
    """The verdict on one rule; with `order`, events of an edition must come as they were sent."""
    wrong = [*_deeds(sent, seen), *_telling(sent, seen)]
    if order and not wrong:
        wrong += _order(sent, seen)
    return Verdict(rule, expected, tuple(wrong))


def _deeds(sent: Sequence[Sent], seen: Seen) -> list[str]:
    wrong = [seen.ended] if seen.ended else []
    wrong += [seen.too_slow] if seen.too_slow else []
    known = [event for event in sent if event.known]
    if not seen.ended:
        wrong += _named("never taken", [event for event in known if seen.times(event) == 0])
    wrong += _named("taken more than once", [event for event in known if seen.times(event) > 1])
    not_known = [event for event in sent if not event.known and seen.times(event)]
    wrong += _named("taken, though it must not be", not_known)
    if seen.unanswered and not seen.ended:
        wrong.append(f"{seen.unanswered} messages are not acknowledged")
    return wrong


def _telling(sent: Sequence[Sent], seen: Seen) -> list[str]:
    """Lines that tell something else of an event than what was sent."""
    by_id = {event.id: event for event in sent}
    wrong = []
    for line in seen.lines:
        event = by_id.get(line["id"])
        if event is None:
            continue
        for name in ("type", "position", "edition"):
            if name in line and line[name] != getattr(event, name):
                wrong.append(f"{name} of {_name(event)} is told as {line[name]!r}")
    return wrong[:SHOWN]


def _order(sent: Sequence[Sent], seen: Seen) -> list[str]:
    place = {event.id: number for number, event in enumerate(sent)}
    last: Counter[str] = Counter()
    for line in seen.lines:
        event = sent[place[line["id"]]] if line["id"] in place else None
        if event is None:
            continue
        if place[event.id] < last[event.edition]:
            return [f"{_name(event)} was taken after a later event of its edition"]
        last[event.edition] = place[event.id]
    return []


def _named(what: str, events: Sequence[Sent]) -> list[str]:
    if not events:
        return []
    names = ", ".join(map(_name, events[:SHOWN]))
    more = f" and {len(events) - SHOWN} more" if len(events) > SHOWN else ""
    return [f"{what}: {names}{more}"]


def _name(event: Sent) -> str:
    return f"{event.type} at {event.position}"
