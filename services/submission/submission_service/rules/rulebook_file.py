"""Reading a rulebook from its TOML file, and telling every mistake with its line."""

import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from contracts.ids import PRINTABLE, EditionId
from contracts.outcomes import Invalid
from contracts.rulebook import Rulebook
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from submission_service.rules.rulebook_places import place_of
from submission_service.rules.toml_lines import Path, line_of, lines_of

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
OPEN = "?"
"""Stands in a rulebook for what is not known: nothing opens with it."""
_BY = "'rank', 'band' or 'decision'"
_STEPS = frozenset({"steps", "score", "tie_breaks", "more_sheets", "when"})
"""Where a name for formulas stands."""
_CUT_KINDS = ("number", "table")


def read_rulebook(file: bytes, edition: EditionId | None = None) -> Rulebook:
    """The rulebook in a TOML file, of `edition`; Invalid `rulebook_wrong` with all its mistakes.

    Each mistake is a line of the text: `line N: <path>: <what is wrong and what to do>`. A path
    counts from 1, as people do: `stages[1].criteria[3].weight`. Numbers stay exact.
    """
    text = _decode(file)
    try:
        # Strict, by way of JSON: so `true` is not 1, and 20190801 is not a moment.
        tree = json.dumps(_parse(text), default=str)
        rulebook = Rulebook.model_validate_json(tree, strict=True)
    except ValidationError as error:
        raise _wrong(*_explain(error, text)) from error
    if edition is not None and rulebook.id != edition:
        line = line_of(("id",), lines_of(text))
        what = f"is '{rulebook.id}', but the address says '{edition}': make them the same"
        raise _wrong(_mistake(line, "id", what))
    return rulebook


def _wrong(*mistakes: str) -> Invalid:
    return Invalid("rulebook_wrong", "\n".join(mistakes))


def _mistake(line: int, path: str, what: str) -> str:
    return f"line {line}: {path}: {what}"


def _decode(file: bytes) -> str:
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file[: error.start].count(b"\n") + 1
        raise _wrong(_mistake(line, "file", "is not UTF-8 here: save it as UTF-8")) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(_syntax_mistake(str(error), text)) from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        what = "a number is too long, or lists stand too deep in lists: correct it"
        raise _wrong(_mistake(1, "TOML", what)) from error


def _syntax_mistake(message: str, text: str) -> str:
    found = _AT_LINE.search(message)
    if found is None:
        return _mistake(text.count("\n") + 1, "TOML", f"{message}: correct it")
    what = f"{message[: found.start()]}, at column {found[2]}: correct it"
    return _mistake(int(found[1]), "TOML", what)


def _explain(error: ValidationError, text: str) -> list[str]:
    lines = lines_of(text)
    found = [told for each in error.errors() if not _is_echo(each) for told in _tell(each)]
    told = sorted((line_of(place, lines), _spell(place), what) for place, what in found)
    return [_mistake(*each) for each in told]


def _tell(error: ErrorDetails) -> Iterator[tuple[Path, str]]:
    place = _place(error)
    if error["type"] != "value_error":
        yield place, _what(error)
        return
    for text in error["msg"].removeprefix("Value error, ").split("\n"):
        yield place_of(text, place, error["input"]), f"{text}{_advice(text)}"


def _advice(text: str) -> str:
    if text.startswith("stage '") and ": write" not in text:
        return ": correct it"
    return ": correct one of them" if text.endswith("here twice") or "must be" in text else ""


def _is_echo(error: ErrorDetails) -> bool:
    # Once an item of a list is wrong, pydantic also finds the list too short without it.
    return error["type"] == "too_short" and bool(error["input"])


def _place(error: ErrorDetails) -> Path:
    place = error["loc"]
    # Pydantic puts the kind of award, or of cut, after the key.
    if place[:1] == ("awards",):
        place = place[:2] + place[3:]
    if place[2:3] == ("cut",) and place[3:4] and place[3] in _CUT_KINDS:
        place = place[:3] + place[4:]
    return (*place, "by") if error["type"].startswith("union_tag") else place


def _spell(place: Path) -> str:
    steps = (f"[{each + 1}]" if isinstance(each, int) else f".{each}" for each in place)
    return "".join(steps).removeprefix(".") or "rulebook"


def _what(error: ErrorDetails) -> str:
    given = _given(error["input"])
    match error["type"]:
        case "missing":
            return "is missing: write it"
        case "extra_forbidden":
            return "is not a key that belongs here: take it out, or correct its spelling"
        case "union_tag_invalid":
            return f"'{error['ctx']['tag']}' is no way to give an award: write {_BY}"
        case "union_tag_not_found":
            return f"is missing: write {_BY}"
        case _ if error["input"] == OPEN:
            return "is an open question: the organiser must say; write the answer here"
        case "model_type" if error["loc"][-2:] == ("cut", "table"):
            return f"{given} is no cut: write how many go on, or a table [stages.cut]"
        case "string_pattern_mismatch" if error["ctx"]["pattern"] == PRINTABLE:
            return "holds a control character: take it out"
        case "string_pattern_mismatch" if _STEPS & {*error["loc"]}:
            return f"{given} is no name for formulas: use a-z, 0-9 and _, a letter first"
        case "string_pattern_mismatch":
            return f"{given} is not an id: use 1 to 64 of a-z, 0-9 and hyphens, no hyphen first"
        case "literal_error":
            return f"{given} is not possible: write {error['ctx']['expected']}"
        case "timezone_aware" | "datetime_type" | "datetime_parsing":
            return f"{given} is not a moment: write it as 2019-09-20T23:59:00+08:00"
    return f"{given} does not fit: {error['msg'].removeprefix('Input ')}"


def _given(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False).replace('"', "'")
    return text if len(text) <= 60 else f"{text[:60]}…"
