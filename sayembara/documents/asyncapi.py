"""`docs/asyncapi.json`: the log as an AsyncAPI 3.0.0 document."""

import inspect
from importlib.metadata import version
from typing import Any

from contracts.envelope import CONTENT_TYPE, MESSAGE_ID, Envelope, schema_uri
from contracts.event import Event
from contracts.public import SHOWN, public_filter, public_headers, public_subject
from contracts.registry import EVENTS
from contracts.stream import PUBLIC_STREAM, STREAM
from kit.tracing import FORM, TRACEPARENT

from sayembara.addresses import NATS_PORT
from sayembara.documents import GENERATED
from sayembara.documents.schemas import as_json
from sayembara.documents.sources import SERVICES, hears, speakers, subject

SERVER = {
    "host": "{host}:{port}",
    "protocol": "nats",
    "description": "JetStream. Who may do what there is said by account: see the guide.",
    "variables": {
        "host": {"default": "127.0.0.1", "description": "Where the system runs."},
        "port": {"default": str(NATS_PORT), "description": "The usual port of the embedded form."},
    },
}

PARAMETERS = {
    "service": "The service that says it.",
    "edition": "The edition.",
    "position": "The position of a message on the log.",
    "party": "The agency, the juror, or `secretariat`.",
}

Document = dict[str, Any]


def render() -> dict[str, str]:
    """The file."""
    return {"asyncapi.json": as_json(document())}


def document() -> Document:
    """The document."""
    return {
        "asyncapi": "3.0.0",
        "x-generated": GENERATED,
        "info": {
            "title": "Sayembara",
            "version": version("sayembara"),
            "description": (
                f"Every event of every edition, on the JetStream stream {STREAM}; what everybody"
                f" may see of it, on {PUBLIC_STREAM}."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"log": SERVER},
        "channels": {
            **{_channel_id(event): _channel(event) for event in EVENTS},
            **{f"public.{event.type}": _public_channel(event) for event in SHOWN},
        },
        "operations": dict(_operations()),
        "components": {
            "messages": {
                **{event.type: message(event) for event in EVENTS},
                **{f"public.{event.type}": _public_message(event) for event in SHOWN},
            },
            "schemas": {"headers": _headers(), "public-headers": _public_headers()},
            "correlationIds": {
                "correlation": {
                    "description": "The request that everything said because of it shares.",
                    "location": "$message.header#/ce-correlationid",
                }
            },
        },
    }


def _channel_id(event: type[Event]) -> str:
    return f"{event.source.replace('*', 'any')}.{event.type}"


def _channel(event: type[Event]) -> Document:
    return {
        "address": subject(event),
        "description": inspect.getdoc(event),
        "messages": {event.type: {"$ref": f"#/components/messages/{event.type}"}},
        "parameters": _parameters(subject(event)),
        **_place(STREAM, event.filter()),
    }


def _public_channel(event: type[Event]) -> Document:
    """What everybody may see of the event; notification writes it there."""
    name, address = f"public.{event.type}", public_subject(subject(event))
    return {
        "address": address,
        "description": f"The public view. {inspect.getdoc(event)}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "parameters": _parameters(address),
        **_place(PUBLIC_STREAM, public_filter(event)),
    }


def _parameters(address: str) -> Document:
    parts = [part[1:-1] for part in address.split(".") if part.startswith("{")]
    return {part: {"description": PARAMETERS.get(part, f"The {part}.")} for part in parts}


def _place(stream: str, subjects: str) -> Document:
    """The binding; AsyncAPI's own for NATS has no word for JetStream yet."""
    return {
        "bindings": {"nats": {"bindingVersion": "0.1.0"}},
        "x-jetstream": {"stream": stream, "filter": subjects},
    }


def _operations() -> list[tuple[str, Document]]:
    said = [
        (f"{speaker}.says.{event.type}", _operation("send", event))
        for event in EVENTS
        for speaker in speakers(event)
    ]
    heard = [
        (f"{service.name}.hears.{event.type}", _operation("receive", event))
        for service in SERVICES
        for event in EVENTS
        if hears(service, event)
    ]
    shown = [
        (f"notification.shows.{event.type}", _shows(f"public.{event.type}")) for event in SHOWN
    ]
    return said + heard + shown


def _operation(action: str, event: type[Event]) -> Document:
    channel = f"#/channels/{_channel_id(event)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.type}"}],
    }


def _shows(name: str) -> Document:
    channel = f"#/channels/{name}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"}],
    }


def message(event: type[Event]) -> Document:
    """What the document says of the messages of one event."""
    # AsyncAPI 3.0 has no word of its own for a message that goes.
    gone = event.deprecated
    return {
        **({"x-deprecated": gone.model_dump(mode="json")} if gone else {}),
        "name": event.type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").split("\n", maxsplit=1)[0],
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {"$ref": f"schemas/{event.type}.json"},
        "correlationId": {"$ref": "#/components/correlationIds/correlation"},
    }


def _public_message(event: type[Event]) -> Document:
    shown = {key: value for key, value in message(event).items() if key != "correlationId"}
    return {
        **shown,
        "headers": {"$ref": "#/components/schemas/public-headers"},
        "payload": {"$ref": f"schemas/public/{event.type}.json"},
    }


def _public_headers() -> Document:
    whole = _headers()
    kept = public_headers(dict.fromkeys(whole["properties"], ""), 0)
    place = {"type": "string", "description": "The position of the event on the log."}
    fields = {name: whole["properties"].get(name, place) for name in kept}
    return {**whole, "required": list(fields), "properties": fields}


def _headers() -> Document:
    """The headers of every message: CloudEvents 1.0 in binary mode, and the message id of NATS."""
    facts = Envelope.model_json_schema(mode="serialization")
    text = {"type": "string"}
    named = {f"ce-{name}": {**text, "description": MEANING[name]} for name in facts["properties"]}
    required = [f"ce-{name}" for name in facts["required"]]
    return {
        "type": "object",
        "description": "Values are percent-encoded as the CloudEvents HTTP binding says.",
        "required": [MESSAGE_ID, "content-type", "ce-specversion", *required],
        "properties": {
            MESSAGE_ID: {**text, "description": "The event's id again: JetStream drops doubles."},
            "content-type": {"const": CONTENT_TYPE},
            "ce-specversion": {"const": "1.0"},
            **named,
            TRACEPARENT: {**text, "pattern": f"^{FORM.pattern}$", "description": _TRACE},
        },
    }


_TRACE = "The trace that the event belongs to (W3C Trace Context); absent when there is none."


MEANING = {
    "id": "The event's id, a UUID of version 7.",
    "source": "The service that says it: /sayembara/<service>.",
    "type": "The event's type with its version.",
    "time": "When it was said, by the service's clock (RFC 3339).",
    "subject": "The id of what the event is about.",
    "dataschema": (
        f"The JSON Schema of the data, by its $id: {schema_uri('<type>')}, and of the public view"
        f" {schema_uri('<type>', 'public')}. The same wherever the system runs; the auditor serves"
        " it at /schemas/<type>.json and /schemas/public/<type>.json. An event that was said before"
        " this was so has that address instead."
    ),
    "correlationid": "The request or event with which all of it began.",
    "causationid": "The id of the event right before this one; absent when a request came before.",
}
