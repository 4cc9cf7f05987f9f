"""`docs/schemas/history/`: every schema that an event ever had, with the day it appeared.

A schema that adds something gets an entry of its own; one that would break readers is refused.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from contracts.event import Event
from contracts.public import SHOWN
from contracts.registry import EVENTS
from pydantic import BaseModel

from sayembara.documents.compatible import Schema, bare, changes
from sayembara.documents.schemas import as_json, public_schema, schema_of
from sayembara.trouble import Trouble

FOLDER = "schemas/history"
REMEDY = """\
Contracts change by addition: what is on the log stays readable, and what consumers rely on stays as
it is. Add optional fields only; for anything else make a new event with the next version in its
type, and say of this one until when it is said (`deprecated`). CONTRIBUTING.md shows how.\
"""


class Entry(BaseModel):
    """What a schema asked for from that day on, without its wording."""

    since: date
    asked: Schema


class History(BaseModel):
    """The schemas of one event, the oldest first: of the event itself, and of its public view."""

    internal: tuple[Entry, ...] = ()
    public: tuple[Entry, ...] = ()


Histories = Mapping[str, History]
"""The history of each event, by type."""


def read(docs: Path) -> Histories:
    """What is kept below the folder of documents."""
    return {
        path.stem: History.model_validate_json(path.read_bytes())
        for path in sorted((docs / FOLDER).glob("*.json"))
    }


def grown(kept: Histories, today: date) -> Histories:
    """The histories with what the events are now; Trouble names every field that breaks readers."""
    now = {event.type: _asked(event) for event in EVENTS}
    broken = [each for type_, history in kept.items() for each in broken_in(type_, history, now)]
    if broken:
        raise Trouble("\n".join(("these changes break readers:", *broken, REMEDY)))
    return {
        type_: History(
            internal=_with(kept.get(type_, History()).internal, asked["internal"], today),
            public=_with(kept.get(type_, History()).public, asked["public"], today),
        )
        for type_, asked in now.items()
    }


def broken_in(
    type_: str, kept: History, now: Mapping[str, Mapping[str, Schema | None]]
) -> list[str]:
    """What an event breaks now of the schemas that it had: one line for each field."""
    if type_ not in now:
        return [f"  {type_} is no more: its messages on the log must stay readable"]
    lines = []
    for view in ("internal", "public"):
        found, asked = getattr(kept, view), now[type_][view]
        if found and asked is None:
            lines.append(f"  {type_} ({view}): has this view no more")
        for entry in found if asked is not None else ():
            lines += [
                f"  {type_} ({view}): {each.field or 'the whole'} {each.what}"
                for each in changes(entry.asked, asked or {})
                if each.breaks
            ]
    return list(dict.fromkeys(lines))


def render(histories: Histories) -> dict[str, str]:
    """The file of each event."""
    return {
        f"{FOLDER}/{type_}.json": as_json(history.model_dump(mode="json"))
        for type_, history in histories.items()
    }


def _asked(event: type[Event]) -> dict[str, Schema | None]:
    public = bare(public_schema(event)) if event in SHOWN else None
    return {"internal": bare(schema_of(event)), "public": public}


def _with(kept: tuple[Entry, ...], asked: Schema | None, today: date) -> tuple[Entry, ...]:
    if asked is None or (kept and not changes(kept[-1].asked, asked)):
        return kept
    return (*kept, Entry(since=today, asked=asked))
