"""Who goes on where the cut has limits: the best choice that meets them all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from contracts.cut import Cut, Limit
from contracts.ids import ProposalId
from contracts.stage import Stage

from ranking_service.cuts.best import Search
from ranking_service.cuts.choice import Choice
from ranking_service.cuts.conflict import conflict_text, smallest_conflict
from ranking_service.cuts.displaced import Outcome
from ranking_service.cuts.field import Field, Labels
from ranking_service.cuts.guess import guess
from ranking_service.cuts.solver import Solver
from ranking_service.places import Place, good_enough


def choose_within(
    stage: Stage, rule: Cut, plain: tuple[Place, ...], labels: Mapping[ProposalId, Labels]
) -> Choice:
    """The choice within the limits; `plain` are the places as they are without any."""
    unlimited = {each.proposal for each in plain if each.advanced}
    among = _field(stage, rule, plain, labels)
    limits, solver = rule.limits, Solver(among)
    counts = guess(among) or solver.choice(limits)
    if counts is None:
        return _conflict(limits, plain, among, solver)
    kinds = Search(among, limits, solver).run(counts)
    chosen = {each for kind in kinds for each in among.kinds[kind].proposals}
    found = tuple(replace(each, advanced=each.proposal in chosen) for each in plain)
    outcome = Outcome(
        chosen=_of(found, chosen),
        let_in=_of(found, chosen - unlimited),
        kept_out=_of(found, unlimited - chosen),
        labels=labels,
        limits=limits,
    )
    return Choice(found, frozenset(chosen - unlimited), outcome.displaced())


def _field(
    stage: Stage, rule: Cut, plain: tuple[Place, ...], labels: Mapping[ProposalId, Labels]
) -> Field:
    candidates = [each for each in plain if good_enough(each, rule)]
    seats = len(candidates) if rule.top is None else min(rule.top, len(candidates))
    if stage.ties == "dense" and rule.top is not None:
        # There `top` counts the places, and not the proposals that share them.
        seats = sum(each.advanced is True for each in plain)
    return Field.of(candidates, labels, rule.limits, seats)


def _conflict(
    limits: Sequence[Limit], places: tuple[Place, ...], among: Field, solver: Solver
) -> Choice:
    fewest = smallest_conflict(among, limits, solver)
    why = conflict_text(fewest, sum(among.sizes()), among.seats)
    return Choice(_undecided(places), conflict=fewest, why=why)


def _undecided(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(replace(each, advanced=None) for each in places)


def _of(places: Iterable[Place], named: Iterable[ProposalId]) -> list[Place]:
    wanted = set(named)
    return [each for each in places if each.proposal in wanted]
