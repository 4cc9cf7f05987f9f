"""Whose rank alone would have gone on, and whom a limit kept out: which one, and who went instead.

A limit of at most so many stands against whoever comes after those that fill it. A limit of at
least so many stands against whoever would have had the seat of one that it needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from contracts.cut import Limit
from contracts.ids import ProposalId
from contracts.ranking import Displaced

from ranking_service.cuts.field import Labels, counts_for
from ranking_service.places import Place


@dataclass(frozen=True)
class Outcome:
    """Who goes on, best first, and whom the limits let in or kept out."""

    chosen: Sequence[Place]
    let_in: Sequence[Place]
    kept_out: Sequence[Place]
    labels: Mapping[ProposalId, Labels]
    limits: Sequence[Limit]

    def displaced(self) -> dict[ProposalId, Displaced]:
        """For each that was kept out the limit, who went instead, and the margin between them."""
        needed = {each.proposal: self._needed_by(each) for each in self.let_in}
        free = list(self.let_in)
        found = {}
        for each in self.kept_out:
            limit, instead = self._against(each, free, needed)
            if instead is not None:
                free.remove(instead)
            found[each.proposal] = _displaced(each, limit, instead)
        return found

    def _against(
        self, place: Place, free: Sequence[Place], needed: Mapping[ProposalId, Sequence[Limit]]
    ) -> tuple[Limit, Place | None]:
        if (filled := self._filled_before(place)) is not None:
            own = [each for each in free if not needed[each.proposal]]
            return filled, next(iter([*own, *free]), None)
        for each in sorted(free, key=lambda each: not self._share_a_full_limit(each, place)):
            for limit in needed[each.proposal]:
                if not self._same(limit, each, place):
                    return limit, each
        return self._in_the_way(place), next(iter(free), None)

    def _filled_before(self, place: Place) -> Limit | None:
        for limit in self.limits:
            if limit.at_most is not None and counts_for(limit, self.labels[place.proposal]):
                is_full = len(self._counted(limit, place)) >= limit.at_most
                if is_full and self._ahead(limit, place) >= limit.at_most:
                    return limit
        return None

    def _ahead(self, limit: Limit, place: Place) -> int:
        """How many of its kind come first by rank, also those who gave their seat to a worse one.

        Whoever is kept out behind them would be, even if that worse one were needed by no limit.
        """
        mine = place.rank or 0
        seated = sum((each.rank or 0) <= mine for each in self._counted(limit, place))
        moved = sum(
            (each.rank or 0) < mine and self._same(limit, each, place) for each in self.kept_out
        )
        return seated + moved

    def _share_a_full_limit(self, one: Place, other: Place) -> bool:
        """Whether the one may have taken the very seat of the other among those of their kind."""
        return any(
            self._same(limit, one, other) and len(self._counted(limit, one)) >= limit.at_most
            for limit in self.limits
            if limit.at_most is not None
        )

    def _needed_by(self, place: Place) -> list[Limit]:
        """The limits that would be missed without it."""
        return [
            limit
            for limit in self.limits
            if limit.at_least is not None
            and counts_for(limit, self.labels[place.proposal])
            and len(self._counted(limit, place)) <= limit.at_least
        ]

    def _counted(self, limit: Limit, like: Place) -> list[Place]:
        """Who goes on and counts for the limit together with this one."""
        return [each for each in self.chosen if self._same(limit, each, like)]

    def _same(self, limit: Limit, one: Place, other: Place) -> bool:
        mine, its = self.labels[one.proposal], self.labels[other.proposal]
        together = limit.of is None or mine.get(limit.of) == its.get(limit.of)
        return together and counts_for(limit, mine) and counts_for(limit, its)

    def _in_the_way(self, place: Place) -> Limit:
        """Where nobody is left who went instead: a limit that needs somebody else, or the last."""
        others = (
            limit
            for each, needed in self._needed
            for limit in needed
            if not self._same(limit, each, place)
        )
        return next(others, self.limits[-1])

    @cached_property
    def _needed(self) -> list[tuple[Place, list[Limit]]]:
        """Everyone who goes on, worst first, with the limits that would be missed without."""
        return [(each, self._needed_by(each)) for each in reversed(self.chosen)]


def _displaced(place: Place, limit: Limit, instead: Place | None) -> Displaced:
    margin = None
    if instead is not None and place.score is not None and instead.score is not None:
        margin = place.score - instead.score
    went_in = None if instead is None else instead.proposal
    return Displaced(limit=limit.id, instead=went_in, margin=margin)
