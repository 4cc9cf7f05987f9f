"""Who goes on in a generated edition, and the minutes that say so."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from contracts.rulebook import RankAward, Rulebook
from contracts.stage import Stage

from sayembara.play.files import Award, Decision, Proposal
from sayembara.play.generate.plan import Decided, Given, GoesOn, Plan
from sayembara.play.tables import Place
from sayembara.trouble import Trouble

Ranks = Mapping[str, int]


class Results:
    """What the plan says of who goes on; `groups` are the groups of the proposals."""

    def __init__(
        self, plan: Plan, rulebook: Rulebook, groups: Mapping[str, str], place: Place
    ) -> None:
        self._plan = plan
        self._rulebook = rulebook
        self._groups = groups
        self._place = place

    def stages_to_rank(self) -> tuple[Stage, ...]:
        """The stages up to the last one of which it must be known here who goes on.

        Later ones need no ranks: ranking works them out, in the play.
        """
        *before, last = self._rulebook.stages
        plan = self._plan
        named = {each.at for each in plan.published} | {each.stage for each in plan.goes_on}
        named |= {each.stage for each in plan.decisions} | {each.stage for each in plan.awards}
        asked = [each.cut is not None or each.id in named for each in before]
        asked.append(last.id in named)
        return self._rulebook.stages[: len(asked) - asked[::-1].index(True)] if any(asked) else ()

    def known_by_rank(self) -> frozenset[str]:
        """Who is known to have gone on from a stage in which no panel decides."""
        decided = {each.id for each in self._rulebook.stages if each.decision == "panel"}
        rules = (rule for rule in self._plan.goes_on if rule.stage not in decided)
        return frozenset(each for rule in rules for each in rule.known)

    def chosen(
        self, stage: Stage, proposals: Sequence[Proposal], ranks: Ranks
    ) -> tuple[Proposal, ...]:
        """Who goes on: the best, as many of each group as the plan says; else by the cut."""
        rules = [each for each in self._plan.goes_on if each.stage == stage.id]
        best = sorted(proposals, key=lambda each: (ranks[each.proposal], each.proposal))
        found: list[Proposal] = []
        for rule in rules:
            field = [each for each in best if self._is_of(each, rule.groups)]
            found += _picked(rule, field)
            if stage.decision != "panel":
                _check_ranks(rule, field, found, ranks)
        return tuple(found) if rules else tuple(_within(stage, best, ranks))

    def decisions(
        self, stage: Stage, through: Sequence[Proposal], ranks: Ranks
    ) -> Iterator[Decision]:
        """The minute of the stage: who goes on, or how equal ones stand to one another."""
        for minute in self._plan.decisions:
            if minute.stage == stage.id and stage.decision == "panel":
                for each in through:
                    yield self._decision(minute, proposal=each.proposal, advanced="yes")
            elif minute.stage == stage.id:
                for proposal, rank in _parted(ranks, _last_that_matters(stage, self._rulebook)):
                    yield self._decision(minute, proposal=proposal, rank=rank)

    def awards(self, through: Mapping[str, Sequence[Proposal]]) -> Iterator[Award]:
        """The awards by decision, to those who went on from a stage."""
        for given in self._plan.awards:
            for each in through[given.stage]:
                if self._is_of(each, given.groups) and _is_named(each, given):
                    yield Award(
                        place=self._place,
                        award=given.award,
                        proposal=each.proposal,
                        by=given.by,
                        reason=given.reason,
                    )

    def _is_of(self, each: Proposal, groups: Sequence[str]) -> bool:
        return not groups or self._groups[each.proposal] in groups

    def _decision(self, minute: Decided, **told: object) -> Decision:
        return Decision.model_validate({"place": self._place, **minute.model_dump(), **told})


def _is_named(each: Proposal, given: Given) -> bool:
    return not given.known or each.proposal in given.known


def _within(stage: Stage, best: Sequence[Proposal], ranks: Ranks) -> Sequence[Proposal]:
    if stage.cut is None:
        return best
    if stage.cut.top is None or stage.cut.limits or stage.cut.least is not None:
        raise Trouble(f"generate.toml: say in goes_on how many of whom '{stage.id}' lets on")
    if stage.decision == "ties":
        return best[: stage.cut.top]
    return [each for each in best if ranks[each.proposal] <= stage.cut.top]


def _picked(rule: GoesOn, field: Sequence[Proposal]) -> list[Proposal]:
    first = [each for each in field if each.proposal in rule.known]
    order = [*first, *(each for each in field if each not in first)]
    agencies = rule.agencies
    picked = order[: rule.count] if agencies is None else _from(agencies, rule.count, order)
    if len(picked) != rule.count:
        raise Trouble(
            f"generate.toml: {len(picked)} of {rule.count} go on from '{rule.stage}': another"
            " seed, or other sizes"
        )
    return picked


def _check_ranks(
    rule: GoesOn, field: Sequence[Proposal], found: Sequence[Proposal], ranks: Ranks
) -> None:
    """Trouble when the cut would not let on those same ones, who alone have sheets later on."""
    inside = [ranks[each.proposal] for each in field if each in found]
    outside = [ranks[each.proposal] for each in field if each not in found]
    if outside and max(inside) >= min(outside):
        text = f"by their marks, not those go on from '{rule.stage}' who should: another seed"
        raise Trouble(f"generate.toml: {text}")


def _from(agencies: int, count: int, order: Sequence[Proposal]) -> list[Proposal]:
    """The best `count` from exactly so many agencies: first the agencies that have several."""
    firsts = {each.agency: each for each in reversed(order)}
    seconds = [each for each in order if firsts[each.agency] is not each][: count - agencies]
    needed = dict.fromkeys(each.agency for each in (*seconds, *order))
    return [*seconds, *(firsts[each] for each in list(needed)[:agencies])]


def _last_that_matters(stage: Stage, rulebook: Rulebook) -> int:
    tops = [stage.cut.top] if stage.cut and stage.cut.top else []
    tops += [
        each.top
        for each in rulebook.awards
        if isinstance(each, RankAward) and each.stage == stage.id
    ]
    return max(tops, default=100_000)


def _parted(ranks: Ranks, last: int) -> Iterator[tuple[str, int]]:
    """Those who share a place, one behind the other in the order of their ids."""
    shared: dict[int, list[str]] = defaultdict(list)
    for proposal in sorted(ranks):
        shared[ranks[proposal]].append(proposal)
    for rank, equal in sorted(shared.items()):
        if len(equal) > 1 and rank <= last:
            yield from ((each, rank + further) for further, each in enumerate(equal))
