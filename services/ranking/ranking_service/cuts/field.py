"""Those among whom a cut chooses: by rank and labels, and how many of each may go on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.cut import Limit
from contracts.ids import ProposalId

from ranking_service.places import Place

Labels = Mapping[str, str]
"""What kind a proposal is of, the agency included."""


@dataclass(frozen=True)
class Kind:
    """Proposals of the same rank and the same labels, so far as the limits look at them."""

    rank: int
    labels: Labels
    proposals: tuple[ProposalId, ...]


@dataclass(frozen=True)
class Bound:
    """How many in all of these kinds may go on: a limit, or one value of it; or the seats."""

    limit: Limit | None
    kinds: frozenset[int]
    least: int
    most: int

    def holds(self, counts: Sequence[int]) -> bool:
        """Whether it is met where so many of each kind go on."""
        return self.least <= sum(counts[each] for each in self.kinds) <= self.most


@dataclass(frozen=True)
class Field:
    """Who may go on, best first, and every bound on how many do."""

    kinds: tuple[Kind, ...]
    bounds: tuple[Bound, ...]
    seats: int

    @classmethod
    def of(
        cls,
        ranked: Iterable[Place],
        labels: Mapping[ProposalId, Labels],
        limits: Sequence[Limit],
        seats: int,
    ) -> "Field":
        """The field of these candidates; `labels` are of everyone in the stage."""
        kinds = tuple(_kinds(ranked, labels, limits))
        bounds = [each for limit in limits for each in _bounds(limit, kinds, labels.values())]
        everyone = Bound(None, frozenset(range(len(kinds))), 0, seats)
        return cls(kinds, (everyone, *bounds), seats)

    def sizes(self) -> list[int]:
        """How many there are of each kind."""
        return [len(each.proposals) for each in self.kinds]

    def levels(self) -> list[list[int]]:
        """The kinds of each rank, best first."""
        levels: dict[int, list[int]] = defaultdict(list)
        for number, kind in enumerate(self.kinds):
            levels[kind.rank].append(number)
        return list(levels.values())


def counts_for(limit: Limit, labels: Labels) -> bool:
    """Whether a proposal with these labels is one of those that the limit is about."""
    has_value = limit.of is None or limit.of in labels
    return has_value and all(labels.get(name) == value for name, value in limit.where.items())


def _kinds(
    ranked: Iterable[Place], labels: Mapping[ProposalId, Labels], limits: Iterable[Limit]
) -> Iterable[Kind]:
    asked = {name for limit in limits for name in limit.labels()}
    found: dict[tuple[int, tuple[tuple[str, str], ...]], list[ProposalId]] = defaultdict(list)
    for each in ranked:
        seen = sorted((name, value) for name, value in labels[each.proposal].items())
        relevant = tuple((name, value) for name, value in seen if name in asked)
        found[each.rank or 0, relevant].append(each.proposal)
    for (rank, relevant), proposals in sorted(found.items()):
        yield Kind(rank, dict(relevant), tuple(sorted(proposals)))


def _bounds(limit: Limit, kinds: Sequence[Kind], everyone: Iterable[Labels]) -> Iterable[Bound]:
    counted = [number for number, kind in enumerate(kinds) if counts_for(limit, kind.labels)]
    most = sum(len(each.proposals) for each in kinds) if limit.at_most is None else limit.at_most
    least = limit.at_least or 0
    if limit.of is None:
        yield Bound(limit, frozenset(counted), least, most)
        return
    # A value that nobody in the stage has asks for nobody.
    for value in sorted({each[limit.of] for each in everyone if counts_for(limit, each)}):
        mine = frozenset(each for each in counted if kinds[each].labels[limit.of] == value)
        yield Bound(limit, mine, least, most)
