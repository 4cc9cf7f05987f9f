"""docs/personal-data.md says of every field of an event, and every column, what it holds."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from contracts.registry import EVENTS
from contracts.rulebook import Rulebook
from kit import tables
from pydantic import BaseModel

from sayembara.documents.sources import SERVICES

PAGE = Path(__file__).parents[2] / "docs" / "personal-data.md"


def classified() -> set[str]:
    """The names in the first cells of the last section's table."""
    rows = PAGE.read_text("utf-8").partition("## Every field and column")[2].splitlines()
    cells = [line.split("|")[1] for line in rows if line.startswith("| `")]
    names = [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]
    assert len(names) == len(set(names)), "a name is classified once"
    return set(names)


def fields(kind: Any) -> Iterator[str]:
    """The fields of what is on the log, down to the smallest; a rulebook is one of them."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Rulebook:
        for name, field in kind.model_fields.items():
            yield name
            yield from fields(field.annotation)
    for part in get_args(kind):
        yield from fields(part)


def columns() -> set[tuple[str, str]]:
    """Each column of each store, as its table and its name."""
    stores = [tables.metadata, *(service.metadata for service in SERVICES)]
    return {(each.name, column.name) for one in stores for each in one.sorted_tables
            for column in each.columns}  # fmt: skip


def test_every_field_of_every_event_is_classified() -> None:
    found = {f"{event.type}: {name}" for event in EVENTS for name in fields(event)}
    assert {each for each in found if each.partition(": ")[2] not in classified()} == set()


def test_every_column_of_every_store_is_classified() -> None:
    known = classified()
    found = {f"{table}.{name}" for table, name in columns() if name not in known}
    assert found - known == set()


def test_nothing_is_classified_that_is_not_there() -> None:
    there = {name for event in EVENTS for name in fields(event)}
    there |= {name for _, name in columns()} | {f"{table}.{name}" for table, name in columns()}
    assert classified() - there == set()


def test_no_name_of_a_table_says_too_little() -> None:
    # A column whose name other tables use for something else is named with its table everywhere.
    named = {each for each in classified() if "." in each}
    assert {each.partition(".")[2] for each in named} & classified() == set()
