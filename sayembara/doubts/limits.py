"""Limits of a cut that cannot be met, whoever enters."""

from collections.abc import Iterator

from contracts.cut import Cut, Limit
from contracts.rulebook import Label, Rulebook

from sayembara.doubts.doubt import Doubt

Labels = dict[str, Label]

WHOLE = Limit(id="cut", at_least=0)
"""It counts everyone."""


def limits_that_cannot_be_met(rulebook: Rulebook) -> Iterator[Doubt]:
    """Limits that ask for more than there is room for."""
    labels = {label.id: label for label in rulebook.labels}
    for number, stage in enumerate(rulebook.stages):
        if stage.cut is not None:
            for key, text in _of_cut(stage.cut, labels):
                yield Doubt(("stages", number, "cut", *key), f"stage '{stage.id}': {text}")


def _of_cut(cut: Cut, labels: Labels) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from (((), text) for text in _more_than_top(cut, labels))
    for number, limit in enumerate(cut.limits):
        yield from ((("limits", number), text) for text in _against(limit, cut, labels))
        most = _room(WHOLE, limit, labels)
        if cut.top is not None and most is not None and most < cut.top:
            text = f"limit '{limit.id}' lets at most {most} on, and the cut is {cut.top}"
            yield ("limits", number), text


def _against(limit: Limit, cut: Cut, labels: Labels) -> Iterator[str]:
    for other in cut.limits if limit.at_least is not None else ():
        most = _room(limit, other, labels)
        if other is not limit and most is not None and (limit.at_least or 0) > most:
            yield (
                f"limit '{limit.id}' asks for at least {limit.at_least}, and '{other.id}' lets at"
                f" most {most} of them on"
            )


def _more_than_top(cut: Cut, labels: Labels) -> Iterator[str]:
    if cut.top is None:
        return
    for label in dict.fromkeys(name for limit in cut.limits for name in limit.labels()):
        asked = _asked_by_value(cut, label, labels)
        if sum(asked.values()) > cut.top:
            told = " + ".join(str(each) for each in asked.values())
            yield (
                f"its limits ask for at least {told} by '{label}', which is more than the cut of"
                f" {cut.top}"
            )


def _asked_by_value(cut: Cut, label: str, labels: Labels) -> dict[str, int]:
    """How many at least of each value of the label; kinds that overlap are not added up."""
    asked: dict[str, int] = {}
    for limit in cut.limits:
        if not limit.at_least:
            continue
        values = [limit.where[label]] if label in limit.where else []
        if limit.of == label and label in labels and not limit.where:
            values = [each.id for each in labels[label].values]
        for value in values:
            asked[value] = max(asked.get(value, 0), limit.at_least)
    return asked


def _room(limit: Limit, other: Limit, labels: Labels) -> int | None:
    """How many of those that `limit` counts `other` lets on; None where it sets no bound."""
    if other.at_most is None or not other.where.items() <= limit.where.items():
        return None
    if other.of is None or other.of in limit.where or other.of == limit.of:
        return other.at_most
    label = labels.get(other.of)
    return None if label is None or label.optional else other.at_most * len(label.values)
