"""A stage's formulas worked out for its proposals, earlier stages included."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from contracts.rulebook import Stage
from ranking_service.engine.exact import Fraction
from ranking_service.engine.plan import Marks, Plan, plans_of

from tests.ranking.facts import DESK, FIELD, stage

Sheets = Mapping[str, Marks]


def marks(benefit: str, novelty: str) -> Marks:
    return {"benefit": Decimal(benefit), "novelty": Decimal(novelty)}


def plan_of(*stages: Stage) -> Plan:
    """The plan of the last of these stages."""
    return plans_of(stages)[stages[-1].id]


def scores(plan: Plan, **sheets: Sheets) -> dict[str, Decimal | None]:
    entries = {proposal: plan.entry(each, {}) for proposal, each in sheets.items()}
    plan.work_out(entries)
    return {proposal: plan.score(entry) for proposal, entry in entries.items()}


def score(rules: Stage, *sheets: Marks) -> Decimal | None:
    by_juror = {f"juror-{number}": each for number, each in enumerate(sheets)}
    return scores(plan_of(rules), p=by_juror)["p"]


def by(formula: str) -> Stage:
    return stage(DESK, steps={"score": formula})


def test_score_is_the_weighted_mean_where_a_stage_says_nothing() -> None:
    assert score(stage(DESK), marks("70", "81")) == Decimal("72.75")


def test_mean_is_rounded_and_not_the_sheets() -> None:
    """70.25 and 70.50 have the mean 70.375; rounding each of them first would come to 71."""
    mean = by("round(mean(weighted(mark), juror), 0)")
    each = by("round(mean(round(weighted(mark), 0), juror), 0)")

    assert score(mean, marks("70", "71"), marks("70", "72")) == Decimal(70)
    assert score(each, marks("70", "71"), marks("70", "72")) == Decimal(71)


def test_score_without_sheets_is_absent() -> None:
    assert score(stage(DESK)) is None


def test_score_has_all_the_decimals_that_it_is_rounded_to() -> None:
    assert str(score(by("round(mean(weighted(mark), juror), 4)"), marks("70", "70"))) == "70.0000"
    assert str(score(by("round(1 / 8, 2)"), marks("70", "70"))) == "0.13"


def test_names_of_a_stage() -> None:
    assert score(by("round(mean(mark.novelty, juror), 1)"), marks("1", "7"), marks("1", "8")) == (
        Decimal("7.5")
    )
    assert score(by("round(jurors, 0)"), marks("1", "7"), marks("1", "8")) == 2
    assert score(by("round(sum(weight, criterion), 0)"), marks("1", "7")) == 4


def test_default_knows_the_criteria_of_the_stage_and_the_jurors_with_a_sheet() -> None:
    total = "round(sum(sum(default(trim(mark, juror, 1, 0), 100), juror), criterion), 0)"

    assert score(by(total), marks("1", "2"), marks("3", "4")) == 100 + 100 + 3 + 4


def test_criterion_whose_id_is_no_word_is_named_with_underscores() -> None:
    rules = stage(DESK)
    criterion = rules.criteria[0].model_copy(update={"id": "latar-belakang"})
    rules = by("round(mean(mark.latar_belakang, juror), 0)").model_copy(
        update={"criteria": (criterion,)}
    )

    assert score(rules, {"latar-belakang": Decimal(9)}) == 9


def test_what_looks_across_depends_on_the_other_proposals() -> None:
    places = plan_of(by("round(points(rank(mean(weighted(mark), juror)), [12, 10]), 0)"))
    one, other = {"j": marks("70", "70")}, {"j": marks("80", "80")}

    assert places.across
    assert not plan_of(stage(DESK)).across
    assert scores(places, a=one, b=other, c={}) == {"a": 10, "b": 12, "c": None}
    assert scores(places, a=one) == {"a": 12}


CARRIED = {
    "here": "round(mean(weighted(mark), juror), 2)",
    "score": "round(0.3 * stage.desk.score + 0.7 * here, 2)",
}


def test_later_stage_carries_what_an_earlier_one_came_to() -> None:
    plan = plan_of(stage(DESK), stage(FIELD, steps=CARRIED))
    entry = plan.entry({"j": marks("80", "80")}, {"stage.desk.score": Fraction(70)})
    plan.work_out({"p": entry})

    assert plan.earlier == {DESK: {"score": "stage.desk.score"}}
    assert plan.score(entry) == Decimal("77.00")


def test_nothing_is_carried_from_where_there_is_nothing() -> None:
    plan = plan_of(stage(DESK), stage(FIELD, steps=CARRIED))

    assert scores(plan, p={"j": marks("80", "80")}) == {"p": None}


def test_earlier_stage_is_found_by_its_whole_name() -> None:
    steps = {"score": "round(stage.desk_2.score + stage.desk_2.half, 0)"}
    second = stage("desk-2", steps={"half": "jurors / 2", "score": "round(jurors, 0)"})
    plan = plan_of(stage(DESK), second, stage(FIELD, steps=steps))

    assert plan.earlier == {
        "desk-2": {"score": "stage.desk_2.score", "half": "stage.desk_2.half"},
    }


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [({"j": marks("70", "71")}, {"third": Fraction(1, 3), "score": 71}), ({}, {"third": 0})],
)
def test_what_ties_and_later_stages_ask_for_is_kept(
    sheets: Sheets, expected: dict[str, Fraction]
) -> None:
    steps = {
        "each": "weighted(mark)",
        "third": "jurors / 3",
        "nobody_asks": "jurors",
        "score": "round(max(mark.novelty, juror), 0)",
    }
    first = stage(DESK, steps=steps, tie_breaks=("third",))
    later = stage(FIELD, steps={"score": "round(stage.desk.score, 2)"})
    plan = plans_of([first, later])[DESK]
    entry = plan.entry(sheets, {})
    plan.work_out({"p": entry})

    assert plan.kept == ("third", "score")
    assert plan.numbers(entry) == expected


def test_score_may_be_another_step() -> None:
    steps = {"score": "round(jurors, 0)", "result": "round(stage.desk.score / 4, 3)"}
    plan = plan_of(stage(DESK), stage(FIELD, steps=steps).model_copy(update={"score": "result"}))
    entry = plan.entry({}, {"stage.desk.score": Fraction(1)})
    plan.work_out({"p": entry})

    assert str(plan.score(entry)) == "0.250"
