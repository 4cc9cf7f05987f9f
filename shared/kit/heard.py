"""A message from the log, as the reader hands it on: where it was, and what it holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import unquote

from contracts.envelope import decode, type_of
from contracts.event import Event
from contracts.ids import TOKEN
from contracts.operations import UNKNOWN_EDITION
from contracts.outcomes import Refused
from pydantic import ValidationError

from kit.tracing import TRACEPARENT

_EDITION = re.compile(TOKEN)


@dataclass(frozen=True)
class Heard:
    """A message at a position of the log; decoded when first asked for."""

    position: int
    subject: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def event(self) -> Event:
        """The event; Refused when it is no CloudEvent of a known type, malformed or forged."""
        try:
            type_ = type_of(self.headers)
        except ValueError as error:
            raise Refused("not_a_cloudevent", str(error)) from error
        try:
            event = decode(type_, self.body)
        except ValueError as error:
            raise Refused("unreadable_event", _first_line(error)) from error
        if event.subject() != self.subject:
            text = f"the event belongs on {event.subject()}, but came on {self.subject}"
            raise Refused("wrong_subject", text)
        return event

    @property
    def event_id(self) -> str:
        """The event's id as its headers give it; empty when there is none."""
        return self.headers.get("ce-id", "")[:64]

    @property
    def event_type(self) -> str:
        """The event's type as its headers give it; empty when there is none."""
        return self.headers.get("ce-type", "")[:100]

    @property
    def said_at(self) -> datetime | None:
        """When it was said, as its headers give it; None when they do not."""
        try:
            said_at = datetime.fromisoformat(unquote(self.headers.get("ce-time", "")))
        except ValueError:
            return None
        return said_at if said_at.tzinfo else None

    @property
    def traceparent(self) -> str | None:
        """The trace that the message belongs to; None when it says none."""
        return self.headers.get(TRACEPARENT)

    @property
    def edition(self) -> str:
        """The edition that the subject names, where that can be one at all."""
        tokens = self.subject.split(".")
        known = len(tokens) > 2 and _EDITION.fullmatch(tokens[2])
        return tokens[2] if known else UNKNOWN_EDITION


def _first_line(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the message"
        return f"{place}: {first['msg']}"
    return str(error)
