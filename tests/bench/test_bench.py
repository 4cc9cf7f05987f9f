"""The bench runs, tiny, so that it is not broken when somebody wants to measure."""

import json
from pathlib import Path

from tests.bench.__main__ import TINY, run, table


def test_every_figure_is_there_beside_its_limit(tmp_path: Path) -> None:
    told: list[str] = []
    found = run(TINY, tmp_path / "results.json", told.append)

    written = json.loads((tmp_path / "results.json").read_text())
    assert [each["what"] for each in written["figures"]] == [each.what for each in found]
    assert {each.what[0] for each in found} == {"a", "b", "c", "d", "e", "f", "g"}
    assert all(each.ours > 0 and each.theirs > 0 for each in found)
    assert table(found).row_count == len(found)
    assert told
