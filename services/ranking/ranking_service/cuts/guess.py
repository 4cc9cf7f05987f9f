"""A first choice, going down the ranks: often the best one, so that little is left to search."""

from ranking_service.cuts.field import Bound, Field


def guess(among: Field) -> list[int] | None:
    """A choice that meets every bound, if going down the ranks leads to one; None otherwise.

    Nobody is let in beyond a bound, nor into a seat that is needed for who must come later.
    """
    counts = [0] * len(among.kinds)
    taken = [0] * len(among.bounds)
    needed = sum(each.least for each in among.bounds)
    of: list[list[int]] = [[] for _ in among.kinds]
    for number, bound in enumerate(among.bounds):
        for kind in bound.kinds:
            of[kind].append(number)
    for kind, size in enumerate(among.sizes()):
        mine = [(number, among.bounds[number]) for number in of[kind]]
        while counts[kind] < size and _fits(mine, taken, needed, among.seats - sum(counts)):
            needed -= sum(taken[number] < bound.least for number, bound in mine)
            counts[kind] += 1
            for number, _ in mine:
                taken[number] += 1
    return counts if all(each.holds(counts) for each in among.bounds) else None


def _fits(mine: list[tuple[int, Bound]], taken: list[int], needed: int, left: int) -> bool:
    if any(taken[number] >= bound.most for number, bound in mine):
        return False
    is_needed = any(taken[number] < bound.least for number, bound in mine)
    return is_needed or left > needed
