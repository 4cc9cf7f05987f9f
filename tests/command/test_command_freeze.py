"""What the command shows of frozen standings beside the live ones."""

from io import StringIO
from typing import Any

from rich.console import Console

from sayembara.freeze_command import show_difference, state_of


def row(proposal: str, rank: int | None, score: str | None) -> dict[str, Any]:
    return {"proposal": proposal, "title": f"[{proposal}]", "rank": rank, "score": score}


def standings(*rows: dict[str, Any], frozen: Any = None) -> dict[str, Any]:
    return {"edition": "kota-2026", "stage": "akhir", "frozen": frozen, "rows": list(rows)}


THEN = {"position": 41, "revealed": list[str]()}


def drawn(shown: Any, live: Any) -> list[list[str]]:
    """The cells of the table, line by line."""
    seen = StringIO()
    show_difference(Console(file=seen, width=110), shown, live)
    lines = (line for line in seen.getvalue().splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_who_moved_by_how_much_stands_beside_what_everybody_sees() -> None:
    shown = standings(row("a", 1, "80.00"), row("b", 2, "70.00"), row("c", None, None), frozen=THEN)
    live = standings(row("b", 1, "90.00"), row("a", 2, "80.00"), row("c", 3, "10.00"))

    assert drawn(shown, live) == [
        ["2", "1", "↑1", "b", "[b]", "70.00", "90.00"],
        ["1", "2", "↓1", "a", "[a]", "80.00", "80.00"],
        ["-", "3", "•", "c", "[c]", "-", "10.00"],
    ]


def test_who_left_since_and_who_stayed_in_place() -> None:
    shown = standings(row("a", 1, "80.00"), row("b", 2, "70.00"), frozen=THEN)
    live = standings(row("a", 1, "80.00"))

    assert drawn(shown, live) == [
        ["1", "1", "", "a", "[a]", "80.00", "80.00"],
        ["2", "-", "•", "b", "[b]", "70.00", "-"],
    ]


def test_one_line_says_how_it_stands() -> None:
    frozen = "kota-2026, akhir: frozen, everybody sees it as at position 41"
    assert state_of(standings(frozen=THEN), 3) == frozen
    told = state_of(standings(frozen={"position": 41, "revealed": ["a"]}), 3)
    assert told == f"{frozen}; 1 of 3 places are revealed"
    assert state_of(standings(), 3) == ("kota-2026, akhir: not frozen, everybody sees it as it is")
