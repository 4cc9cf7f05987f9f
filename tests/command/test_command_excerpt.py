"""What is shown of long standings at the end of a play."""

from io import StringIO
from typing import Any

from rich.console import Console

from sayembara.play.screen import excerpt, standings_table


def standings(size: int, through: int) -> list[dict[str, Any]]:
    return [
        {
            "rank": rank,
            "proposal": f"p{rank}",
            "title": "Judul",
            "agency_name": "Dinas",
            "score": "1",
            "advanced": rank <= through,
        }
        for rank in range(1, size + 1)
    ]


def shown(size: int, through: int) -> list[list[int]]:
    return [[row["rank"] for row in rows] for rows in excerpt(standings(size, through))]


def test_short_standings_are_shown_whole() -> None:
    assert shown(30, 5) == [[*range(1, 31)]]


def test_long_ones_show_the_first_and_those_around_the_cut() -> None:
    assert shown(1329, 99) == [[*range(1, 21)], [97, 98, 99, 100, 101, 102]]


def test_cut_near_the_first_ones_is_shown_with_them() -> None:
    assert shown(100, 21) == [[*range(1, 25)]]
    assert shown(100, 5) == [[*range(1, 21)]]


def test_where_nobody_or_everybody_goes_on_the_first_are_shown() -> None:
    assert shown(100, 0) == [[*range(1, 21)]]
    assert shown(100, 100) == [[*range(1, 21)]]


def test_dots_stand_for_what_is_left_out() -> None:
    seen = StringIO()

    table = standings_table("Tahap", *excerpt(standings(200, 99)))
    Console(file=seen, width=100).print(table)

    assert table.row_count == 20 + 1 + 6
    assert "…" in seen.getvalue()
