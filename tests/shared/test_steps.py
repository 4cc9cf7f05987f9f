"""The formulas of a rulebook's stages: what they may name, and what a stage may rank by."""

from typing import Any

import pytest
from contracts.formula import parse
from contracts.stage import Stage
from contracts.steps import axes_of_steps, known_to, rounding_of, step_of, word

SCORE = "round(mean(weighted(mark), juror), 2)"


def stage(*steps: tuple[str, str], id: str = "meja", **said: Any) -> Stage:
    """A stage with two criteria and these steps."""
    words = {"id": "Kata", "en": "Word"}
    criteria = [{"id": each, "name": words, "weight": 1} for each in ("dampak", "nilai-baru")]
    if steps:
        said["steps"] = [{"id": name, "formula": formula} for name, formula in steps]
    return Stage.model_validate({"id": id, "name": words, "criteria": criteria, **said})


def refused(*stages: Stage) -> str:
    with pytest.raises(ValueError, match="stage '") as caught:
        axes_of_steps(stages)
    return str(caught.value)


def test_a_stage_that_says_nothing_has_one_step() -> None:
    assert axes_of_steps([stage()]) == {"meja": {"score": frozenset()}}


def test_a_step_builds_on_the_steps_before_it() -> None:
    found = axes_of_steps(
        [
            stage(
                ("per_juror", "weighted(mark)"),
                ("m", "round(mean(per_juror, juror), 2)"),
                ("score", "round(mean(clamp(per_juror, m - 3, m + 3), juror), 2)"),
            )
        ]
    )

    assert found["meja"] == {"per_juror": {"juror"}, "m": set(), "score": set()}


def test_a_first_formula_may_name_marks_weights_jurors_and_parts_of_a_mark() -> None:
    assert known_to(stage()) == {
        "mark": {"juror", "criterion"},
        "mark.dampak": {"juror"},
        "mark.nilai_baru": {"juror"},
        "weight": {"criterion"},
        "jurors": set(),
        "seated": set(),
        "recused": set(),
    }


def test_an_id_is_named_with_underscores() -> None:
    assert word("latar-belakang") == "latar_belakang"


def test_a_later_stage_may_name_what_there_is_one_of() -> None:
    first = stage(("each", "weighted(mark)"), ("score", SCORE), id="meja-satu")
    carried = "round(0.3 * stage.meja_satu.score + 0.7 * mean(weighted(mark), juror), 2)"

    assert axes_of_steps([first, stage(("score", carried))])["meja"] == {"score": set()}

    told = refused(first, stage(("score", "round(mean(stage.meja_satu.each, juror), 2)")))
    assert "column 12: there is no value 'stage.meja_satu.each' here" in told
    assert "stage.meja_satu.score" in told


@pytest.mark.parametrize("other", ["wawancara", "meja"])
def test_a_stage_names_neither_a_later_one_nor_itself(other: str) -> None:
    first = stage(("score", SCORE), ("other", f"stage.{other}.score"))

    told = refused(first, stage(id="wawancara"))
    assert told.startswith("stage 'meja', step 'other': column 1: there is no value 'stage.")


def test_a_step_does_not_name_a_later_step_or_itself() -> None:
    assert "column 7: there is no value 'last' here" in refused(
        stage(("score", "round(last, 2)"), ("last", "jurors"))
    )
    assert "column 7: there is no value 'score' here" in refused(
        stage(("score", "round(score, 2)"))
    )


def test_the_steps_of_another_stage_are_not_known_by_their_bare_names() -> None:
    first = stage(("once", "jurors"), ("score", SCORE))

    assert "there is no value 'once' here" in refused(
        first, stage(("score", "round(once, 2)"), id="final")
    )


def test_a_mistake_is_told_with_stage_step_and_column() -> None:
    told = refused(stage(("score", "round(mean(marks, juror), 2)")))

    assert told.startswith("stage 'meja', step 'score': column 12: there is no value 'marks' here")


def test_what_is_no_formula_is_told_with_stage_and_step() -> None:
    told = refused(stage(("score", "round(mark")))

    assert told == "stage 'meja', step 'score': column 6: this cannot be read as a formula"


@pytest.mark.parametrize(
    "name",
    ["juror", "criterion", "mark", "weight", "jurors", "stage", "mean", "rank", "not", "lambda"],
)
def test_a_name_that_the_language_has_is_taken(name: str) -> None:
    told = refused(stage((name, "jurors"), ("score", SCORE)))

    assert told == f"stage 'meja': the name '{name}' is taken; name the step otherwise"


def test_a_stage_ranks_by_one_of_its_steps() -> None:
    told = refused(stage(("total", SCORE), ("other", "jurors")))

    assert told == "stage 'meja' ranks by 'score', which is none of its steps: total, other"
    assert axes_of_steps([stage(("total", SCORE), score="total")])


def test_ties_are_broken_by_steps_of_the_stage() -> None:
    told = refused(stage(tie_breaks=["dampak"]))

    assert told == "stage 'meja' ranks by 'dampak', which is none of its steps: score"

    breaking = ("dampak", "mean(mark.dampak, juror)")
    assert axes_of_steps([stage(("score", SCORE), breaking, tie_breaks=["dampak"])])


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("round(weighted(mark), 2)", "there is one for each juror, not one in all"),
        ("round(mark, 2)", "there is one for each criterion and juror, not one in all"),
    ],
)
def test_a_score_is_one_number(formula: str, told: str) -> None:
    assert refused(stage(("score", formula))) == f"stage 'meja' ranks by 'score', of which {told}"


def test_what_breaks_a_tie_is_one_number() -> None:
    steps = (("score", SCORE), ("each", "weighted(mark)"))

    assert "ranks by 'each', of which there is one for each juror, not one in all" in refused(
        stage(*steps, tie_breaks=["each"])
    )


@pytest.mark.parametrize("formula", ["mean(weighted(mark), juror)", "round(jurors, 2) * 2", "7"])
def test_a_score_says_how_it_is_rounded(formula: str) -> None:
    assert refused(stage(("score", formula))) == (
        "stage 'meja': the step 'score' makes the score; it says how the score is rounded,"
        " as in round(mean(total, juror), 2)"
    )


def test_the_formula_of_a_step_is_found() -> None:
    assert step_of(stage(("score", SCORE)), "score") == parse(SCORE)


@pytest.mark.parametrize(
    ("formula", "places"),
    [
        ("round(x, 2)", 2),
        ("round(x, 0, down)", 0),
        ("round(x, y)", None),
        ("x", None),
        ("abs(round(x, 2))", None),
    ],
)
def test_the_last_rounding_of_a_formula_is_found(formula: str, places: int | None) -> None:
    assert rounding_of(parse(formula)) == places
