"""A CSV file of an edition folder, read strictly: each mistake has its file and line."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sayembara.trouble import Trouble


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    path: Path
    line: int

    def trouble(self, text: str) -> Trouble:
        """What is wrong here, as `file:line: text`."""
        return Trouble(f"{self.path}:{self.line}: {text}")


@dataclass(frozen=True)
class Line:
    """One row of a table: its cells by column, and where it stands."""

    place: Place
    cells: dict[str, str]


def read_text(path: Path) -> str:
    """The file's text; Trouble when it is missing or is not UTF-8. A byte order mark is skipped."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise Trouble(f"{path}: is missing; examples/README.md says what it holds") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{path}: cannot be read as UTF-8 text: {error}") from error


def read_table(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> list[Line]:
    """The rows below the header, which must have exactly these columns in this order.

    Those of `optional` may be left out; then no row has a cell for them.
    """
    lines = [
        (Place(path, number), text)
        for number, text in enumerate(read_text(path).splitlines(), 1)
        if text.strip() and not text.startswith("#")
    ]
    if twice := [each for each in columns if columns.count(each) > 1]:
        raise Trouble(f"{path}: '{twice[0]}' heads two columns: rename it in rulebook.toml")
    if not lines:
        raise Place(path, 1).trouble(f"the header is missing: {','.join(columns)}")
    header = _header(*lines[0], columns, optional)
    return [_row(place, text, header) for place, text in lines[1:]]


def _header(
    place: Place, text: str, columns: Sequence[str], optional: Sequence[str]
) -> Sequence[str]:
    found = cells_of(place, text)
    if found != [each for each in columns if each not in optional or each in found]:
        may = f" ({', '.join(optional)} may be left out)" if optional else ""
        raise place.trouble(f"the header must be {','.join(columns)}{may}; it is {text}")
    return found


def _row(place: Place, text: str, columns: Sequence[str]) -> Line:
    cells = cells_of(place, text)
    if len(cells) != len(columns):
        raise place.trouble(f"{len(cells)} cells, but the header has {len(columns)} columns")
    return Line(place, dict(zip(columns, cells, strict=True)))


def cells_of(place: Place, text: str, separator: str = ",") -> list[str]:
    """The cells of one line of a CSV table; Trouble when it is none."""
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=separator, strict=True))]
    except csv.Error as error:
        raise place.trouble(f"not a row of a CSV table: {error}") from error
