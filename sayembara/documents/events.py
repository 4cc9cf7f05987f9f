"""`docs/events.md`: every event, for whoever writes a consumer."""

import inspect
from typing import Any

from contracts.event import EVERY_SERVICE, Event
from contracts.registry import EVENTS

from sayembara.documents.schemas import schema_of
from sayembara.documents.sources import (
    GENERATED,
    SERVICES,
    hearers,
    said_by,
    subject,
)

DECIMAL = "^(?!^[-+.]*$)"
"""How the pattern begins that pydantic gives to an exact decimal."""

HEAD = """\
# Events

Every event on the log, by the service that says it. The body of a message is the event's data as
JSON; its headers are a CloudEvent 1.0 (`ce-id`, `ce-source`, `ce-type`, `ce-time`, `ce-subject`,
`ce-dataschema`, `ce-correlationid`, `ce-causationid`). The optional header `traceparent` (W3C Trace
Context) names the trace that it belongs to. Numbers that must stay exact are strings.
Machine-readable: [asyncapi.json](asyncapi.json), [schemas/](schemas/). In a picture:
[flow.svg](flow.svg).
"""


def render() -> dict[str, str]:
    """The page."""
    parts = [f"<!-- {GENERATED} -->", HEAD, _overview()]
    for service in SERVICES:
        parts.append(f"## What {service.name} says\n")
        parts.extend(map(section, said_by(service)))
    parts.append("## What every service says\n")
    parts.extend(section(event) for event in EVENTS if event.source == EVERY_SERVICE)
    return {"events.md": "\n".join(parts).rstrip("\n") + "\n"}


def _overview() -> str:
    rows = [
        f"| [`{event.type}`](#{_anchor(event)}) | {_source(event)} | {_hearers(event)} |"
        for event in EVENTS
    ]
    return "\n".join(("| event | said by | heard by |", "|---|---|---|", *rows, ""))


def section(event: type[Event]) -> str:
    """What the page says of one event."""
    return "\n".join(
        (
            f"### {event.type}",
            "",
            inspect.cleandoc(event.__doc__ or ""),
            "",
            *_deprecation(event),
            f"- Class: `{event.__module__}.{event.__name__}`",
            f"- Subject: `{subject(event)}`",
            f"- Said by: {_source(event)}. Heard by: {_hearers(event)}",
            f"- Schema: [{event.type}.json](schemas/{event.type}.json)",
            "",
            "| field | type | |",
            "|---|---|---|",
            *_fields(event),
            "",
        )
    )


def _deprecation(event: type[Event]) -> list[str]:
    gone = event.deprecated
    if gone is None:
        return []
    words = f"since {gone.since}, said until {gone.until}; take `{gone.instead}` instead"
    return [f"**Deprecated** {words}: {gone.why}.", ""]


def _fields(event: type[Event]) -> list[str]:
    schema = schema_of(event)
    required = schema.get("required", [])
    return [
        f"| `{name}` | {_type(field)} | {'' if name in required else 'optional'} |"
        for name, field in schema["properties"].items()
    ]


def _type(field: dict[str, Any]) -> str:
    """The type of a field in words, with its bounds."""
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    return " ".join((_word(field), *_bounds(field)))


def _word(field: dict[str, Any]) -> str:
    pattern = str(field.get("pattern", ""))
    if pattern.startswith("^[a-z0-9]"):
        return "id"
    if pattern.startswith("^sha256"):
        return "digest `sha256:…`"
    if pattern.startswith(DECIMAL):
        return "exact decimal, as a string"
    formats = {"date-time": "moment", "date": "date"}
    return formats.get(field.get("format", ""), str(field["type"]))


def _bounds(field: dict[str, Any]) -> list[str]:
    bounds = []
    if "minimum" in field:
        bounds.append(f"from {field['minimum']}")
    if "maxLength" in field:
        bounds.append(f"up to {field['maxLength']} characters")
    return bounds


def _source(event: type[Event]) -> str:
    return "every service" if event.source == EVERY_SERVICE else event.source


def _hearers(event: type[Event]) -> str:
    return ", ".join(hearers(event)) or "nobody yet"


def _anchor(event: type[Event]) -> str:
    return event.type.replace(".", "")
