"""`docs/schemas/`: the JSON Schema of each event and of its public view, and of a rulebook."""

import json
from collections.abc import Iterator
from typing import Any

from contracts.envelope import schema_uri
from contracts.event import Event
from contracts.public import SHOWN
from contracts.registry import EVENTS
from contracts.rulebook import Rulebook
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DecimalSchema

from sayembara.documents import GENERATED

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EXACT = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
"""How a number that must stay exact is written: pydantic says only that it is a string."""


class OnTheLog(GenerateJsonSchema):
    """How pydantic describes an event, with exact numbers told from other strings."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        """A string of this form."""
        return {**super().decimal_schema(schema), "pattern": EXACT}


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the data of an event as it is on the log."""
    found = event.model_json_schema(mode="serialization", schema_generator=OnTheLog)
    return {
        "$comment": GENERATED,
        "$schema": DIALECT,
        "$id": schema_uri(event.type),
        **({"deprecated": True} if event.deprecated else {}),
        **found,
    }


def public_schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the public view of an event that has one."""
    shown, whole = SHOWN[event], schema_of(event)
    schema = {
        **whole,
        "$id": schema_uri(event.type, "public"),
        "properties": {name: each for name, each in whole["properties"].items() if name in shown},
        "required": [name for name in whole.get("required", ()) if name in shown],
    }
    used = _named_in(schema["properties"], whole.get("$defs", {}))
    schema["$defs"] = {name: each for name, each in whole.get("$defs", {}).items() if name in used}
    return schema if used else {key: each for key, each in schema.items() if key != "$defs"}


def _named_in(part: Any, definitions: dict[str, Any]) -> set[str]:
    """The definitions that this part of a schema refers to, and what those refer to."""
    found: set[str] = set()
    waiting = list(_references(part))
    while waiting:
        name = waiting.pop().rsplit("/", 1)[-1]
        if name not in found:
            found.add(name)
            waiting += _references(definitions[name])
    return found


def _references(part: Any) -> Iterator[str]:
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for each in inside:
        yield from _references(each)
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        yield part["$ref"]


def rulebook_schema() -> dict[str, Any]:
    """The JSON Schema of a rulebook, for editors that complete and check the file."""
    identity = {"$comment": GENERATED, "$schema": DIALECT, "$id": schema_uri("rulebook")}
    return {**identity, **Rulebook.model_json_schema()}


def as_json(document: dict[str, Any]) -> str:
    """A document as indented JSON text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def render() -> dict[str, str]:
    """The file of each event, that of its public view, and that of the rulebook."""
    files = {f"schemas/{event.type}.json": as_json(schema_of(event)) for event in EVENTS}
    shown = {f"schemas/public/{event.type}.json": as_json(public_schema(event)) for event in SHOWN}
    return {**files, **shown, "schemas/rulebook.json": as_json(rulebook_schema())}
