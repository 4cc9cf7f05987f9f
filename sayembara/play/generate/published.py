"""Whether a generated edition comes to the counts that were published."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sayembara.play.files import Proposal
from sayembara.play.generate.plan import Plan, Published

HANDED_IN = "handed-in"
ADMITTED = "admitted"
PARTS = "parts"

Steps = Mapping[str, Sequence[Proposal]]
"""Who was handed in, who admitted, and who went on from each stage."""


def differences(plan: Plan, steps: Steps, parts: int, *, full: bool) -> Iterator[str]:
    """Each published count that the edition does not come to, with the one that it has."""
    for each in plan.published:
        if each.full and not full:
            continue
        if each.at == PARTS:
            yield from _differ(each, "total", each.total, parts)
        else:
            yield from _of_step(each, steps[each.at])


def _of_step(told: Published, there: Sequence[Proposal]) -> Iterator[str]:
    yield from _differ(told, "total", told.total, len(there))
    if told.by is not None:
        values = {each.proposal: each.labels[told.by] for each in there}
        kinds = {each: told.together.get(value, value) for each, value in values.items()}
        found = Counter(kinds.values())
        for value in sorted({*told.counts, *found}):
            yield from _differ(told, value, told.counts.get(value, 0), found[value])
        agencies = Counter(kinds[each] for each in _first_of_agency(there))
        for value, count in told.agencies.items():
            yield from _differ(told, f"agencies of {value}", count, agencies[value])


def _first_of_agency(there: Sequence[Proposal]) -> list[str]:
    return list({each.agency: each.proposal for each in there}.values())


def _differ(told: Published, what: str, count: int, found: int) -> Iterator[str]:
    if count != found:
        yield f"{told.at}, {what}: {count} published ({told.source}), {found} generated"
