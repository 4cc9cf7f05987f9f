"""What differs between two rulebooks, key by key."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contracts.rulebook import Rulebook

Path = tuple[str, ...]
Kind = Literal["changed", "added", "removed", "moved"]

WHOLE = frozenset({"where"})
"""What is compared whole: its keys are ids that the rulebook's author chose."""
TOLD_MAX = 120


@dataclass(frozen=True)
class Change:
    """One difference. An item of a list is named by its id: `stages.final.criteria.dampak.weight`.

    `moved` items are the same ones in another order; before and after are their ids.
    """

    path: Path
    kind: Kind
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {_told(self.before)} → {_told(self.after)}"

    @property
    def is_wording(self) -> bool:
        """Whether it changes only what something is called, or where it is said to come from."""
        if self.kind != "changed":
            return False
        *_, over, key = ("", *self.path)
        return key in ("name", "source") or (over == "name" and key in ("id", "en"))


def changes(before: Rulebook, after: Rulebook) -> tuple[Change, ...]:
    """Every difference, in the order of the rulebook; a key that is not said has its default."""
    old, new = (each.model_dump(mode="json") for each in (before, after))
    return tuple(_in_table((), old, new))


def _in_table(path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        yield from _between((*path, key), old.get(key), new.get(key))


def _between(path: Path, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict) and path[-1] not in WHOLE:
        yield from _in_table(path, old, new)
    elif _has_ids(old, new):
        yield from _in_list(path, old, new)
    elif old != new:
        yield Change(path, "changed", old, new)


def _has_ids(*lists: Any) -> bool:
    items = [item for each in lists for item in (each if isinstance(each, list) else [None])]
    return bool(items) and all(isinstance(item, dict) and "id" in item for item in items)


def _in_list(path: Path, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    before, after = ({each["id"]: each for each in items} for items in (old, new))
    for key in dict.fromkeys((*before, *after)):
        if key not in after:
            yield Change((*path, key), "removed", before[key], None)
        elif key not in before:
            yield Change((*path, key), "added", None, after[key])
        else:
            yield from _in_table((*path, key), before[key], after[key])
    kept = [[key for key in items if key in before and key in after] for items in (before, after)]
    if kept[0] != kept[1]:
        yield Change(path, "moved", list(before), list(after))


def _told(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(_said(value), ensure_ascii=False)
    return text if len(text) <= TOLD_MAX else f"{text[:TOLD_MAX]}…"


def _said(value: Any) -> Any:
    """Without the keys that say nothing."""
    if isinstance(value, dict):
        told = {key: _said(each) for key, each in value.items()}
        return {key: each for key, each in told.items() if each not in (None, "", [], {}, False)}
    return [_said(each) for each in value] if isinstance(value, list) else value
