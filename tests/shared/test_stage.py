"""A stage as it is written in a rulebook: what it may say, and what it means when it does not."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.stage import MEAN_OF_JURORS, Scale, Stage
from pydantic import ValidationError

WORDS = {"id": "Kata", "en": "Word"}
CRITERION = {"id": "dampak", "name": WORDS, "weight": 1}
JURY = {"id": "juri", "name": WORDS}
BAND = {"id": "baik", "name": WORDS, "least": 60}
STEP = {"id": "score", "formula": "round(mean(weighted(mark), juror), 2)"}


def stage(**said: Any) -> Stage:
    return Stage.model_validate({"id": "meja", "name": WORDS, "criteria": [CRITERION], **said})


def test_a_stage_says_only_what_it_must() -> None:
    plain = stage()

    assert plain.steps == MEAN_OF_JURORS
    assert (plain.score, plain.first, plain.ties) == ("score", "greatest", "shared")
    assert plain.tolerance == 0
    assert plain.tie_breaks == ()
    assert (plain.quorum, plain.cut) == (1, None)
    assert plain.criteria[0].scale == Scale(min=Decimal(0), max=Decimal(100), step=Decimal(1))


@pytest.mark.parametrize(
    "said",
    [
        {"criteria": []},
        {"steps": []},
        {"steps": [STEP | {"formula": ""}]},
        {"steps": [STEP | {"formula": "1" * 1001}]},
        {"steps": [STEP | {"id": "Score"}]},
        {"steps": [STEP | {"id": "2nd"}]},
        {"steps": [STEP | {"id": "latar-belakang"}]},
        {"steps": [STEP | {"id": "a" * 41}]},
        {"steps": [STEP | {"places": 2}]},
        {"first": "best"},
        {"ties": "drawn"},
        {"tolerance": "-0.1"},
        {"tolerance": "NaN"},
        {"quorum": 0},
        {"cut": 0},
        {"combine": "mean"},
        {"rounding": {"places": 2}},
        {"criteria": [CRITERION | {"weight": 0}]},
        {"criteria": [CRITERION | {"scale": {"step": 0}}]},
    ],
    ids=repr,
)
def test_what_a_stage_does_not_know_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        stage(**said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"criteria": [CRITERION, CRITERION]}, "criterion 'dampak' is here twice"),
        ({"steps": [STEP, STEP]}, "step 'score' is here twice"),
        ({"panels": [JURY, JURY]}, "panel 'juri' is here twice"),
        ({"parts": ["a", "a"]}, "part 'a' is here twice"),
        ({"bands": [BAND, BAND]}, "band 'baik' is here twice"),
    ],
    ids=["criteria", "steps", "panels", "parts", "bands"],
)
def test_twins_are_refused(said: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        stage(**said)


@pytest.mark.parametrize(
    ("mark", "taken"),
    [
        ("1", True),
        ("3.5", True),
        ("5.0", True),
        ("3.25", False),
        ("0.5", False),
        ("5.5", False),
        ("Infinity", False),
        ("NaN", False),
        (f"3.5{'0' * 200}", True),
        (f"3.5{'0' * 200}1", False),
    ],
    ids=lambda given: str(given)[:9],
)
def test_a_scale_takes_what_lies_on_its_steps(mark: str, taken: bool) -> None:
    scale = Scale(min=Decimal(1), max=Decimal(5), step=Decimal("0.5"))

    assert scale.takes(Decimal(mark)) is taken


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"criteria": [CRITERION | {"panel": "publik"}]},
            "criterion 'dampak' names the panel 'publik', which the stage does not have:"
            " write it in ",
        ),
        (
            {"panels": [JURY], "criteria": [CRITERION | {"panel": "publik"}]},
            "which the stage does not have: write one of juri",
        ),
        (
            {"criteria": [CRITERION | {"per": "part"}]},
            "criterion 'dampak' is marked per part, and the stage has no parts",
        ),
    ],
)
def test_a_criterion_fits_its_stage(said: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        stage(**said)


def test_all_that_does_not_fit_is_told() -> None:
    lost = {"panel": "publik", "per": "part"}
    with pytest.raises(ValidationError) as refusal:
        stage(criteria=[CRITERION | lost, CRITERION])

    told = refusal.value.errors()[0]["msg"].removeprefix("Value error, ").split("\n")
    assert [each[:25] for each in told] == [
        "criterion 'dampak' is her",
        "criterion 'dampak' names ",
        "criterion 'dampak' is mar",
    ]


@pytest.mark.parametrize("parts", [{"parts": ["lari-1", "lari-2"]}, {"open_parts": True}])
def test_a_sheet_asks_for_what_its_panel_marks_of_a_proposal_or_a_part(
    parts: dict[str, Any],
) -> None:
    found = stage(
        panels=[JURY, JURY | {"id": "publik"}],
        criteria=[
            CRITERION,
            CRITERION | {"id": "suara", "panel": "publik"},
            CRITERION | {"id": "lompatan", "panel": "juri", "per": "part"},
        ],
        steps=[{"id": "score", "formula": "round(mean(mark.dampak, juror), 2)"}],
        **parts,
    )

    def asked(panel: str | None, *, of_part: bool) -> list[str]:
        return [each.id for each in found.asked_of(panel, of_part=of_part)]

    assert found.has_parts
    assert asked("juri", of_part=False) == ["dampak"]
    assert asked("publik", of_part=False) == ["dampak", "suara"]
    assert [asked("juri", of_part=True), asked("publik", of_part=True)] == [["lompatan"], []]
    assert not stage().has_parts
