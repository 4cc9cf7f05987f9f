"""What a service is: a name, a store, a table of reactions, and its addresses."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.event import Event
from fastapi import APIRouter
from sqlalchemy import MetaData

from kit.reactions import Handler, Reaction, filters_of
from kit.store import Store

Task = Callable[[Any], Coroutine[Any, Any, None]]
"""Work that goes on beside the handlers; it is given the service at work, a `Running`."""


def _nothing(_: Any) -> Iterable[Event]:
    return ()


@dataclass(frozen=True)
class Service:
    """How a service is put together. `app.py` of each service makes one; the kit runs it.

    `finish` is called once per transaction, after all its handlers, and returns what is to be
    said of them together. `tasks` run while the service is the active one; each returns by itself
    soon after `running.stopping` is set, or is cancelled.
    """

    name: str
    store: type[Store]
    metadata: MetaData
    migrations: Path
    reactions: tuple[Reaction, ...]
    routes: APIRouter
    finish: Callable[[Any], Iterable[Event]] = _nothing
    tasks: tuple[Task, ...] = ()
    handlers: dict[type[Event], Handler] = field(init=False)

    def __post_init__(self) -> None:
        table = {each.event: each.handler for each in self.reactions}
        if len(table) != len(self.reactions):
            raise ValueError(f"{self.name} reacts to an event twice; one row per event")
        object.__setattr__(self, "handlers", table)

    @property
    def filters(self) -> tuple[str, ...]:
        """The subject filters of its durable consumer."""
        return filters_of(self.reactions, self.name)
