"""The envelope: CloudEvents 1.0 in binary mode, as NATS headers, with correlation and causation.

A consumer in any language needs these header names and no library of ours. Values are
percent-encoded as the CloudEvents HTTP binding says, since headers carry printable ASCII only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Self
from urllib.parse import quote, unquote

from pydantic import AwareDatetime

from contracts.event import Event, Fact
from contracts.registry import BY_TYPE

MESSAGE_ID = "Nats-Msg-Id"
CONTENT_TYPE = "application/json"
SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


SCHEMA_URI = "urn:sayembara:schema"


def schema_uri(event_type: str, view: str | None = None) -> str:
    """Which JSON Schema the data of this type have, in this view: the `$id` of that schema.

    It says which one and not where it is kept, so that it is right for as long as a log is.
    """
    return ":".join((SCHEMA_URI, *([view] if view else []), event_type))


class Envelope(Fact):
    """What is known of an event besides its data."""

    id: str
    source: str
    type: str
    time: AwareDatetime
    subject: str
    dataschema: str
    correlationid: str
    causationid: str | None = None

    @classmethod
    def around(
        cls, event: Event, *, id: str, time: datetime, correlation: str, causation: str | None
    ) -> Self:
        """The envelope of an event that is being said now."""
        return cls(
            id=id,
            source=f"/sayembara/{event.said_by()}",
            type=event.type,
            time=time,
            subject=str(getattr(event, event.about)),
            dataschema=schema_uri(event.type),
            correlationid=correlation,
            causationid=causation,
        )

    def headers(self) -> dict[str, str]:
        """These facts as NATS headers; the event id is the message id too."""
        facts = self.model_dump(mode="json", exclude_none=True)
        named = {HEADERS[name]: quote(str(value), safe=SAFE) for name, value in facts.items()}
        return {
            MESSAGE_ID: self.id,
            "content-type": CONTENT_TYPE,
            "ce-specversion": "1.0",
            **named,
        }

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Self:
        """The envelope read back; raises ValueError when the headers are not of a CloudEvent."""
        type_of(headers)
        found = {name: headers[header] for name, header in HEADERS.items() if header in headers}
        return cls.model_validate({name: unquote(value) for name, value in found.items()})


REQUIRED = ("ce-id", "ce-source", "ce-type")
HEADERS = {name: f"ce-{name}" for name in Envelope.model_fields}


def type_of(headers: Mapping[str, str]) -> str:
    """The type of the event in these headers; ValueError when they are not of a CloudEvent."""
    if headers.get("ce-specversion") != "1.0":
        raise ValueError("the message is not a CloudEvent 1.0: header ce-specversion is not 1.0")
    if missing := [name for name in REQUIRED if not headers.get(name)]:
        raise ValueError(f"the message is not a CloudEvent: it has no {' and no '.join(missing)}")
    return headers["ce-type"]


def decode(type_: str, body: bytes) -> Event:
    """The event of that type in `body`; ValueError when the type or the form is not known."""
    known = BY_TYPE.get(type_)
    if known is None:
        raise ValueError(f"no event of type '{type_}' is known here")
    return known.model_validate_json(body)


def encode(event: Event) -> bytes:
    """The event's data as JSON; numbers that must stay exact are strings.

    Fields that whoever said it did not set are left out: so an event stays the same, byte for
    byte, when its contract learns a new field. A default is never changed.
    """
    return event.model_dump_json(exclude_unset=True).encode()
