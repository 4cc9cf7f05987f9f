"""What must hold for every stage, whatever the marks."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from contracts.rulebook import Rounding, Stage
from hypothesis import given, strategies
from ranking_service import rules
from ranking_service.rules import Marks

from tests.ranking import facts

Sheets = Mapping[str, Mapping[str, Marks]]
"""Marks by proposal and juror."""

PROPOSALS = ("p1", "p2", "p3", "p4", "p5")
JURORS = ("j1", "j2", "j3")
ROUNDINGS = strategies.builds(
    Rounding,
    places=strategies.integers(0, 4),
    mode=strategies.sampled_from(("half_up", "half_even", "down")),
)
MARK = strategies.integers(0, 100).map(Decimal)
MARKS = strategies.fixed_dictionaries({"benefit": MARK, "novelty": MARK})
SHEETS = strategies.dictionaries(
    strategies.sampled_from(PROPOSALS),
    strategies.dictionaries(strategies.sampled_from(JURORS), MARKS),
)
FRACTIONS = strategies.fractions(-1000, 1000)


def digest_of(stage: Stage, sheets: Sheets, recused: Mapping[str, set[str]]) -> str:
    scores = {
        proposal: rules.stage_score(stage, rules.counted(by_juror, recused.get(proposal, set())))
        for proposal, by_juror in sheets.items()
    }
    places = rules.cut(rules.rank_all(scores), stage.cut)
    return rules.digest("e", stage.id, "sha256:0", final=True, places=places)


def without(sheets: Sheets, proposal: str, juror: str) -> Sheets:
    return {
        each: {name: marks for name, marks in by_juror.items() if (each, name) != (proposal, juror)}
        for each, by_juror in sheets.items()
    }


def shuffled(things: Mapping[str, Any], random: Random) -> dict[str, Any]:
    return dict(random.sample(list(things.items()), len(things)))


@given(sheets=SHEETS, rounding=ROUNDINGS, random=strategies.randoms())
def test_arrival_order_never_changes_the_digest(
    sheets: Sheets, rounding: Rounding, random: Random
) -> None:
    stage = facts.stage("s", cut=2, rounding=rounding)
    elsewhere = {
        each: shuffled(by_juror, random) for each, by_juror in shuffled(sheets, random).items()
    }

    assert digest_of(stage, elsewhere, {}) == digest_of(stage, sheets, {})


@given(
    sheets=SHEETS,
    proposal=strategies.sampled_from(PROPOSALS),
    juror=strategies.sampled_from(JURORS),
)
def test_recusal_equals_never_having_had_the_sheet(
    sheets: Sheets, proposal: str, juror: str
) -> None:
    stage = facts.stage("s", cut=2)
    never = digest_of(stage, without(sheets, proposal, juror), {})

    assert digest_of(stage, sheets, {proposal: {juror}}) == never


@given(sheets=SHEETS, factor=strategies.decimals("0.001", "1000", places=3))
def test_scaling_all_weights_changes_no_place(sheets: Sheets, factor: Decimal) -> None:
    stage = facts.stage("s", cut=2)
    heavier = stage.model_copy(
        update={
            "criteria": tuple(
                each.model_copy(update={"weight": each.weight * factor}) for each in stage.criteria
            )
        }
    )

    assert digest_of(heavier, sheets, {}) == digest_of(stage, sheets, {})


@given(score=FRACTIONS, rounding=ROUNDINGS)
def test_rounding_stays_within_its_step(score: Fraction, rounding: Rounding) -> None:
    result = rules.rounded(score, rounding)
    error = abs(Fraction(result) - score) * 10**rounding.places

    assert result.as_tuple().exponent == -rounding.places
    assert error < 1 if rounding.mode == "down" else error <= Fraction(1, 2)


@given(scores=strategies.dictionaries(strategies.sampled_from(PROPOSALS), MARK))
def test_rank_is_one_more_than_how_many_are_better(scores: dict[str, Decimal]) -> None:
    for place in rules.rank_all(scores):
        better = [each for each in scores.values() if each > scores[place.proposal]]
        assert place.rank == 1 + len(better)
