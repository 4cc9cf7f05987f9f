"""What ranking decides beside the calculation: which marks fit and count, the digest, awards.

Nothing here depends on the order in which things arrive.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256

from contracts.evaluation import Mark
from contracts.ids import (
    AwardId,
    BandId,
    CriterionId,
    Digest,
    EditionId,
    JurorId,
    PartId,
    ProposalId,
    StageId,
)
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import BandAward, Criterion, DecisionAward, RankAward, Rulebook, Stage
from rfc8785 import dumps as canonical_json

from ranking_service.engine.exact import Fraction
from ranking_service.places import Place, in_order

Marks = Mapping[CriterionId, Decimal]


def fitting_marks(
    criteria: Sequence[Criterion], marks: Iterable[Mark]
) -> dict[CriterionId, Decimal]:
    """The marks by criterion, on their scales; Refused unless they are those that are asked for."""
    given = tuple(marks)
    values = {mark.criterion: mark.value for mark in given}
    marked = [each for each in criteria if each.id in values]
    missing = len(marked) < len(criteria) and not all(
        each.optional or each.id in values for each in criteria
    )
    if missing or not len(marked) == len(values) == len(given):
        raise _other_criteria(criteria, [mark.criterion for mark in given])
    for each in marked:
        _check_on_scale(each, values[each.id])
    return values


def check_part(stage: Stage, part: PartId | None) -> None:
    """Refused when the stage has no such part."""
    if part is not None and not stage.open_parts and part not in stage.parts:
        known = ", ".join(stage.parts) or "none"
        text = f"stage '{stage.id}' has no part '{part}'; its parts are: {known}"
        raise Refused("unknown_part", text)


def _other_criteria(criteria: Iterable[Criterion], named: Iterable[CriterionId]) -> Refused:
    expected = ", ".join(sorted(criterion.id for criterion in criteria)) or "no such sheet"
    text = f"the sheet marks {', '.join(sorted(named))}; the stage asks for {expected}"
    return Refused("marks_do_not_fit", text)


def _check_on_scale(criterion: Criterion, mark: Decimal) -> None:
    scale = criterion.scale
    if not scale.takes(mark):
        text = f"{mark} for '{criterion.id}': from {scale.min} to {scale.max} by {scale.step}"
        raise Refused("marks_do_not_fit", text)


def counted(
    sheets: Mapping[tuple[JurorId, PartId], Marks], recused: Collection[JurorId]
) -> tuple[dict[JurorId, Marks], dict[tuple[JurorId, PartId], Marks]]:
    """The sheets that count: those of jurors who did not step aside, whenever they did.

    First those of the whole proposal, whose part is empty; then those of parts.
    """
    whole: dict[JurorId, Marks] = {}
    of_parts: dict[tuple[JurorId, PartId], Marks] = {}
    for giver, marks in sheets.items():
        juror, part = giver
        if juror in recused:
            continue
        if part:
            of_parts[giver] = marks
        else:
            whole[juror] = marks
    return whole, of_parts


def digest(
    edition: EditionId,
    stage: StageId,
    rulebook: Digest,
    *,
    final: bool,
    places: Iterable[Place],
    computed: Mapping[ProposalId, int | None] | None = None,
) -> Digest:
    """`sha256:` of the canonical form (RFC 8785) of standings: what anyone can recompute.

    It depends on the places, the rulebook's digest and whether they are final; and where a panel
    decided, on the computed ranks beside. On nothing else.
    """
    beside = {each: {"computed": rank} for each, rank in (computed or {}).items()}
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
                    **beside.get(each.proposal, {}),
                }
                for each in in_order(places)
            ],
        }
    )
    return f"sha256:{sha256(canonical).hexdigest()}"


def score_text(score: Decimal | None) -> str | None:
    """A score as it is published: all its decimals, never with an exponent."""
    return None if score is None else format(score, "f")


def band_of(stage: Stage, score: Decimal | None, numbers: Mapping[str, Fraction]) -> BandId | None:
    """The first band that fits: at least `least`, and the step `when` is there and is not 0."""
    for band in stage.bands:
        good = band.least is None or (score is not None and score >= band.least)
        if good and (band.when is None or numbers.get(band.when, 0) != 0):
            return band.id
    return None


def winners(
    rulebook: Rulebook,
    stage: StageId,
    places: Iterable[Place],
    bands: Mapping[ProposalId, BandId | None] = {},
) -> list[tuple[RankAward | BandAward, Place]]:
    """Who receives what by the results of this stage: by rank, and by band."""
    ordered = in_order(places)
    return [
        (award, each)
        for award in rulebook.awards
        if not isinstance(award, DecisionAward) and award.stage == stage
        for each in ordered
        if _wins(award, each, bands)
    ]


def _wins(
    award: RankAward | BandAward, place: Place, bands: Mapping[ProposalId, BandId | None]
) -> bool:
    if isinstance(award, BandAward):
        return bands.get(place.proposal) == award.band
    return place.rank is not None and award.first <= place.rank <= award.top


def decision_award(rulebook: Rulebook, award_id: AwardId) -> DecisionAward:
    """The award that a panel may decide; NotFound, or Refused when it follows by itself."""
    award = {each.id: each for each in rulebook.awards}.get(award_id)
    if award is None:
        raise NotFound(
            "unknown_award", f"the rulebook of '{rulebook.id}' has no award '{award_id}'"
        )
    if not isinstance(award, DecisionAward):
        text = f"'{award_id}' follows from the {award.by}s of stage '{award.stage}'"
        raise Refused(f"award_by_{award.by}", f"{text}; nobody decides it")
    return award


def check_award(award: DecisionAward, proposal: ProposalId, given: Collection[ProposalId]) -> None:
    """Refused when the proposal has this award already, or `count` proposals have it."""
    if proposal in given:
        text = f"'{proposal}' has the award '{award.id}' already, for another reason or by another"
        raise Refused("award_given", f"{text} office; it is given once")
    if len(given) >= award.count:
        text = f"the rulebook gives '{award.id}' to {award.count}; it went to"
        raise Refused("award_count_reached", f"{text} {', '.join(sorted(given))}")


def from_below(ranks: Mapping[ProposalId, int | None]) -> list[tuple[ProposalId, ...]]:
    """Who shares a place, from the last place to the first; those without a rank are last."""
    places: dict[int | None, list[ProposalId]] = {}
    for proposal in sorted(ranks):
        places.setdefault(ranks[proposal], []).append(proposal)
    ordered = sorted(places, key=lambda rank: (rank is not None, -(rank or 0)))
    return [tuple(places[rank]) for rank in ordered]
