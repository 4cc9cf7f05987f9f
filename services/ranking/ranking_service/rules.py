"""What ranking decides beside the calculation: which marks fit and count, the digest, awards.

Nothing here depends on the order in which things arrive.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256

from contracts.evaluation import Mark
from contracts.ids import AwardId, CriterionId, Digest, EditionId, JurorId, ProposalId, StageId
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import Criterion, DecisionAward, RankAward, Rulebook
from rfc8785 import dumps as canonical_json

from ranking_service.places import Place, in_order

Marks = Mapping[CriterionId, Decimal]


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


def counted(sheets: Mapping[JurorId, Marks], recused: Collection[JurorId]) -> dict[JurorId, Marks]:
    """The sheets that count: those of jurors who did not step aside, whenever they did."""
    return {juror: marks for juror, marks in sheets.items() if juror not in recused}


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
