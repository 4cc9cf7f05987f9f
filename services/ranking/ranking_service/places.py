"""Who stands where: places from merits, by a stage's rule for equal ones."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, NamedTuple

from contracts.cut import Cut
from contracts.ids import ProposalId
from contracts.stage import Stage
from sortedcontainers import SortedList

from ranking_service.engine.exact import Fraction

Merit = tuple[Decimal | Fraction, ...]
"""What a proposal is ranked by: greater is better, and what comes later breaks ties.

The score stays a Decimal: two of them compare as exactly as fractions, and ten times as fast.
"""


@dataclass(frozen=True)
class Order:
    """How places follow from merits: `ties` share a place, and so does who is this close behind.

    `shared` counts 1, 2, 2, 4; `dense` 1, 2, 2, 3. With a tolerance, everyone shares a place whose
    score is at most so far behind the best of those who share it; then nothing else breaks a tie.
    """

    first: Literal["greatest", "smallest"] = "greatest"
    ties: Literal["shared", "dense"] = "shared"
    tolerance: Decimal = Decimal(0)

    @classmethod
    def of(cls, stage: Stage) -> "Order":
        """The order of a stage."""
        return cls(stage.first, stage.ties, stage.tolerance)

    def merit(self, score: Decimal, breaks: Iterable[Fraction] = ()) -> Merit:
        """The merit of this score."""
        # Not `-score`, which rounds to the precision of the context.
        return (score if self.first == "greatest" else score.copy_negate(), *breaks)

    def ranks(self, merits: Iterable[Merit]) -> dict[Merit, int]:
        """The rank of each of these merits."""
        ranks: dict[Merit, int] = {}
        best: Merit | None = None
        group = rank = 0
        for number, merit in enumerate(sorted(merits, reverse=True), start=1):
            if best is None or not self._shares(best, merit):
                best, group = merit, group + 1
                rank = group if self.ties == "dense" else number
            ranks[merit] = rank
        return ranks

    def _shares(self, best: Merit, merit: Merit) -> bool:
        if self.tolerance:
            return Fraction(best[0]) - Fraction(merit[0]) <= Fraction(self.tolerance)
        return best == merit


@dataclass(frozen=True)
class Place:
    """Where a proposal stands. No score: no rank. `advanced` is None while this is provisional."""

    proposal: ProposalId
    rank: int | None
    score: Decimal | None
    advanced: bool | None = None


class Scored(NamedTuple):
    """A score, and what breaks a tie on it."""

    score: Decimal | None
    breaks: tuple[Fraction, ...] = ()

    def merit(self, order: Order) -> Merit | None:
        """What it is ranked by; None without a score."""
        return None if self.score is None else order.merit(self.score, self.breaks)


def rank_all(scored: Mapping[ProposalId, Scored], order: Order) -> tuple[Place, ...]:
    """Every proposal in its place; the unscored come last, without a rank.

    Equal ranks, and the unscored, stand in the order of their proposal ids.
    """
    merits = {proposal: each.merit(order) for proposal, each in scored.items()}
    ranks = order.ranks(merit for merit in merits.values() if merit is not None)
    return in_order(
        Place(proposal, None if merit is None else ranks[merit], scored[proposal].score)
        for proposal, merit in merits.items()
    )


class Board:
    """The merits of a stage in order, so that a rank is found without ranking everyone again.

    A change and a question cost no more than a logarithm of how many there are, in practice;
    with a tolerance everyone is ranked again after each change.
    """

    def __init__(self, order: Order, merits: Iterable[Merit | None]) -> None:
        self._order = order
        self._counts: Counter[Merit] = Counter(each for each in merits if each is not None)
        dense = order.ties == "dense"
        self._merits = SortedList(self._counts if dense else self._counts.elements())
        self._ranks: dict[Merit, int] | None = None

    def replace(self, before: Merit | None, now: Merit | None) -> None:
        """One proposal's merit is another one now; None is no merit."""
        if before == now:
            return
        self._ranks = None
        if before is not None:
            self._remove(before)
        if now is not None:
            self._counts[now] += 1
            if self._order.ties == "shared" or self._counts[now] == 1:
                self._merits.add(now)

    def _remove(self, merit: Merit) -> None:
        self._counts[merit] -= 1
        if self._order.ties == "shared" or not self._counts[merit]:
            self._merits.remove(merit)
        if not self._counts[merit]:
            del self._counts[merit]

    def rank(self, merit: Merit | None) -> int | None:
        """The rank that this merit has; None of none."""
        if merit is None:
            return None
        if not self._order.tolerance:
            return 1 + len(self._merits) - int(self._merits.bisect_right(merit))
        if self._ranks is None:
            self._ranks = self._order.ranks(self._counts.elements())
        return self._ranks[merit]


def in_order(places: Iterable[Place]) -> tuple[Place, ...]:
    """Places as they are published: by rank, then by proposal id, the unranked last."""
    return tuple(
        sorted(places, key=lambda each: (each.rank is None, each.rank or 0, each.proposal))
    )


def cut(places: Iterable[Place], rule: Cut | None) -> tuple[Place, ...]:
    """The same places with who advances by rank and score alone, whatever the limits of the cut.

    Everyone ranked `top` or better does, ties at it too, and no score below `least`. Without a cut
    every ranked proposal does; one without a score never.
    """
    rule = rule or Cut()
    listed = tuple(places)
    return tuple(
        replace(
            each,
            advanced=good_enough(each, rule) and (each.rank or 0) <= (rule.top or len(listed)),
        )
        for each in listed
    )


def good_enough(place: Place, rule: Cut) -> bool:
    """Whether it has a rank, and a score that is not below the `least` of the cut."""
    if place.rank is None or place.score is None:
        return False
    return rule.least is None or place.score >= rule.least
