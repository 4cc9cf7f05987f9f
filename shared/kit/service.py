"""What a service is: a name, a store, a table of reactions, and its addresses."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.event import SUBJECT_ROOT, Event
from fastapi import APIRouter
from sqlalchemy import MetaData

from kit.heard import Heard
from kit.kept import Kept
from kit.reactions import Beside, Handler, Reaction, fixed_tokens, heard_of
from kit.store import Store

Task = Callable[[Any], Coroutine[Any, Any, None]]
"""Work that goes on beside the handlers; it is given the service at work, a `Running`."""


def _nothing(_: Any) -> Iterable[Event]:
    return ()


def _as_it_is(_: Any, __: Sequence[Event]) -> None:
    pass


def _unmarked(_: Any, event: Event) -> Event:
    return event


@dataclass(frozen=True)
class Tally:
    """A figure of the service's own for the operator: the gauge `sayembara_<name>`.

    `count` is given the store and returns how many there are by the value of `label`: every value
    each time, and never an id.
    """

    name: str
    meaning: str
    label: str
    count: Callable[[Any], Mapping[str, int]]


@dataclass(frozen=True)
class Service:
    """How a service is put together. `app.py` of each service makes one; the kit runs it.

    `begin` is called once per transaction, before its first handler or command, and returns what
    the clock brings: what is decided after a moment comes after what the moment brings. `finish` is
    called after all of them, and returns what is to be said of them together. `mark` is given every
    event before it is said, and returns it with what the service says of all its events alike.
    `prepare` is called before a batch of events is handled, to read at once what the handlers would
    read one by one; they must do without it too. `tasks` run while the service is the active one;
    each returns by itself soon after `running.stopping` is set, or is cancelled. `kept` is what no
    event tells, and a rebuilt store takes over. `beside` is what it looks at whether it reacts to
    it or not; a rebuild does not look again. `hear` is for a service that hears the log as it is:
    it is given every message in order, undecoded, its own too, and returns the position up to which
    it has taken them.
    """

    name: str
    store: type[Store]
    metadata: MetaData
    migrations: Path
    reactions: tuple[Reaction, ...]
    routes: APIRouter
    begin: Callable[[Any], Iterable[Event]] = _nothing
    finish: Callable[[Any], Iterable[Event]] = _nothing
    mark: Callable[[Any, Event], Event] = _unmarked
    prepare: Callable[[Any, Sequence[Event]], None] = _as_it_is
    tasks: tuple[Task, ...] = ()
    tallies: tuple[Tally, ...] = ()
    hear: Callable[[Any, Sequence[Heard]], int] | None = None
    kept: tuple[Kept, ...] = ()
    beside: Beside | None = None
    handlers: dict[type[Event], Handler] = field(init=False)
    _heard: frozenset[tuple[str, ...]] = field(init=False)
    _seen: frozenset[tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        table = {each.event: each.handler for each in self.reactions}
        if len(table) != len(self.reactions):
            raise ValueError(f"{self.name} reacts to an event twice; one row per event")
        object.__setattr__(self, "handlers", table)
        seen = self.beside.events if self.beside else ()
        object.__setattr__(self, "_heard", heard_of(table, self.name))
        object.__setattr__(self, "_seen", heard_of(seen, self.name))

    @property
    def filters(self) -> tuple[str, ...]:
        """The subject filter of its durable consumer: everything; `hears` tells what concerns it.

        With a filter for each event the server searches the subjects of a block for every message:
        measured with 2,000 subjects, it sent 2,200 messages a second instead of 25,000.
        """
        return (f"{SUBJECT_ROOT}.>",)

    def hears(self, subject: str) -> bool:
        """Whether a message on this subject is one of another service to which this one reacts."""
        return self.hear is not None or self._is_among(self._heard, subject)

    def sees(self, subject: str) -> bool:
        """Whether a message on this subject is one that it looks at besides."""
        return self._is_among(self._seen, subject)

    def _is_among(self, known: frozenset[tuple[str, ...]], subject: str) -> bool:
        tokens = fixed_tokens(subject)
        return tokens in known or (tokens[1:] in known and tokens[0] != self.name)
