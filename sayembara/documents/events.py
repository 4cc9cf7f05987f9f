"""`docs/events.md`: every event, for whoever writes a consumer."""

import inspect

from contracts.event import EVERY_SERVICE, Event
from contracts.public import SHOWN, public_subject
from contracts.registry import EVENTS

from sayembara.documents import GENERATED
from sayembara.documents.fields import in_words
from sayembara.documents.schemas import schema_of
from sayembara.documents.sources import (
    SERVICES,
    hearers,
    said_by,
    subject,
)

HEAD = """\
# Events

Every event on the log, by the service that says it. The body of a message is the event's data as
JSON; its headers are a CloudEvent 1.0 (`ce-id`, `ce-source`, `ce-type`, `ce-time`, `ce-subject`,
`ce-dataschema`, `ce-correlationid`, `ce-causationid`). The optional header `traceparent` (W3C Trace
Context) names the trace that it belongs to. Numbers that must stay exact are strings.
What everybody may see of an event is its public view: a message of its own, without persons and
offices, with the same id and with the event's place on the log in `Sayembara-Position`.
`ce-dataschema` is the `$id` of the JSON Schema, the same wherever the system runs: the auditor
serves `urn:sayembara:schema:<type>` at `/schemas/<type>.json`, and that of the public view,
`urn:sayembara:schema:public:<type>`, at `/schemas/public/<type>.json`.
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
        f" {'yes' if event in SHOWN else 'no'} |"
        for event in EVENTS
    ]
    return "\n".join(("| event | said by | heard by | public |", "|---|---|---|---|", *rows, ""))


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
            f"- Public view: {_public(event)}",
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


def _public(event: type[Event]) -> str:
    if event not in SHOWN:
        return "none"
    names = [name for name in event.model_fields if name in SHOWN[event]]
    return f"`{public_subject(subject(event))}` with {', '.join(f'`{each}`' for each in names)}"


def _fields(event: type[Event]) -> list[str]:
    schema = schema_of(event)
    required = schema.get("required", [])
    return [
        f"| `{name}` | {in_words(field)} | {'' if name in required else 'optional'} |"
        for name, field in schema["properties"].items()
    ]


def _source(event: type[Event]) -> str:
    return "every service" if event.source == EVERY_SERVICE else event.source


def _hearers(event: type[Event]) -> str:
    return ", ".join(hearers(event)) or "nobody yet"


def _anchor(event: type[Event]) -> str:
    return event.type.replace(".", "")
