"""Who goes on from a stage: everyone up to the cut, as far as its limits allow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from contracts.cut import Cut, Limit
from contracts.ids import ProposalId
from contracts.ranking import Displaced
from contracts.stage import Stage

from ranking_service.cuts.best import Search
from ranking_service.cuts.conflict import conflict_text, smallest_conflict
from ranking_service.cuts.displaced import Outcome
from ranking_service.cuts.field import Field, Labels
from ranking_service.cuts.guess import guess
from ranking_service.cuts.solver import Solver
from ranking_service.places import Place, cut, good_enough


@dataclass(frozen=True)
class Choice:
    """The places with who goes on; nobody knows who does where limits are in conflict.

    `let_in` are those whom a limit let in and their rank alone would not; `displaced` those whom
    one kept out. `conflict` are the fewest limits that cannot be met together, `why` says it.
    """

    places: tuple[Place, ...]
    let_in: frozenset[ProposalId] = frozenset()
    displaced: Mapping[ProposalId, Displaced] = field(default_factory=dict)
    conflict: tuple[Limit, ...] = ()
    why: str = ""


def choose(stage: Stage, places: tuple[Place, ...], labels: Mapping[ProposalId, Labels]) -> Choice:
    """Who goes on from the stage; `labels` are of everyone in it, the agency among them.

    Without limits: everyone ranked `top` or better, no score below `least`. With limits: the best
    choice of at most `top`, rank by rank, that meets them all; and where several are as good,
    everyone who is in one of them. So equal ones go on together, even beyond `top` or `at_most`,
    and no id decides.
    """
    plain = cut(places, stage.cut)
    if stage.cut is None or not stage.cut.limits:
        return Choice(plain)
    unlimited = {each.proposal for each in plain if each.advanced}
    among = _field(stage, stage.cut, plain, labels)
    limits, solver = stage.cut.limits, Solver(among)
    counts = guess(among) or solver.choice(limits)
    if counts is None:
        return _conflict(limits, places, among, solver)
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
    return Choice(places, conflict=fewest, why=why)


def _of(places: Iterable[Place], named: Iterable[ProposalId]) -> list[Place]:
    wanted = set(named)
    return [each for each in places if each.proposal in wanted]
