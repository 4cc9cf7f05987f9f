"""How sheets become a ranking: exact scores, the rounding step, shared ranks, the cut, the digest.

Every number is a Fraction until the stage's rounding step and a Decimal after it. Nothing here
depends on the order in which things arrive.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Literal

from contracts.evaluation import Mark
from contracts.ids import AwardId, CriterionId, Digest, EditionId, JurorId, ProposalId, StageId
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import Criterion, DecisionAward, RankAward, Rounding, Rulebook, Stage
from rfc8785 import dumps as canonical_json
from sortedcontainers import SortedList

Marks = Mapping[CriterionId, Decimal]

EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Sums and products of Decimals with all their digits."""


@dataclass(frozen=True)
class Place:
    """Where a proposal stands. No score: no rank. `advanced` is None while this is provisional."""

    proposal: ProposalId
    rank: int | None
    score: Decimal | None
    advanced: bool | None = None


def fitting_marks(
    criteria: Sequence[Criterion], marks: Iterable[Mark]
) -> dict[CriterionId, Decimal]:
    """The marks by criterion; Refused unless there is one for each criterion, on its scale."""
    given = [(mark.criterion, mark.value) for mark in marks]
    values = dict(given)
    if len(values) != len(given) or values.keys() != {criterion.id for criterion in criteria}:
        raise _other_criteria(criteria, [name for name, _ in given])
    for criterion in criteria:
        _check_on_scale(criterion, values[criterion.id])
    return values


def _other_criteria(criteria: Iterable[Criterion], named: Iterable[CriterionId]) -> Refused:
    expected = ", ".join(sorted(criterion.id for criterion in criteria))
    text = f"the sheet marks {', '.join(sorted(named))}; the stage asks for {expected}"
    return Refused("marks_do_not_fit", text)


def _check_on_scale(criterion: Criterion, mark: Decimal) -> None:
    scale = criterion.scale
    if not scale.takes(mark):
        text = f"{mark} for '{criterion.id}': from {scale.min} to {scale.max} by {scale.step}"
        raise Refused("marks_do_not_fit", text)


def mean_score(criteria: Sequence[Criterion], sheets: Sequence[Marks]) -> Fraction | None:
    """The mean of the jurors' scores, exact, on the scale of the marks; None without sheets.

    A juror's score is the weighted mean of its marks.
    """
    if not sheets:
        return None
    # Multiplied and added as Decimals, which is as exact and far quicker; divided once, at the end.
    total = weights = Decimal()
    for criterion in criteria:
        name, weight = criterion.id, criterion.weight
        weights = EXACT.add(weights, weight)
        for marks in sheets:
            total = EXACT.fma(weight, marks[name], total)
    (over, under), (heavy, light) = total.as_integer_ratio(), weights.as_integer_ratio()
    return Fraction(over * light, under * heavy * len(sheets))


def rounded(score: Fraction, rounding: Rounding) -> Decimal:
    """The score with exactly `places` decimals; `half_up` rounds a half away from zero."""
    size, rest = divmod(abs(score.numerator) * 10**rounding.places, score.denominator)
    if _rounds_up(size, 2 * rest - score.denominator, rounding.mode):
        size += 1
    # Built from its digits: arithmetic on Decimals would round to the precision of the context.
    sign = "-" if score < 0 and size else ""
    return Decimal(f"{sign}{size}E-{rounding.places}")


def _rounds_up(size: int, above_half: int, mode: Literal["half_up", "half_even", "down"]) -> bool:
    if mode == "down":
        return False
    return above_half > 0 or (above_half == 0 and (mode == "half_up" or size % 2 == 1))


def stage_score(stage: Stage, sheets: Iterable[Marks]) -> Decimal | None:
    """A proposal's score from the sheets that count, rounded by the stage; None without any."""
    score = mean_score(stage.criteria, list(sheets))
    return None if score is None else rounded(score, stage.rounding)


def counted(sheets: Mapping[JurorId, Marks], recused: Collection[JurorId]) -> list[Marks]:
    """The sheets that count: those of jurors who did not step aside, whenever they did."""
    return [marks for juror, marks in sheets.items() if juror not in recused]


def rank_all(scores: Mapping[ProposalId, Decimal | None]) -> tuple[Place, ...]:
    """Every proposal in its place: equal scores share a rank (1, 2, 2, 4), the unscored come last.

    Equal ranks, and the unscored, stand in the order of their proposal ids.
    """
    first: dict[Decimal, int] = {}
    scored = sorted((score for score in scores.values() if score is not None), reverse=True)
    for rank, score in enumerate(scored, start=1):
        first.setdefault(score, rank)
    return in_order(
        Place(proposal, None if score is None else first[score], score)
        for proposal, score in scores.items()
    )


class Board:
    """The scores of a stage in order, so that a rank is found without ranking everyone again.

    A change and a question cost no more than a logarithm of how many there are, in practice.
    """

    def __init__(self, scores: Iterable[Decimal | None]) -> None:
        self._scores = SortedList(each for each in scores if each is not None)

    def replace(self, before: Decimal | None, now: Decimal | None) -> None:
        """One proposal's score is another one now; None is no score."""
        if before is not None:
            self._scores.remove(before)
        if now is not None:
            self._scores.add(now)

    def rank(self, score: Decimal | None) -> int | None:
        """The rank that this score has: one more than how many are better."""
        if score is None:
            return None
        return 1 + len(self._scores) - int(self._scores.bisect_right(score))


def in_order(places: Iterable[Place]) -> tuple[Place, ...]:
    """Places as they are published: by rank, then by proposal id, the unranked last."""
    return tuple(
        sorted(places, key=lambda each: (each.rank is None, each.rank or 0, each.proposal))
    )


def cut(places: Iterable[Place], last_rank: int | None) -> tuple[Place, ...]:
    """The same places with who advances: everyone ranked `last_rank` or better, ties at it too.

    Without a cut every ranked proposal advances; one without a score never does.
    """
    return tuple(
        replace(
            each, advanced=each.rank is not None and (last_rank is None or each.rank <= last_rank)
        )
        for each in places
    )


def digest(
    edition: EditionId, stage: StageId, rulebook: Digest, *, final: bool, places: Iterable[Place]
) -> Digest:
    """`sha256:` of the canonical form (RFC 8785) of standings: what anyone can recompute.

    It depends on the places, the rulebook's digest and whether they are final; on nothing else.
    """
    canonical = canonical_json(
        {
            "edition": edition,
            "stage": stage,
            "rulebook": rulebook,
            "final": final,
            "rows": [
                {
                    "proposal": each.proposal,
                    "rank": each.rank,
                    "score": score_text(each.score),
                    "advanced": each.advanced,
                }
                for each in in_order(places)
            ],
        }
    )
    return f"sha256:{sha256(canonical).hexdigest()}"


def score_text(score: Decimal | None) -> str | None:
    """A score as it is published: all its decimals, never with an exponent."""
    return None if score is None else format(score, "f")


def winners(
    rulebook: Rulebook, stage: StageId, places: Iterable[Place]
) -> list[tuple[RankAward, Place]]:
    """Who receives what by the ranking of this stage: everyone ranked `top` or better."""
    ordered = in_order(places)
    return [
        (award, each)
        for award in rulebook.awards
        if isinstance(award, RankAward) and award.stage == stage
        for each in ordered
        if each.rank is not None and each.rank <= award.top
    ]


def decision_award(rulebook: Rulebook, award_id: AwardId) -> DecisionAward:
    """The award that a panel may decide; NotFound, or Refused when it follows from the ranks."""
    award = {each.id: each for each in rulebook.awards}.get(award_id)
    if award is None:
        raise NotFound(
            "unknown_award", f"the rulebook of '{rulebook.id}' has no award '{award_id}'"
        )
    if isinstance(award, RankAward):
        text = f"'{award_id}' follows from the ranks of stage '{award.stage}'; nobody decides it"
        raise Refused("award_by_rank", text)
    return award


def check_award(award: DecisionAward, proposal: ProposalId, given: Collection[ProposalId]) -> None:
    """Refused when the proposal has this award already, or `count` proposals have it."""
    if proposal in given:
        text = f"'{proposal}' has the award '{award.id}' already, for another reason or by another"
        raise Refused("award_given", f"{text} office; it is given once")
    if len(given) >= award.count:
        text = f"the rulebook gives '{award.id}' to {award.count}; it went to"
        raise Refused("award_count_reached", f"{text} {', '.join(sorted(given))}")
