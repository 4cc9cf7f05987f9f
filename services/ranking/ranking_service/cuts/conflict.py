"""Limits that cannot be met together: the fewest of them, in words."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from contracts.cut import Limit

from ranking_service.cuts.field import Field
from ranking_service.cuts.solver import Solver


def smallest_conflict(among: Field, limits: Sequence[Limit], solver: Solver) -> tuple[Limit, ...]:
    """The fewest limits that no choice meets together, the first such; no choice meets them all."""
    met: list[set[str]] = []
    sizes = range(1, len(limits))
    for some in (some for size in sizes for some in combinations(limits, size)):
        names = {each.id for each in some}
        if not any(names <= each for each in met):
            counts = solver.choice(some)
            if counts is None:
                return some
            met.append(_met_by(among, counts, limits))
    return tuple(limits)


def _met_by(among: Field, counts: Sequence[int], limits: Iterable[Limit]) -> set[str]:
    missed = {bound.limit.id for bound in among.bounds if bound.limit and not bound.holds(counts)}
    return {each.id for each in limits} - missed


def conflict_text(limits: Sequence[Limit], candidates: int, seats: int) -> str:
    """These limits, of which no choice meets all, in words."""
    said = "; ".join(limit_text(each) for each in limits)
    many = "this limit" if len(limits) == 1 else f"these {len(limits)} limits together"
    return f"no choice of at most {seats} among {candidates} meets {many}: {said}"


def limit_text(limit: Limit) -> str:
    """A limit in words: `luar-jawa: at least 2 with region = luar-jawa`."""
    least = None if limit.at_least is None else f"at least {limit.at_least}"
    most = None if limit.at_most is None else f"at most {limit.at_most}"
    many = " and ".join(each for each in (least, most) if each)
    kinds = " and ".join(f"{name} = {value}" for name, value in limit.where.items())
    each = f" of each {limit.of}" if limit.of else ""
    return f"{limit.id}: {many}{each}{f' with {kinds}' if kinds else ''}"
