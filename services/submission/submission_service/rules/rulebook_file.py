"""Reading a rulebook from its TOML file, and telling every mistake with its line."""

import json
import re
import tomllib
from decimal import Decimal
from typing import Any

from contracts.ids import EditionId
from contracts.outcomes import Invalid
from contracts.rulebook import Rulebook
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from submission_service.rules.toml_lines import Path, line_of, lines_of

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_NAMED = re.compile(r"Value error, (section|stage|criterion|award) '([^']+)'")
_STEP = re.compile(r"Value error, stage '([^']+)', step '([^']+)': ")
_LISTS = {"section": "sections", "stage": "stages", "criterion": "criteria", "award": "awards"}


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
    found = [(_place(each), _what(each)) for each in error.errors() if not _is_echo(each)]
    told = sorted((line_of(place, lines), _spell(place), what) for place, what in found)
    return [_mistake(*each) for each in told]


def _is_echo(error: ErrorDetails) -> bool:
    # Once an item of a list is wrong, pydantic also finds the list too short without it.
    return error["type"] == "too_short" and bool(error["input"])


def _place(error: ErrorDetails) -> Path:
    place = error["loc"]
    if place[:1] == ("awards",):
        place = place[:2] + place[3:]  # pydantic puts the kind of award after its index
    if error["type"].startswith("union_tag"):
        return (*place, "by")
    if step := _STEP.match(error["msg"]):
        return _place_of_step(error["input"]["stages"], *step.groups())
    if named := _NAMED.match(error["msg"]):
        items = _LISTS[named[1]]
        ids = [item["id"] for item in error["input"][items]]
        return (*place, items, len(ids) - 1 - ids[::-1].index(named[2]))
    return place


def _place_of_step(stages: list[Any], stage_id: str, step_id: str) -> Path:
    stage = next(each for each in range(len(stages)) if stages[each]["id"] == stage_id)
    steps = [each["id"] for each in stages[stage]["steps"]]
    return ("stages", stage, "steps", steps.index(step_id), "formula")


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
            return f"'{error['ctx']['tag']}' is no way to give an award: write 'rank' or 'decision'"
        case "union_tag_not_found":
            return "is missing: write 'rank' or 'decision'"
        case "string_pattern_mismatch" if "steps" in error["loc"]:
            return f"{given} is no name for formulas: use a-z, 0-9 and _, a letter first"
        case "string_pattern_mismatch":
            return f"{given} is not an id: use 1 to 64 of a-z, 0-9 and hyphens, no hyphen first"
        case "literal_error":
            return f"{given} is not possible: write {error['ctx']['expected']}"
        case "value_error":
            text = error["msg"].removeprefix("Value error, ")
            of_a_formula = text.startswith("stage '") and not text.endswith("here twice")
            return f"{text}: correct {'it' if of_a_formula else 'one of them'}"
        case "timezone_aware" | "datetime_type" | "datetime_parsing":
            return f"{given} is not a moment: write it as 2019-09-20T23:59:00+08:00"
    return f"{given} does not fit: {error['msg'].removeprefix('Input ')}"


def _given(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False).replace('"', "'")
    return text if len(text) <= 60 else f"{text[:60]}…"
