"""The rulebook: what it promises and what it refuses."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from contracts.rulebook import Criterion, Rulebook, Scale
from contracts.submission import EditionOpened
from pydantic import ValidationError

SAMPLE = Path(__file__).parent / "samples" / "edition.opened.v1.json"
RULEBOOK = EditionOpened.model_validate_json(SAMPLE.read_bytes()).rulebook


def changed(**fields: Any) -> Rulebook:
    return Rulebook.model_validate(RULEBOOK.model_dump(mode="json") | fields)


def test_digest_follows_the_content_and_nothing_else() -> None:
    assert changed().digest() == RULEBOOK.digest()
    assert changed(organiser="Another office").digest() != RULEBOOK.digest()


@pytest.mark.parametrize("weight", [10, "10.0", "1E+1", "010"])
def test_digest_does_not_depend_on_how_a_weight_is_written(weight: object) -> None:
    stage = RULEBOOK.stages[0].model_dump(mode="json")
    stage["criteria"][0]["weight"] = weight
    assert changed(stages=[stage]).digest() == RULEBOOK.digest()


def test_intake_is_open_from_opening_up_to_and_with_closing() -> None:
    intake, moment = RULEBOOK.intake, timedelta(microseconds=1)
    assert intake.is_open(intake.opens_at)
    assert intake.is_open(intake.closes_at)
    assert not intake.is_open(intake.opens_at - moment)
    assert not intake.is_open(intake.closes_at + moment)


def test_intake_that_closes_before_it_opens_is_refused() -> None:
    intake = RULEBOOK.intake.model_dump()
    intake["closes_at"] = intake["opens_at"]
    with pytest.raises(ValidationError, match="closes_at must be later than opens_at"):
        changed(intake=intake)


def test_a_time_without_its_zone_is_refused() -> None:
    intake = RULEBOOK.intake.model_dump() | {"opens_at": datetime(2019, 8, 1)}  # noqa: DTZ001 - it is the point
    with pytest.raises(ValidationError, match="timezone"):
        changed(intake=intake)


@pytest.mark.parametrize(
    ("mark", "taken"),
    [("0", True), ("100", True), ("70.5", False), ("-1", False), ("101", False), ("NaN", False)],
)
def test_a_scale_takes_marks_within_it_and_on_its_steps(mark: str, taken: bool) -> None:
    assert Scale().takes(Decimal(mark)) is taken


def test_a_scale_in_halves_takes_halves() -> None:
    assert Scale(min=Decimal(1), max=Decimal(5), step=Decimal("0.5")).takes(Decimal("3.5"))


def test_a_scale_upside_down_is_refused() -> None:
    with pytest.raises(ValidationError, match="max must be greater than min"):
        Scale(min=Decimal(5), max=Decimal(5))


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"unique": True, "once": ("1",)}, "unique says it of every mark already"),
        ({"once": ("1", "1.5", "101")}, "once names 1.5, 101, which is not on the scale"),
    ],
)
def test_marks_given_once_that_cannot_be_so_are_refused(keys: dict[str, object], told: str) -> None:
    criterion = RULEBOOK.stages[0].criteria[0].model_dump(mode="json") | {"scale": Scale()}
    with pytest.raises(ValidationError, match=told):
        Criterion.model_validate(criterion | keys)


@pytest.mark.parametrize(
    ("keys", "once"),
    [({}, (False, False)), ({"unique": True}, (True, True)), ({"once": ("1",)}, (True, False))],
)
def test_some_marks_are_given_once(keys: dict[str, object], once: tuple[bool, bool]) -> None:
    criterion = RULEBOOK.stages[0].criteria[0].model_dump(mode="json") | {"scale": Scale()}
    found = Criterion.model_validate(criterion | keys)
    assert (found.gives_once(Decimal("1.0")), found.gives_once(Decimal(2))) == once
    assert found.repeats is not any(once)


@pytest.mark.parametrize(
    ("part", "what"), [("sections", "section"), ("stages", "stage"), ("awards", "award")]
)
def test_twins_are_refused(part: str, what: str) -> None:
    first = RULEBOOK.model_dump(mode="json")[part][0]
    with pytest.raises(ValidationError, match=f"{what} '{first['id']}' is here twice"):
        changed(**{part: [first, first]})


def test_twin_criteria_are_refused() -> None:
    stage = RULEBOOK.stages[0].model_dump(mode="json")
    stage["criteria"] = [stage["criteria"][0]] * 2
    with pytest.raises(ValidationError, match=r"criterion '.*' is here twice"):
        changed(stages=[stage])


def test_twin_steps_are_refused() -> None:
    stage = RULEBOOK.stages[0].model_dump(mode="json")
    stage["steps"] *= 2
    with pytest.raises(ValidationError, match="step 'score' is here twice"):
        changed(stages=[stage])


def test_formulas_that_do_not_fit_are_refused_with_their_place() -> None:
    stage = RULEBOOK.stages[0].model_dump(mode="json")
    stage["steps"][0]["formula"] = "round(mean(mark, jury), 2)"
    told = "stage 'presentasi', step 'score': column 18: here stands an axis: group, juror, part"
    with pytest.raises(ValidationError, match=told):
        changed(stages=[stage])


def test_a_formula_names_only_stages_before_its_own() -> None:
    first = RULEBOOK.stages[0].model_dump(mode="json")
    carried = "round(0.5 * stage.presentasi.score + 0.5 * mean(weighted(mark), juror), 2)"
    last = first | {"id": "final", "steps": [{"id": "score", "formula": carried}]}
    assert changed(stages=[first, last]).stage_after("presentasi") is not None
    with pytest.raises(ValidationError, match=r"there is no value 'stage\.presentasi\.score' here"):
        changed(stages=[last, first])


def test_digest_follows_a_formula() -> None:
    stage = RULEBOOK.stages[0].model_dump(mode="json")
    stage["steps"][0]["formula"] = "round(mean(weighted(mark), juror), 3)"
    assert changed(stages=[stage]).digest() != RULEBOOK.digest()


def test_an_award_for_an_unknown_stage_is_refused() -> None:
    award = RULEBOOK.model_dump(mode="json")["awards"][0] | {"stage": "final"}
    with pytest.raises(
        ValidationError, match="names the stage 'final', which is not here: write one of presentasi"
    ):
        changed(awards=[award])


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="quota"):
        changed(quota=7)


def test_stages_follow_each_other() -> None:
    first = RULEBOOK.stages[0].model_dump(mode="json")
    two = changed(stages=[first, first | {"id": "final"}], awards=[])
    following = two.stage_after(first["id"])
    assert following == two.stage("final")
    assert two.stage_after("final") is None


LABEL: dict[str, Any] = {
    "id": "kelompok",
    "name": {"id": "Kelompok", "en": "Group"},
    "values": [{"id": "umum", "name": {"id": "Umum", "en": "General"}}],
}
BAND = {"id": "sangat", "name": {"id": "Sangat", "en": "Very"}, "least": 80}
AWARD = {"id": "emas", "name": {"id": "Emas", "en": "Gold"}, "stage": "presentasi"}


def with_limit(**said: Any) -> Rulebook:
    stage = RULEBOOK.stages[0].model_dump(mode="json")
    stage["cut"] = {"top": 7, "limits": [{"id": "batas", "at_most": 2} | said]}
    return changed(labels=[LABEL], stages=[stage])


def told(**fields: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        changed(**fields)
    return refusal.value.errors()[0]["msg"].removeprefix("Value error, ").split("\n")


def test_limits_name_labels_and_values_that_are_here() -> None:
    for said in ({"of": "agency"}, {"of": "kelompok"}, {"where": {"kelompok": "umum"}}):
        assert with_limit(**said).stages[0].cut is not None
    with_limit(where={"agency": "dinas-kesehatan"})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"of": "wilayah"}, "there is no label 'wilayah': write one of agency, kelompok"),
        (
            {"where": {"kelompok": "khusus"}},
            "'khusus' is no value of the label 'kelompok': write one of umum",
        ),
    ],
)
def test_limits_of_what_is_not_here_are_refused(said: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=f"stage 'presentasi', limit 'batas': {told}"):
        with_limit(**said)


def test_the_label_that_is_built_in_is_not_written() -> None:
    assert told(labels=[LABEL | {"id": "agency"}]) == [
        "label 'agency' is what every proposal has without it: take it out"
    ]


def test_twin_labels_and_values_are_refused() -> None:
    assert told(labels=[LABEL, LABEL]) == ["label 'kelompok' is here twice"]
    assert told(labels=[LABEL | {"values": LABEL["values"] * 2}]) == ["value 'umum' is here twice"]


def test_an_award_goes_from_the_better_rank_to_the_worse() -> None:
    award = AWARD | {"by": "rank", "first": 3, "top": 2}

    assert told(awards=[award])[0].startswith("award 'emas' goes from rank 3 to rank 2")


def test_an_award_by_band_needs_the_band() -> None:
    award = AWARD | {"by": "band", "band": "sangat"}
    stage = RULEBOOK.stages[0].model_dump(mode="json") | {"bands": [BAND]}

    assert changed(stages=[stage], awards=[award]).awards[0].by == "band"
    assert told(awards=[award]) == [
        "award 'emas' names the band 'sangat', which the stage 'presentasi' does not have:"
        " there is none: write it first"
    ]


def test_all_that_does_not_fit_together_is_told() -> None:
    stage = RULEBOOK.stages[0].model_dump(mode="json") | {"score": "nilai"}
    award = AWARD | {"by": "rank", "top": 2, "stage": "final"}

    found = told(stages=[stage], awards=[award, award])

    assert [each.split(" ")[0] for each in found] == ["award", "stage", "award", "award"]
