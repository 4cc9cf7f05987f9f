"""What the page of one event shows."""

import inspect
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.envelope import Envelope, decode
from contracts.event import EVERY_SERVICE, Deprecated, Event
from contracts.public import SHOWN, public_body, public_filter, public_headers, public_subject

from sayembara.documents.compatible import changes
from sayembara.documents.fields import Field, fields
from sayembara.documents.history import Entry, History
from sayembara.documents.schemas import as_json
from sayembara.documents.sources import SAMPLES, hearers, subject

ID, TIME, POSITION = "01910000-0000-7000-8000-000000000000", datetime(2019, 8, 1, tzinfo=UTC), 120
"""Of the headers in the example."""
VIEWS = {"internal": "The internal form", "public": "The public view"}


@dataclass(frozen=True)
class Page:
    """An event, in words and examples."""

    event: type[Event]
    sample: Event
    kept: History

    @property
    def type(self) -> str:
        """Its type."""
        return self.event.type

    @property
    def name(self) -> str:
        """Its class."""
        return f"{self.event.__module__}.{self.event.__name__}"

    @property
    def deprecated(self) -> Deprecated | None:
        """Until when it is said, when that is known."""
        return self.event.deprecated

    @property
    def meaning(self) -> list[str]:
        """What it means, in paragraphs."""
        return [" ".join(each.split()) for each in (inspect.getdoc(self.event) or "").split("\n\n")]

    @property
    def speaker(self) -> str:
        """Who says it, as the contracts name it."""
        return self.event.source

    @property
    def source(self) -> str:
        """Who says it, in words."""
        return "every service" if self.speaker == EVERY_SERVICE else self.speaker

    @property
    def hearers(self) -> str:
        """Which services take it."""
        return (
            ", ".join(hearers(self.event)) or "no service: it is for the record, and for consumers"
        )

    @property
    def public(self) -> bool:
        """Whether it has a public view."""
        return self.event in SHOWN

    @property
    def example(self) -> str:
        """The kept sample, as it is on the log."""
        return _indented(self.sample.model_dump_json(exclude_unset=True))

    @property
    def public_example(self) -> str:
        """The public view of the same."""
        return _indented(public_body(self.sample) or b"{}")

    @property
    def fields(self) -> list[Field]:
        """Every field with its meaning."""
        return fields(self.event)

    @property
    def subject(self) -> str:
        """Its subject with the parts named."""
        return subject(self.event)

    @property
    def public_subject(self) -> str:
        """The same of the public view."""
        return public_subject(self.subject)

    @property
    def filter(self) -> str:
        """The filter over every such event."""
        return self.event.filter()

    @property
    def public_filter(self) -> str:
        """The same of the public view."""
        return public_filter(self.event)

    @property
    def headers(self) -> str:
        """The headers of the example."""
        envelope = Envelope.around(
            self.sample, id=ID, time=TIME, correlation="request-1", causation=None
        )
        return as_json(envelope.headers()).rstrip()

    @property
    def public_headers(self) -> str:
        """The same of the public view."""
        return as_json(public_headers(json.loads(self.headers), POSITION)).rstrip()

    @property
    def history(self) -> list[tuple[str, list[tuple[str, list[str]]]]]:
        """Of each view, the days on which it got a schema, and the fields that it gained."""
        views = {"public": self.kept.public, "internal": self.kept.internal}
        return [(VIEWS[view], _steps(entries)) for view, entries in views.items() if entries]


def page_of(event: type[Event], kept: History) -> Page:
    """The page of the event, with its kept sample."""
    return Page(event, decode(event.type, (SAMPLES / f"{event.type}.json").read_bytes()), kept)


def _steps(entries: tuple[Entry, ...]) -> list[tuple[str, list[str]]]:
    first, *later = entries
    steps: list[tuple[str, list[str]]] = [(str(first.since), [])]
    for before, entry in zip(entries, later, strict=False):
        gained = [each.field for each in changes(before.asked, entry.asked)]
        steps.append((str(entry.since), gained))
    return steps


def _indented(body: str | bytes) -> str:
    return as_json(json.loads(body)).rstrip()
