"""Numbers that a rulebook does not know: its open questions, and a play's answers to them."""

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from contracts.rulebook import Words
from submission_service.rules.toml_lines import line_of, lines_of

from sayembara.play.forms import Part, read_toml
from sayembara.play.tables import Place, read_text

UNKNOWN = "?"
"""Stands in a rulebook for a number that the organiser must still say."""

TEXTS = frozenset({"source", "name", "organiser"})
"""Here a question mark is a text like any other."""

TomlPath = tuple[str | int, ...]


class Answered(Part):
    """What stands in for a number that the rulebook does not know, in this play alone, and why."""

    at: str
    value: Any
    why: Words


class Answers(Part):
    """`answers.toml`: an answer for each open question of the rulebook."""

    answers: tuple[Answered, ...]


@dataclass(frozen=True)
class Question:
    """An unknown number: where it stands, by names and by numbers of list items, and its line."""

    at: str
    path: TomlPath
    line: int

    def spelled(self) -> str:
        """Its path as mistakes of a rulebook spell it: `stages[1].criteria[3].weight`."""
        steps = (f"[{each + 1}]" if isinstance(each, int) else f".{each}" for each in self.path)
        return "".join(steps).removeprefix(".")


def questions(text: str) -> list[Question]:
    """Every `"?"` of a rulebook, as it stands in the text; none where the text is no TOML."""
    try:
        tree = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return []
    lines = lines_of(text)
    found = [Question(at, path, line_of(path, lines)) for at, path in _unknown(tree, (), ())]
    return sorted(found, key=lambda each: each.line)


def _unknown(value: Any, names: tuple[str, ...], path: TomlPath) -> Iterator[tuple[str, TomlPath]]:
    if value == UNKNOWN:
        yield ".".join(names), path
    elif isinstance(value, dict):
        for key in (each for each in value if each not in TEXTS):
            yield from _unknown(value[key], (*names, key), (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            own = each.get("id") if isinstance(each, dict) else None
            name = own if isinstance(own, str) else str(index + 1)
            yield from _unknown(each, (*names, name), (*path, index))


def read_answers(path: Path) -> tuple[Answered, ...]:
    """The answers of an edition folder; none when it has no `answers.toml`."""
    return read_toml(path, Answers).answers if path.is_file() else ()


def answered(file: Path, text: str, answers: Sequence[Answered]) -> str:
    """The rulebook's text with every open question answered, each on its line.

    Trouble when a question has no answer, or an answer no question.
    """
    asked = questions(text)
    given = _by_question(file.with_name("answers.toml"), asked, answers)
    for each in asked:
        if each.at not in given:
            raise Place(file, each.line).trouble(
                f'{each.at}: is not known ("?"): write the number, or for a play answer it in'
                " answers.toml"
            )
        text = _put(file, text, each, given[each.at].value)
    return text


def _by_question(
    file: Path, asked: Sequence[Question], answers: Sequence[Answered]
) -> Mapping[str, Answered]:
    known = {each.at for each in asked}
    found: dict[str, Answered] = {}
    for number, each in enumerate(answers):
        if wrong := _wrong(each, known, found):
            line = line_of(("answers", number, "at"), lines_of(read_text(file)))
            raise Place(file, line).trouble(f"'{each.at}' {wrong}")
        found[each.at] = each
    return found


def _wrong(answer: Answered, known: Collection[str], found: Collection[str]) -> str | None:
    if answer.at in found:
        return "is answered twice: take it out"
    if answer.at not in known:
        return "is no open question of rulebook.toml: take it out"
    if isinstance(answer.value, list | dict):
        return "is answered by several values: write one"
    return None


def _put(file: Path, text: str, question: Question, value: Any) -> str:
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: question.line - 1]))
    key = re.escape(str(question.path[-1]))
    sought = re.compile(rf"""(?<![\w-])({key}\s*=\s*)(?:"\?"|'\?')""")
    if found := sought.search(text, start):
        put = _written(str(value) if question.path[-1] == "formula" else value)
        there = f"{text[: found.start()]}{found[1]}{put}{text[found.end() :]}"
        # What was put in is looked at again: it shall answer this question and no other.
        if question.path not in {each.path for each in questions(there)}:
            return there
    raise Place(file, question.line).trouble(f"{question.at}: give it a line of its own")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(Decimal(value), "f")
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(str(value), ensure_ascii=False)
