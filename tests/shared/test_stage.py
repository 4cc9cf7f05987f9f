"""A stage as it is written in a rulebook: what it may say, and what it means when it does not."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.stage import MEAN_OF_JURORS, Scale, Stage
from pydantic import ValidationError

WORDS = {"id": "Kata", "en": "Word"}
CRITERION = {"id": "dampak", "name": WORDS, "weight": 1}
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
    ],
    ids=["criteria", "steps"],
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
