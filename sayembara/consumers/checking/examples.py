"""An example of an event, made from nothing but its JSON Schema."""

import re
from collections.abc import Mapping
from typing import Any

from sayembara.documents.schemas import rulebook_schema

Schema = Mapping[str, Any]

TEXTS = (
    "Contoh",
    "contoh",
    "1.5",
    "proposal.awarded.v1",
    "sha256:" + "0" * 64,
    "0" * 32,
    "A" * 43 + "=",
    "UA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCTYM5",
)
"""Whatever pattern a text must have, one of these has it: a test asks every event."""
FORMATS = {"date-time": "2026-08-17T03:00:00Z", "date": "2026-08-17"}
INTAKE = {"opens_at": "2026-08-17T03:00:00Z", "closes_at": "2026-08-31T03:00:00Z"}


def data_of(schema: Schema, edition: str) -> dict[str, Any]:
    """The example of an event of this edition, with a whole rulebook where one belongs."""
    data = {**example(schema), "edition": edition}
    if "rulebook" in data:
        data["rulebook"] = {**example(rulebook_schema()), "intake": INTAKE}
    return data


def example(schema: Schema, whole: Schema | None = None) -> Any:
    """The least that the schema takes: required fields only, the first of several choices."""
    whole = whole or schema
    if "$ref" in schema:
        return example(whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], whole)
    for said in ("const", "default"):
        if said in schema:
            return schema[said]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0], whole)
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(schema, whole)


def _of_type(schema: Schema, whole: Schema) -> Any:
    match schema.get("type"):
        case "object":
            return {
                name: example(schema["properties"][name], whole)
                for name in schema.get("required", ())
            }
        case "array":
            return [example(schema["items"], whole)] * int(schema.get("minItems", 0))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return _text(schema)


def _text(schema: Schema) -> str:
    if "format" in schema:
        return FORMATS[schema["format"]]
    pattern = schema.get("pattern", "")
    return next(text for text in TEXTS if re.search(pattern, text))
