"""A mark is read as it is written, the first time and every time after."""

from decimal import Decimal

import pytest
from contracts.evaluation import Mark
from pydantic import ValidationError


@pytest.mark.parametrize("text", ["75", "75.0", "-0.50", "1E+2", " 7 ", "0.1234567890123456789"])
def test_text_of_a_mark_is_the_same_number_every_time(text: str) -> None:
    read = [Mark.model_validate_json(written(f'"{text}"')).value for _ in range(3)]

    assert [str(each) for each in read] == [str(Decimal(text.strip()))] * 3


@pytest.mark.parametrize("text", ['"NaN"', '"-Infinity"', '"many"', '""', f'"{"1" * 21}"', "[]"])
def test_what_is_no_mark_is_refused_every_time(text: str) -> None:
    for _ in range(2):
        with pytest.raises(ValidationError):
            Mark.model_validate_json(written(text))


def test_a_number_is_taken_as_its_text_is() -> None:
    assert Mark.model_validate_json(written("70.5")).value == Decimal("70.5")


def written(value: str) -> str:
    return f'{{"criterion": "need", "value": {value}}}'
