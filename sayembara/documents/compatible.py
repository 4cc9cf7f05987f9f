"""Whether the schema of an event may follow another one: contracts change by addition.

What was written under the old schema must be read under the new one, and the other way round: old
messages stay on the log for ever, and consumers are not told to change. So what is there stays as
it is, and only optional fields are added.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

Schema = dict[str, Any]

WORDING = {"$comment", "$defs", "$id", "$schema", "deprecated", "description", "examples", "title"}
"""What says nothing of which messages a schema takes."""
NAMED = ("properties", "patternProperties")
INSIDE = {"items": "[]", "additionalProperties": "{}"}
"""Where a schema stands for each item, or for each value, and how that is written here."""
GONE = "was required, and may be absent"
NEEDED = "was optional, and is required"


class Change(NamedTuple):
    """One difference: where (`rows[].score`), what it is, and whether it breaks somebody."""

    field: str
    what: str
    breaks: bool


def bare(schema: Schema) -> Schema:
    """What a schema asks for, without its wording; parts that it names are put in their places."""
    found: Schema = _bare(schema, schema.get("$defs", {}), ())
    return found


def changes(old: Schema, new: Schema) -> tuple[Change, ...]:
    """How one bare schema differs from the one before it; nothing when they ask for the same."""
    return tuple(_changes("", old, new))


def _bare(part: Any, named: Schema, inside: tuple[str, ...]) -> Any:
    if isinstance(part, list):
        return [_bare(each, named, inside) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        name = str(part["$ref"]).rsplit("/", 1)[-1]
        if name in inside:
            return {"$comment": f"again {name}"}
        return _bare(named[name], named, (*inside, name))
    kept = {key: value for key, value in part.items() if key not in WORDING}
    return {key: _value(key, value, named, inside) for key, value in kept.items()}


def _value(key: str, value: Any, named: Schema, inside: tuple[str, ...]) -> Any:
    if key in NAMED:
        return {name: _bare(each, named, inside) for name, each in value.items()}
    if key in ("enum", "required"):
        return sorted(value, key=_text)
    if key in ("default", "const"):
        return value
    return _bare(value, named, inside)


def _changes(at: str, old: Schema, new: Schema) -> Iterator[Change]:
    if "anyOf" in old or "anyOf" in new:
        yield from _of_keyword(at, "default", old.get("default"), new.get("default"))
        yield from _of_choices(at, _choices(old), _choices(new))
        return
    for key in sorted({*old, *new} - {"properties", "required", *INSIDE}):
        yield from _of_keyword(at, key, old.get(key), new.get(key))
    yield from _of_fields(at, old, new)
    for key, sign in INSIDE.items():
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _changes(f"{at}{sign}", before, after)
        else:
            yield from _of_keyword(at, key, before, after)


def _of_keyword(at: str, key: str, before: Any, after: Any) -> Iterator[Change]:
    if _text(before) != _text(after):
        yield Change(at, f"{key} was {_text(before)}, and is {_text(after)}", breaks=True)


def _of_fields(at: str, old: Schema, new: Schema) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        field = _below(at, name)
        if name not in after:
            yield Change(field, "is no more", breaks=True)
            continue
        if (name in needed) != (name in needs):
            yield Change(field, GONE if name in needed else NEEDED, breaks=True)
        yield from _changes(field, before[name], after[name])
    closed = old.get("additionalProperties") is False
    for name in sorted(set(after) - set(before)):
        yield _added(_below(at, name), required=name in needs, closed=closed)


def _added(field: str, *, required: bool, closed: bool) -> Change:
    if required:
        return Change(field, "is new, and required: earlier messages lack it", breaks=True)
    if closed:
        return Change(field, "is new, where readers refuse what they do not know", breaks=True)
    return Change(field, "is new, and optional", breaks=False)


def _of_choices(at: str, old: list[Schema], new: list[Schema]) -> Iterator[Change]:
    """Choices are compared kind by kind, so that an object among them may gain a field."""
    before, after = _by_kind(old), _by_kind(new)
    for kind in sorted({*before, *after}):
        if kind in before and kind in after:
            yield from _changes(at, before[kind], after[kind])
        else:
            what = f"may no longer be {kind}" if kind in before else f"may now be {kind} too"
            yield Change(at, what, breaks=True)


def _choices(part: Schema) -> list[Schema]:
    one = {key: value for key, value in part.items() if key != "default"}
    choices: list[Schema] = part.get("anyOf", [one])
    return choices


def _by_kind(choices: list[Schema]) -> dict[str, Schema]:
    """Each choice by its type, or by all of it where several have that type."""
    kinds = [str(choice.get("type", _text(choice))) for choice in choices]
    return {
        kind if kinds.count(kind) == 1 else _text(choice): choice
        for kind, choice in zip(kinds, choices, strict=True)
    }


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _text(value: Any) -> str:
    return "absent" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)
