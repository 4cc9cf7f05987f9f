"""Who may consume what, as notification keeps it."""

from dataclasses import dataclass
from typing import Any, Self

from contracts.consumers import View
from contracts.event import Event
from contracts.public import public_filter, seen_in
from contracts.registry import BY_TYPE
from contracts.stream import PUBLIC_STREAM, STREAM

from sayembara.trouble import Trouble

PREFIX = "consumer-"
"""What the account and the durable consumer of each are called, before its name."""
EVERY_EVENT = "all"
ALL_OF_IT = "all of it: `consumer add --internal`, `webhook add --view internal`"


@dataclass(frozen=True)
class Granted:
    """One who may consume events, or might: then it is `revoked`."""

    consumer: str
    nkey: str
    events: tuple[str, ...]
    of_edition: str | None
    view: View
    from_position: int
    whole_log: bool
    revoked: bool
    by: str
    reason: str

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """The one that `GET /consumers` told of."""
        fields = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**fields | {"events": tuple(row["events"])})

    @property
    def durable(self) -> str:
        """Its durable consumer, and its account."""
        return f"{PREFIX}{self.consumer}"

    @property
    def stream(self) -> str:
        """The stream that it reads."""
        return STREAM if self.view == "internal" else PUBLIC_STREAM

    @property
    def filters(self) -> list[str]:
        """The subjects of its events. Versions of one event share a subject."""
        return sorted({self._filter(BY_TYPE[each]) for each in self.events})

    def _filter(self, event: type[Event]) -> str:
        whole = event.filter() if self.view == "internal" else public_filter(event)
        if self.of_edition is None:
            return whole
        tokens = whole.split(".")
        tokens[2 if self.view == "internal" else 1] = self.of_edition
        return ".".join(tokens)


def events_named(names: str, view: View) -> tuple[str, ...]:
    """The types of these events, `all` or with commas between; a version may be left out.

    Trouble when there is no such event to be seen in that view.
    """
    seen = sorted(seen_in(view))
    if names == EVERY_EVENT:
        return tuple(seen)
    found: list[str] = []
    for name in names.split(","):
        named = [each for each in seen if name.strip() in (each, each.rpartition(".")[0])]
        if not named:
            raise Trouble(_not_seen(name.strip(), view, seen))
        found += named
    return tuple(dict.fromkeys(found))


def _not_seen(name: str, view: View, seen: list[str]) -> str:
    there = any(name in (each, each.rpartition(".")[0]) for each in BY_TYPE)
    why = f"has no public view ({ALL_OF_IT})" if there else "is no event"
    return f"'{name}' {why}; in the {view} view there are {', '.join(seen)}"
