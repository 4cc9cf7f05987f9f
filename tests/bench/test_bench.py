"""The bench runs, tiny, so that it is not broken when somebody wants to measure."""

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import PARTS, TINY, run, table

TOGETHER = ("abcd", "e", "f", "g")
"""The parts, in portions that take about as long: several processes test them side by side."""


def test_no_part_is_left_out() -> None:
    assert "".join(TOGETHER) == PARTS


@pytest.mark.parametrize("parts", TOGETHER)
def test_every_figure_is_there_beside_its_limit(tmp_path: Path, parts: str) -> None:
    told: list[str] = []
    found = run(TINY, tmp_path / "results.json", told.append, parts)

    written = json.loads((tmp_path / "results.json").read_text())
    assert [each["what"] for each in written["figures"]] == [each.what for each in found]
    assert {each.what[0] for each in found} == set(parts)
    assert all(each.ours > 0 and each.theirs > 0 for each in found)
    assert table(found).row_count == len(found)
    assert told
