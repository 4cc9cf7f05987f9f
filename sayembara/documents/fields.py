"""The fields of an event in words: their names, types, bounds and meanings."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from contracts.event import Event
from contracts.public import SHOWN

from sayembara.documents.meanings import meaning
from sayembara.documents.schemas import EXACT, schema_of

Schema = dict[str, Any]


class Field(NamedTuple):
    """One field, or a field of a part (`rows[].score`); `public` when everybody may see it."""

    name: str
    type: str
    required: bool
    public: bool
    meaning: str


def fields(event: type[Event]) -> list[Field]:
    """Every field of an event, each part's own ones after it."""
    whole = schema_of(event)
    return list(_fields(event, "", whole, whole.get("$defs", {})))


def _fields(event: type[Event], above: str, part: Schema, named: Schema) -> Iterator[Field]:
    needed = part.get("required", ())
    for name, field in part.get("properties", {}).items():
        path = f"{above}.{name}" if above else name
        public = path.split(".")[0].removesuffix("[]") in SHOWN.get(event, ())
        yield Field(path, in_words(field), name in needed, public, meaning(event.type, path))
        for sign, reference in _parts(field):
            yield from _fields(event, path + sign, named[reference], named)


def _parts(field: Schema, sign: str = "") -> Iterator[tuple[str, str]]:
    """The definitions that a field is made of, and how they are written below it."""
    if "$ref" in field:
        yield sign, _last(field["$ref"])
    if isinstance(field.get("items"), dict):
        yield from _parts(field["items"], "[]")
    for each in field.get("anyOf", ()):
        yield from _parts(each, sign)


def in_words(field: Schema) -> str:
    """The type of a field in words, with its bounds."""
    if "anyOf" in field:
        return " or ".join(in_words(each) for each in field["anyOf"])
    if "$ref" in field:
        return _last(field["$ref"])
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {in_words(field['items'])}"
    return " ".join((_word(field), *_bounds(field)))


def _last(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def _word(field: Schema) -> str:
    pattern = str(field.get("pattern", ""))
    if pattern.startswith("^[a-z0-9]"):
        return "id"
    if pattern.startswith("^sha256"):
        return "digest `sha256:…`"
    if pattern == EXACT:
        return "exact decimal, as a string"
    formats = {"date-time": "moment", "date": "date"}
    return formats.get(field.get("format", ""), str(field["type"]))


def _bounds(field: Schema) -> list[str]:
    bounds = []
    if "minimum" in field:
        bounds.append(f"from {field['minimum']}")
    if "maxLength" in field:
        bounds.append(f"up to {field['maxLength']} characters")
    return bounds
