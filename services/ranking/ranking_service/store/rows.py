"""How a row of a table and what the store gives back are made of each other."""

from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from contracts.ids import EditionId, JurorId, PartId, ProposalId, StageId
from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Table, and_

from ranking_service.engine.exact import Fraction
from ranking_service.rules import Marks, score_text
from ranking_service.store.records import Tally

Key = tuple[EditionId, StageId, ProposalId]
Giver = tuple[JurorId, PartId]
"""Whose sheet it is, and of which part of the proposal; of the whole where that is empty."""


class Sheet(NamedTuple):
    """The version of a juror's sheet that is kept."""

    version: int
    marks: Marks


def at(table: Table, **key: object) -> ColumnElement[bool]:
    """The rows of the table whose columns have these values."""
    return and_(*(table.c[name] == value for name, value in key.items()))


def number(text: str | None) -> Decimal | None:
    """An exact number as it is kept: text."""
    return None if text is None else Decimal(text)


def numbers_in(text: str) -> dict[str, Fraction]:
    """Exact numbers by name, as they are kept: text of their quotients."""
    return {name: Fraction(each) for name, each in from_json(text).items()}


def key_row(key: Key) -> dict[str, str]:
    """The columns of the key."""
    return dict(zip(("edition", "stage", "proposal"), key, strict=True))


def standing_row(key: Key, tally: Tally, asked: int) -> dict[str, Any]:
    """A proposal in a stage."""
    edition, stage, proposal = key
    numbers = {name: str(each) for name, each in sorted(tally.numbers.items())}
    return {
        "edition": edition,
        "stage": stage,
        "proposal": proposal,
        "score": score_text(tally.score),
        "sheets": tally.sheets,
        "numbers": to_json(numbers).decode() if numbers else "{}",
        "asked": asked,
    }


def sheet_row(place: tuple[Key, Giver], sheet: Sheet) -> dict[str, Any]:
    """A sheet."""
    (edition, stage, proposal), (juror, part) = place
    return {
        "edition": edition,
        "stage": stage,
        "proposal": proposal,
        "juror": juror,
        "part": part,
        "version": sheet.version,
        "marks": to_json(sheet.marks).decode(),
    }


def marks_in(text: str) -> Marks:
    """Marks as they are kept: text."""
    return {criterion: _mark(mark) for criterion, mark in from_json(text).items()}


# Most marks come again and again.
@lru_cache(maxsize=65_536)
def _mark(text: str) -> Decimal:
    return Decimal(text)
