"""What must hold for every stage, whatever the marks."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from contracts.rulebook import Stage
from hypothesis import given, strategies
from ranking_service import rules
from ranking_service.engine.plan import plans_of
from ranking_service.places import Order, cut, rank_all
from ranking_service.rules import Marks
from ranking_service.store import Tally

from tests.ranking import facts

Sheets = Mapping[str, Mapping[str, Marks]]
"""Marks by proposal and juror."""

PROPOSALS = ("p1", "p2", "p3", "p4", "p5")
JURORS = ("j1", "j2", "j3")
MARK = strategies.integers(0, 100).map(Decimal)
MARKS = strategies.fixed_dictionaries({"benefit": MARK, "novelty": MARK})
SHEETS = strategies.dictionaries(
    strategies.sampled_from(PROPOSALS),
    strategies.dictionaries(strategies.sampled_from(JURORS), MARKS),
)
PLACES = {"each": "weighted(mark)", "place": "rank(each)"}
STEPS = (
    None,
    {"score": "round(median(weighted(mark), juror), 1, half_even)"},
    {"score": "round(weighted(mean(trim(mark, juror, 1, 0), juror)), 3, up)"},
    {"score": "round(mean(weighted(best(mark, juror, 2)), juror), 0, down)"},
    {
        "middle": "round(mean(weighted(mark), juror), 2)",
        "score": "round(mean(clamp(weighted(mark), middle - 3, middle + 3), juror), 2)",
    },
    {**PLACES, "score": "round(sum(points(place, [12, 10, 8]), juror), 0)"},
    {**PLACES, "score": "round(mean(default(0.9 ** (place - 1), 0), juror), 6)"},
    {"score": "round(count(weighted(mark) / weighted(top(mark)) >= 0.5, juror), 0)"},
)
"""Formulas in which only `weighted` uses the weights."""
STAGES = strategies.builds(
    lambda steps, ties, tolerance, breaks: facts.stage(
        "s", cut=2, steps=steps, ties=ties, tolerance=tolerance, tie_breaks=breaks
    ),
    strategies.sampled_from(STEPS),
    strategies.sampled_from(("shared", "dense")),
    strategies.sampled_from((Decimal(0), Decimal(3))),
    strategies.sampled_from(((), ("score",))),
)


def counted(by_juror: Mapping[str, Marks], recused: set[str]) -> dict[str, Marks]:
    whole, _ = rules.counted({(juror, ""): it for juror, it in by_juror.items()}, recused)
    return whole


def digest_of(stage: Stage, sheets: Sheets, recused: Mapping[str, set[str]]) -> str:
    plan = plans_of([stage])[stage.id]
    entries = {
        proposal: plan.entry(counted(by_juror, recused.get(proposal, set())), {})
        for proposal, by_juror in sheets.items()
    }
    plan.work_out(entries)
    scored = {
        proposal: Tally(plan.score(entry), 0, plan.numbers(entry)).scored(stage)
        for proposal, entry in entries.items()
    }
    places = cut(rank_all(scored, Order.of(stage)), stage.cut)
    return rules.digest("e", stage.id, "sha256:0", final=True, places=places)


def without(sheets: Sheets, proposal: str, juror: str) -> Sheets:
    return {
        each: {name: marks for name, marks in by_juror.items() if (each, name) != (proposal, juror)}
        for each, by_juror in sheets.items()
    }


def shuffled(things: Mapping[str, Any], random: Random) -> dict[str, Any]:
    return dict(random.sample(list(things.items()), len(things)))


@given(stage=STAGES, sheets=SHEETS, random=strategies.randoms())
def test_arrival_order_never_changes_the_digest(
    stage: Stage, sheets: Sheets, random: Random
) -> None:
    elsewhere = {
        each: shuffled(by_juror, random) for each, by_juror in shuffled(sheets, random).items()
    }

    assert digest_of(stage, elsewhere, {}) == digest_of(stage, sheets, {})


@given(
    stage=STAGES,
    sheets=SHEETS,
    proposal=strategies.sampled_from(PROPOSALS),
    juror=strategies.sampled_from(JURORS),
)
def test_recusal_equals_never_having_had_the_sheet(
    stage: Stage, sheets: Sheets, proposal: str, juror: str
) -> None:
    never = digest_of(stage, without(sheets, proposal, juror), {})

    assert digest_of(stage, sheets, {proposal: {juror}}) == never


@given(stage=STAGES, sheets=SHEETS, factor=strategies.decimals("0.001", "1000", places=3))
def test_scaling_all_weights_changes_no_place(
    stage: Stage, sheets: Sheets, factor: Decimal
) -> None:
    heavier = stage.model_copy(
        update={
            "criteria": tuple(
                each.model_copy(update={"weight": each.weight * factor}) for each in stage.criteria
            )
        }
    )

    assert digest_of(heavier, sheets, {}) == digest_of(stage, sheets, {})
