"""A spreadsheet of marks, as a CSV file: read whole, with every line that is wrong."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.ids import CriterionId, Reason, Token
from pydantic import TypeAdapter, ValidationError

from sayembara.play.tables import Place, cells_of, read_text
from sayembara.trouble import Trouble

NEEDED = ("stage", "proposal", "juror")
OPTIONAL = ("part", "reason")

NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
TOKEN: TypeAdapter[str] = TypeAdapter(Token)
REASON: TypeAdapter[str] = TypeAdapter(Reason)


@dataclass(frozen=True)
class SheetLine:
    """One sheet, as its line says it; marks are exact decimal text."""

    line: int
    stage: str
    proposal: str
    juror: str
    part: str | None
    reason: str | None
    marks: dict[CriterionId, str]

    @property
    def key(self) -> tuple[str, ...]:
        """Whose sheet it is, for what."""
        return self.stage, self.proposal, self.juror, self.part or ""

    def as_sent(self) -> dict[str, Any]:
        """As evaluation takes it; what is not said is left out."""
        said = {name: getattr(self, name) for name in ("line", *NEEDED, *OPTIONAL, "marks")}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class _Form:
    """How the lines below the header are to be read."""

    columns: Sequence[str]
    separator: str

    def cells(self, place: Place, text: str) -> dict[str, str]:
        found = _without_empty_end(cells_of(place, text, self.separator), len(self.columns))
        if len(found) != len(self.columns):
            told = f"{len(found)} cells, but the header has {len(self.columns)} columns"
            raise place.trouble(told)
        return dict(zip(self.columns, found, strict=True))


def read_sheets(path: Path) -> list[SheetLine]:
    """The sheets in the file; Trouble, with every line that is wrong, when one is.

    Commas or semicolons stand between the cells. Marks have a decimal point; where semicolons
    separate, a comma as well.
    """
    lines = [
        (Place(path, number), text)
        for number, text in enumerate(read_text(path).splitlines(), 1)
        if text.strip(" \t,;") and not text.startswith("#")
    ]
    if not lines:
        raise Place(path, 1).trouble(f"the header is missing: {','.join(NEEDED)},… criteria")
    form = _form(*lines[0])
    rows: list[SheetLine] = []
    mistakes: list[str] = []
    for place, text in lines[1:]:
        try:
            rows.append(_row(place, form.cells(place, text), form))
        except Trouble as trouble:
            mistakes.append(str(trouble))
    mistakes += _twins(path, rows)
    if mistakes:
        told = "\n".join(mistakes)
        raise Trouble(f"{path}: {len(mistakes)} to correct; nothing was taken\n{told}")
    if not rows:
        raise Place(path, 1).trouble("there is no sheet below the header")
    return rows


def _form(place: Place, text: str) -> _Form:
    separator = ";" if ";" in text else ","
    columns = _without_empty_end(cells_of(place, text, separator), 0)
    if len(columns) == 1:
        raise place.trouble("the header is one cell: separate the columns by commas or semicolons")
    for missing in (each for each in NEEDED if each not in columns):
        raise place.trouble(f"the header has no column '{missing}'")
    if twice := [each for each in columns if columns.count(each) > 1]:
        raise place.trouble(f"'{twice[0]}' heads two columns")
    criteria = [each for each in columns if each not in (*NEEDED, *OPTIONAL)]
    for each in criteria:
        _fit(place, "column", each)
    if not criteria:
        raise place.trouble("the header names no criterion: each has a column of its own")
    return _Form(columns, separator)


def _without_empty_end(cells: list[str], least: int) -> list[str]:
    # A spreadsheet writes empty columns to the right of the table as well.
    while len(cells) > least and not cells[-1]:
        cells = cells[:-1]
    return cells


def _row(place: Place, cells: dict[str, str], form: _Form) -> SheetLine:
    for name in (*NEEDED, *(["part"] if cells.get("part") else [])):
        _fit(place, name, cells[name])
    reason = cells.get("reason") or None
    if reason is not None:
        _fit(place, "reason", reason, REASON)
    marks = {
        each: _mark(place, each, cells[each], form.separator)
        for each in form.columns
        if each not in (*NEEDED, *OPTIONAL) and cells[each]
    }
    if not marks:
        raise place.trouble("there is no mark: write one, or take the line out")
    given = {name: cells[name] for name in NEEDED}
    part = cells.get("part") or None
    return SheetLine(line=place.line, part=part, reason=reason, marks=marks, **given)


def _fit(place: Place, what: str, given: str, form: TypeAdapter[str] = TOKEN) -> None:
    try:
        form.validate_python(given)
    except ValidationError as error:
        if not given:
            raise place.trouble(f"{what}: is empty: fill it in") from error
        todo = "use 1 to 64 of a-z, 0-9 and hyphens, no hyphen first"
        if form is REASON:
            todo = "use 3 to 2000 characters"
        raise place.trouble(f"{what}: {given!r} does not fit: {todo}") from error


def _mark(place: Place, criterion: str, given: str, separator: str) -> str:
    mark = given.replace(",", ".") if separator == ";" and "." not in given else given
    if NUMBER.fullmatch(mark):
        return _plain(mark)
    told = f"{criterion}: {given!r} is no mark: write digits, and at most one decimal point"
    if "," in given and separator == ",":
        told = f"{criterion}: {given!r}: a decimal comma is read only where ; separates the cells"
    raise place.trouble(told)


def _plain(mark: str) -> str:
    sign, digits = ("-", mark[1:]) if mark.startswith("-") else ("", mark)
    whole, point, rest = digits.partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{point}{rest}"


def _twins(path: Path, rows: Sequence[SheetLine]) -> Iterator[str]:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        line = first.setdefault(row.key, row.line)
        if line != row.line:
            named = " ".join(filter(None, row.key))
            yield f"{path}:{row.line}: the sheet {named} stands on line {line} already"
