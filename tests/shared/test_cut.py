"""Who goes on from a stage, as it is written in a rulebook."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.cut import AnyCut, Cut, Limit
from pydantic import TypeAdapter, ValidationError

CUT: TypeAdapter[Cut] = TypeAdapter(AnyCut)


def test_a_number_alone_is_how_many_go_on() -> None:
    assert CUT.validate_json("7", strict=True) == Cut(top=7)
    assert CUT.validate_python(Cut(top=7)) == Cut(top=7)


def test_a_table_is_read_strictly_from_json() -> None:
    text = '{"top": 9, "least": "60.5", "limits": [{"id": "x", "of": "agency", "at_most": 2}]}'

    found = CUT.validate_json(text, strict=True)

    limit = Limit(id="x", of="agency", at_most=2)
    assert found == Cut(top=9, least=Decimal("60.5"), limits=(limit,))
    assert CUT.validate_json(CUT.dump_json(found), strict=True) == found


@pytest.mark.parametrize("value", [0, 100_001, True, "7", 7.5, {"top": 0}, {"best": 7}, []])
def test_what_is_no_cut_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        CUT.validate_python(value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "limit 'x' says neither at_least nor at_most: write one of them, or both"),
        ({"at_least": 3, "at_most": 2}, "limit 'x': at_least 3 is more than at_most 2"),
    ],
)
def test_a_limit_says_how_many(said: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Limit(id="x", **said)


@pytest.mark.parametrize("said", [{"at_least": 3}, {"at_most": 0}, {"at_least": 2, "at_most": 2}])
def test_a_limit_may_have_one_end_or_two(said: dict[str, Any]) -> None:
    assert Limit(id="x", **said).model_dump(exclude_defaults=True) == {"id": "x", **said}


def test_a_limit_names_its_labels() -> None:
    both = Limit(id="x", where={"kelompok": "umum"}, of="wilayah", at_most=1)

    assert both.labels() == {"kelompok", "wilayah"}
    assert Limit(id="y", where={"kelompok": "umum"}, at_most=1).labels() == {"kelompok"}


def test_twin_limits_are_refused() -> None:
    limit = Limit(id="x", at_most=1)
    with pytest.raises(ValidationError, match="limit 'x' is here twice"):
        Cut(limits=(limit, limit))
