"""What every check of rows asks: is it there twice, and is what it names there at all."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from sayembara.play.files import Row
from sayembara.play.tables import Place

AnyRow = TypeVar("AnyRow", bound=Row)

SECRETARIAT = "secretariat"


def no_twins(rows: Iterable[AnyRow], what: str, key: Callable[[AnyRow], object]) -> None:
    """Trouble at the first row whose key an earlier row has."""
    seen: dict[object, Place] = {}
    for row in rows:
        first = seen.setdefault(key(row), row.place)
        if first is not row.place:
            raise row.place.trouble(f"{what}: the same stands on line {first.line} already")


def must_know(place: Place, what: str, named: str, known: Collection[str], file: str) -> None:
    """Trouble when `named` is not among those of `file`."""
    if named not in known:
        raise place.trouble(f"{what}: '{named}' is not in {file}")
