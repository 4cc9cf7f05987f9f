"""How many of each kind may go on: whole numbers within all bounds, found by the solver Z3.

Z3 calculates exactly. What it finds is checked here all the same.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import z3
from contracts.cut import Limit

from ranking_service.cuts.field import Bound, Field

COUNT = re.compile(r"\(define-fun kind-(\d+) \(\) Int\s+(\d+)\)")


class Solver:
    """The choices that can be made in a field, under more and more that is decided."""

    def __init__(self, among: Field) -> None:
        # A context of its own: others may ask at the same time, in other threads.
        self._context = z3.Context()
        self._solver: Any = z3.SimpleSolver(ctx=self._context)
        self._bounds = among.bounds
        self._sizes = among.sizes()
        self._counts = [z3.Int(f"kind-{each}", self._context) for each in range(len(among.kinds))]
        names = {each.limit.id for each in self._bounds if each.limit}
        self._limits = {name: z3.Bool(f"limit-{name}", self._context) for name in names}
        for count, size in zip(self._counts, self._sizes, strict=True):
            self._solver.add(count >= 0, count <= size)
        for each in self._bounds:
            self._add(each)

    def _add(self, bound: Bound) -> None:
        total = self._total(bound.kinds)
        within = z3.And(total >= bound.least, total <= bound.most)
        asked = within if bound.limit is None else z3.Implies(self._limits[bound.limit.id], within)
        self._solver.add(asked)

    def _total(self, kinds: Iterable[int]) -> Any:
        nothing = z3.IntVal(0, self._context)
        return z3.Sum([nothing, *(self._counts[each] for each in sorted(kinds))])

    def choice(self, limits: Iterable[Limit]) -> list[int] | None:
        """A choice that meets these limits, whatever the others; None when there is none."""
        names = {each.id for each in limits}
        asked = [flag for name, flag in sorted(self._limits.items()) if name in names]
        answer = self._solver.check(*asked)
        if answer == z3.unsat:
            return None
        assert answer == z3.sat, f"the solver gave up: {self._solver.reason_unknown()}"
        found = self._found()
        assert self._holds(found, names), "the solver's numbers do not hold"
        return found

    def choice_with(
        self, limits: Iterable[Limit], kinds: Iterable[int], least: int
    ) -> list[int] | None:
        """Such a choice with at least so many of these kinds in all."""
        self._solver.push()
        self._solver.add(self._total(kinds) >= least)
        found = self.choice(limits)
        self._solver.pop()
        return found

    def decide(self, kinds: Sequence[int], total: int) -> None:
        """From here on exactly so many of these kinds go on, in all."""
        in_all = self._counts[kinds[0]] if len(kinds) == 1 else self._total(kinds)
        self._solver.add(in_all == total)

    def _found(self) -> list[int]:
        # Read from the model's text: asking it for thousands of numbers takes far longer.
        said = dict(COUNT.findall(self._solver.model().sexpr()))
        return [int(said.get(str(number), 0)) for number in range(len(self._counts))]

    def _holds(self, counts: Sequence[int], names: Iterable[str]) -> bool:
        asked = [each for each in self._bounds if each.limit is None or each.limit.id in names]
        sized = zip(counts, self._sizes, strict=True)
        return all(0 <= count <= size for count, size in sized) and all(
            each.holds(counts) for each in asked
        )
