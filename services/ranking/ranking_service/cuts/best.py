"""The best choice that meets every limit: no better one is given up for worse ones."""

from collections.abc import Iterable, Sequence

from contracts.cut import Limit

from ranking_service.cuts.field import Field
from ranking_service.cuts.solver import Solver


class Search:
    """The choice, rank by rank: as many as can be of the best rank, then of the next, and so on.

    It starts from any choice that meets every bound, and holds one that does and agrees with all
    that is decided so far; the solver is asked only where that one leaves somebody out.
    """

    def __init__(self, among: Field, limits: Sequence[Limit], solver: Solver) -> None:
        self._limits = limits
        self._solver = solver
        self._bounds = among.bounds
        self._levels = among.levels()
        self._high = among.sizes()
        self._used = [0] * len(among.bounds)
        self._of: list[list[int]] = [[] for _ in among.kinds]
        for number, bound in enumerate(among.bounds):
            for kind in bound.kinds:
                self._of[kind].append(number)
        self._split: list[list[int]] = []
        self._counts: list[int] = []

    def run(self, counts: Sequence[int]) -> set[int]:
        """The kinds of whom somebody goes on in one of the best choices."""
        self._counts = list(counts)
        number = 0
        while number < len(self._levels):
            number += self._decide(number)
        return self._among_the_best()

    def _among_the_best(self) -> set[int]:
        # Where some of a rank go on and more than one kind of them could, others may be as good.
        found = {number for number, count in enumerate(self._counts) if count}
        for level in self._split:
            for kind in level:
                if kind not in found and self._solver.choice_with(self._limits, [kind], 1):
                    found.add(kind)
        return found

    def _decide(self, number: int) -> int:
        """Decide this rank, or those from here on that are found to be out; gives how many."""
        level = self._levels[number]
        self._tighten(level)
        if self._takes_all(level):
            self._fix(level)
            return 1
        if run := self._run_of_none(number):
            return self._find_in(run)
        while found := self._solver.choice_with(self._limits, level, 1 + self._taken(level)):
            self._counts = found
        self._fix(level)
        return 1

    def _find_in(self, run: Sequence[Sequence[int]]) -> int:
        """Whether anybody of these ranks can go on, of whom the known choice takes none."""
        found = self._solver.choice_with(self._limits, [kind for each in run for kind in each], 1)
        if found:
            self._counts = found
            return 0
        for level in run:
            self._fix(level)
        return len(run)

    def _tighten(self, level: Iterable[int]) -> None:
        # Where those who are in for certain fill a bound, nobody needs to be asked.
        for kind in level:
            rooms = (self._bounds[each].most - self._used[each] for each in self._of[kind])
            self._high[kind] = max(0, min(self._high[kind], *rooms))

    def _taken(self, level: Iterable[int]) -> int:
        return sum(self._counts[kind] for kind in level)

    def _takes_all(self, level: Iterable[int]) -> bool:
        return all(self._counts[kind] == self._high[kind] for kind in level)

    def _run_of_none(self, number: int) -> list[list[int]]:
        """The ranks from here on of whom the choice that is known takes none."""
        run = []
        for level in self._levels[number:]:
            if self._taken(level):
                break
            run.append(level)
        return run

    def _fix(self, level: Sequence[int]) -> None:
        taken = self._taken(level)
        if 0 < taken < sum(self._high[kind] for kind in level) and len(level) > 1:
            self._solver.decide(level, taken)
            self._split.append(list(level))
            return
        for kind in level:
            self._solver.decide([kind], self._counts[kind])
            for each in self._of[kind]:
                self._used[each] += self._counts[kind]
