"""On which line of a TOML text a key stands. TOML libraries do not tell."""

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

_ENDS = ('"""', "'''", "]")
"""What ends a value that spans lines, so that not every line of a long text is tried."""


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of the key at `path`, or of what encloses it most closely; 1 when nothing does."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of every table header and key of a valid TOML text, by its path.

    A path counts the items of a list from 0. What stands inside a value has the value's line.
    """
    lines: dict[Path, int] = {}
    last_item: dict[Path, int] = {}
    table: Path = ()
    for line, statement, parsed in _statements(text):
        keys, opens_item = _keys(parsed)
        if statement.lstrip().startswith("["):
            table = _table(keys, opens_item, last_item)
            lines.setdefault(table[:-1] if opens_item else table, line)
            lines.setdefault(table, line)
        else:
            for depth in range(1, len(keys) + 1):
                lines.setdefault((*table, *keys[:depth]), line)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    # A header or a key with its value may span lines; it ends where it can be read on its own.
    first, statement = 1, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        first = first if statement else number
        goes_on = bool(statement)
        statement += f"{line}\n"
        if goes_on and not any(end in line for end in _ENDS):
            continue
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if parsed:
            yield first, statement, parsed
        statement = ""


def _keys(parsed: Any) -> tuple[Path, bool]:
    keys: Path = ()
    while isinstance(parsed, dict) and len(parsed) == 1:
        key, parsed = next(iter(parsed.items()))
        keys = (*keys, key)
    return keys, isinstance(parsed, list)


def _table(keys: Path, opens_item: bool, last_item: dict[Path, int]) -> Path:
    path: Path = ()
    for depth, key in enumerate(keys, start=1):
        path = (*path, key)
        if opens_item and depth == len(keys):
            last_item[path] = last_item.get(path, -1) + 1
        if path in last_item:
            path = (*path, last_item[path])
    return path
