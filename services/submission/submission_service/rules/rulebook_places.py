"""Where in a rulebook a mistake is that its text names: `stage 'final', limit 'agency': …`."""

import re
from typing import Any

from submission_service.rules.toml_lines import Path

_LISTS = {
    "section": ("sections",),
    "label": ("labels",),
    "stage": ("stages",),
    "award": ("awards",),
    "criterion": ("criteria",),
    "step": ("steps",),
    "panel": ("panels",),
    "band": ("bands",),
    "limit": ("limits",),
    "value": ("values",),
}
_OF_STAGE = "stage '([^']+)'"

Way = tuple[str | int, ...]
"""Keys on the way to the place; a number stands for the item that so many quotes in name."""

_WAYS: tuple[tuple[re.Pattern[str], Way], ...] = tuple(
    (re.compile(pattern), way)
    for pattern, way in (
        *((f"{kind} '([^']+)' is here twice", (*of, 1)) for kind, of in _LISTS.items()),
        ("part '[^']+' is here twice", ("parts",)),
        ("label '([^']+)' is what every", ("labels", 1, "id")),
        ("criterion '([^']+)' names the panel", ("criteria", 1, "panel")),
        ("criterion '([^']+)' is marked per part", ("criteria", 1, "per")),
        ("award '([^']+)' names the stage", ("awards", 1, "stage")),
        ("award '([^']+)' names the band", ("awards", 1, "band")),
        (f"{_OF_STAGE}, step '([^']+)': ", ("stages", 1, "steps", 2, "formula")),
        (f"{_OF_STAGE}, limit '([^']+)': ", ("stages", 1, "cut", "limits", 2)),
        (f"{_OF_STAGE}: the name '([^']+)' is taken", ("stages", 1, "steps", 2, "id")),
        (f"{_OF_STAGE}: the step '([^']+)' makes", ("stages", 1, "steps", 2, "formula")),
        (f"{_OF_STAGE} has band '([^']+)' when", ("stages", 1, "bands", 2, "when")),
        (f"{_OF_STAGE} asks for more sheets", ("stages", 1, "more_sheets")),
    )
)
_RANKS_BY = re.compile(f"{_OF_STAGE} ranks by '([^']+)'")


def place_of(text: str, around: Path, given: Any) -> Path:
    """The place of the mistake that `text` tells of what was `given` at `around`."""
    if found := _RANKS_BY.match(text):
        return (*around, *_ranked_by(found[1], found[2], given))
    for pattern, way in _WAYS:
        if found := pattern.match(text):
            return (*around, *_follow(way, found.groups(), given))
    return around


def _follow(way: Way, ids: tuple[str, ...], given: Any) -> Path:
    path: Path = ()
    for each in way:
        key = _last(ids[each - 1], given) if isinstance(each, int) else each
        if isinstance(given, dict) and key not in given:
            break  # what is not written is meant by default
        path, given = (*path, key), given[key]
    return path


def _last(item: str, given: list[Any]) -> int:
    # Of two with the same id the later one is the mistake.
    return max(number for number, each in enumerate(given) if each["id"] == item)


def _ranked_by(stage: str, step: str, given: Any) -> Path:
    path = _follow(("stages", 1), (stage,), given)
    written = given["stages"][path[1]]
    if written.get("score") == step:
        return (*path, "score")
    return (*path, "tie_breaks") if step in written.get("tie_breaks", ()) else path
