"""What a panel is asked once the numbers are there, what it may decide, and what follows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from contracts.ids import ProposalId
from contracts.outcomes import Refused
from contracts.ranking import Displaced, Grounds, StageDecided
from contracts.stage import Stage

from ranking_service.cuts.choice import Choice, choose
from ranking_service.cuts.field import Labels
from ranking_service.places import Place, in_order

Why = Literal["panel", "ties", "wildcards", "infeasible"]


@dataclass(frozen=True)
class Question:
    """What a panel has to decide; the equal proposals, or the limits in conflict, are named."""

    why: Why
    proposals: tuple[ProposalId, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a stage came to for a proposal: its final place, and the computed one beside it."""

    place: Place
    computed: Place
    because: Grounds = "rank"
    displaced: Displaced | None = None

    @property
    def departs(self) -> bool:
        """Whether the place or the outcome was decided otherwise than it was computed."""
        outcomes = {self.place.advanced, self.computed.advanced} - {None}
        return self.place.rank != self.computed.rank or len(outcomes) > 1


def question(stage: Stage, choice: Choice, tops: Collection[int]) -> Question | None:
    """What the stage asks a panel; None when everything follows from the numbers.

    `tops` are the ranks up to which places matter: of the stage's awards.
    """
    if choice.conflict:
        return Question("infeasible", limits=tuple(each.id for each in choice.conflict))
    if not any(each.rank for each in choice.places):
        return None
    if stage.decision == "panel":
        return Question("panel")
    if stage.decision == "ties" and (equal := _equal(stage, choice.places, tops)):
        return Question("ties", proposals=equal)
    if stage.cut and stage.cut.wildcards:
        return Question("wildcards")
    return None


def _equal(stage: Stage, places: Iterable[Place], tops: Collection[int]) -> tuple[ProposalId, ...]:
    """Who shares a place that matters: up to the cut or an award; any place where is neither."""
    last = [*tops, *([stage.cut.top] if stage.cut and stage.cut.top else [])]
    shared = [list(each) for _, each in groupby(in_order(places), key=lambda each: each.rank)]
    return tuple(
        each.proposal
        for group in shared
        if len(group) > 1 and group[0].rank and (not last or group[0].rank <= max(last))
        for each in group
    )


def undecided(choice: Choice) -> tuple[Result, ...]:
    """The results where everything follows from the numbers."""
    return tuple(
        Result(each, each, _grounds_of_limits(each, choice), choice.displaced.get(each.proposal))
        for each in choice.places
    )


def decided(
    stage: Stage, choice: Choice, labels: Mapping[ProposalId, Labels], decision: StageDecided
) -> tuple[Result, ...]:
    """The results as they were decided; Refused where the stage leaves that to no panel."""
    ranks = {each.proposal: each.rank for each in decision.ranks}
    _check_named(choice.places, {*ranks, *(decision.advanced or ())})
    places = decided_places(stage, choice.places, ranks)
    _check_ranks(stage, places, ranks)
    again = choose(stage, places, labels) if ranks else choice
    through = _through(stage, again, decision)
    computed = {each.proposal: each for each in choice.places}
    followed = {each.proposal: each for each in again.places}
    return tuple(
        _decided(
            replace(each, advanced=each.proposal in through),
            followed[each.proposal],
            computed[each.proposal],
            again,
            wild=stage.decision != "panel" and not again.conflict,
        )
        for each in in_order(places)
    )


def decided_places(
    stage: Stage, places: Iterable[Place], ranks: Mapping[ProposalId, int]
) -> tuple[Place, ...]:
    """The places with these ranks instead of the computed ones.

    Where only ties are decided, the others keep the order that they have: whoever shares a place
    is put in the decided order behind those before them.
    """
    if stage.decision == "panel":
        return in_order(replace(each, rank=ranks.get(each.proposal, each.rank)) for each in places)
    orders = {
        each.proposal: (each.rank, ranks.get(each.proposal, each.rank))
        for each in places
        if each.rank is not None
    }
    numbers: dict[tuple[int, int], int] = {}
    dense = stage.ties == "dense"
    for number, order in enumerate(sorted(set(orders.values()) if dense else orders.values())):
        numbers.setdefault(order, 1 + number)
    return in_order(
        replace(each, rank=numbers[orders[each.proposal]]) if each.rank else each for each in places
    )


def _check_named(places: Iterable[Place], named: Iterable[ProposalId]) -> None:
    ranked = {each.proposal: each.rank is not None for each in places}
    for each in sorted(named):
        if each not in ranked:
            raise Refused("not_in_stage", f"proposal '{each}' is not in this stage")
        if not ranked[each]:
            text = f"no score was worked out for '{each}': it has no place, and cannot go on"
            raise Refused("not_scored", text)


def _check_ranks(stage: Stage, places: Iterable[Place], ranks: Mapping[ProposalId, int]) -> None:
    if ranks and stage.decision == "none":
        text = f"stage '{stage.id}' leaves no rank to a decision; send `ranks` empty"
        raise Refused("ranks_not_asked", text)
    if stage.decision == "panel":
        return
    for each in places:
        if ranks.get(each.proposal, each.rank) != each.rank:
            text = f"'{each.proposal}' at rank {ranks[each.proposal]}: only those who share a place"
            text = f"{text} are put in order, and then it is at rank {each.rank}"
            raise Refused("not_between_equal_ones", text)


def _through(stage: Stage, again: Choice, decision: StageDecided) -> set[ProposalId]:
    by_rank = {each.proposal for each in again.places if each.advanced}
    if decision.advanced is None:
        if again.conflict:
            text = f"{again.why}; so `advanced` names everyone who goes on"
            raise Refused("advanced_missing", text)
        return by_rank
    through = set(decision.advanced)
    if stage.decision != "panel" and not again.conflict:
        _check_wildcards(stage, by_rank, through)
    return through


def _check_wildcards(
    stage: Stage, by_rank: Collection[ProposalId], through: set[ProposalId]
) -> None:
    if left := sorted(set(by_rank) - through):
        text = f"{', '.join(left)} passed the cut of stage '{stage.id}' and must be in `advanced`"
        raise Refused("passed_the_cut", text)
    more, wildcards = sorted(through - set(by_rank)), stage.cut.wildcards if stage.cut else 0
    if len(more) > wildcards:
        text = f"stage '{stage.id}' lets in {wildcards} beyond its cut, not {len(more)}"
        raise Refused("too_many_wildcards", f"{text}: {', '.join(more)}")


def _decided(
    place: Place, followed: Place, computed: Place, again: Choice, *, wild: bool
) -> Result:
    if place.advanced != followed.advanced:
        return Result(place, computed, "wildcard" if wild else "decision")
    because = _grounds_of_limits(followed, again)
    if because == "rank" and computed.advanced not in (None, place.advanced):
        because = "decision"
    return Result(place, computed, because, again.displaced.get(place.proposal))


def _grounds_of_limits(place: Place, choice: Choice) -> Grounds:
    by_limit = place.proposal in choice.let_in or place.proposal in choice.displaced
    return "limit" if by_limit else "rank"
