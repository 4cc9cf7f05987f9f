"""A doubt, and the place in a rulebook file that it is about."""

from typing import NamedTuple

Path = tuple[str | int, ...]


class Doubt(NamedTuple):
    """What is doubtful; `path` leads to it, items of a list counted from 0."""

    path: Path
    text: str
