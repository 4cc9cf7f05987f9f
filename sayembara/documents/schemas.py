"""`docs/schemas/`: the JSON Schema of each event's data, and of a rulebook."""

import json
from typing import Any

from contracts.event import Event
from contracts.registry import EVENTS
from contracts.rulebook import Rulebook

from sayembara.documents.sources import GENERATED

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the data of an event as it is on the log."""
    found = event.model_json_schema(mode="serialization")
    return {
        "$comment": GENERATED,
        "$schema": DIALECT,
        "$id": f"/schemas/{event.type}.json",
        **found,
    }


def rulebook_schema() -> dict[str, Any]:
    """The JSON Schema of a rulebook, for editors that complete and check the file."""
    identity = {"$comment": GENERATED, "$schema": DIALECT, "$id": "/schemas/rulebook.json"}
    return {**identity, **Rulebook.model_json_schema()}


def as_json(document: dict[str, Any]) -> str:
    """A document as indented JSON text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def render() -> dict[str, str]:
    """The file of each event, and that of the rulebook."""
    files = {f"schemas/{event.type}.json": as_json(schema_of(event)) for event in EVENTS}
    return {**files, "schemas/rulebook.json": as_json(rulebook_schema())}
