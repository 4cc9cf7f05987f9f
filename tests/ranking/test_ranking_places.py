"""Who stands where: equal ones, the tolerance, what breaks a tie, the cut."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.cut import Cut
from ranking_service.engine.exact import Fraction
from ranking_service.places import Board, Order, Place, Scored, cut, in_order, rank_all

from tests.ranking.facts import DESK, stage


def order(tolerance: str = "0", **rules: Any) -> Order:
    return Order(tolerance=Decimal(tolerance), **rules)


def ranks(order: Order, *scores: str | None) -> list[int | None]:
    """The ranks of proposals with these scores, in turn."""
    named = {
        f"p{number}": Scored(None if each is None else Decimal(each))
        for number, each in enumerate(scores)
    }
    found = {each.proposal: each.rank for each in rank_all(named, order)}
    return [found[each] for each in named]


def test_equal_scores_share_a_rank_and_the_next_is_left_out() -> None:
    scores = {"d": "70", "c": "80", "b": "80.0", "a": "90", "f": None, "e": None}
    scored = {p: Scored(None if s is None else Decimal(s)) for p, s in scores.items()}

    assert rank_all(scored, Order()) == (
        Place("a", 1, Decimal(90)),
        Place("b", 2, Decimal(80)),
        Place("c", 2, Decimal(80)),
        Place("d", 4, Decimal(70)),
        Place("e", None, None),
        Place("f", None, None),
    )


def test_dense_ranks_leave_none_out() -> None:
    assert ranks(order(ties="dense"), "90", "80", "80", "70", None) == [1, 2, 2, 3, None]


def test_smallest_first() -> None:
    assert ranks(order(first="smallest"), "90", "-80", "70", "70") == [4, 1, 2, 2]
    assert ranks(order(first="smallest", ties="dense"), "90", "80", "70", "70") == [3, 2, 1, 1]


def test_nobody_to_rank() -> None:
    assert rank_all({}, Order()) == ()
    assert rank_all({"a": Scored(None)}, order("1")) == (Place("a", None, None),)


@pytest.mark.parametrize(
    ("ties", "expected"), [("shared", [1, 1, 3, 3, 5]), ("dense", [1, 1, 2, 2, 3])]
)
def test_tolerance_is_behind_the_best_who_shares_and_goes_no_further(
    ties: str, expected: list[int]
) -> None:
    """Each is 0.03 behind the one before; only one of them is 0.03 behind the best of its place."""
    found = ranks(order("0.03", ties=ties), "9.00", "8.97", "8.94", "8.91", "8.88")

    assert found == expected


def test_tolerance_is_exact() -> None:
    assert ranks(order("0.03"), "9.00", "8.97", "8.9699999999999999999999") == [1, 1, 3]


def test_tolerance_with_the_smallest_first() -> None:
    assert ranks(order("1", first="smallest"), "10", "11", "12", "13") == [1, 1, 3, 3]


def scored(*breaks: tuple[str, str, str]) -> dict[str, Scored]:
    return {
        f"p{number}": Scored(Decimal(score), (Fraction(first), Fraction(second)))
        for number, (score, first, second) in enumerate(breaks)
    }


TIED = scored(
    ("80", "1", "9"), ("80", "2", "0"), ("80", "1", "9"), ("80", "1", "10"), ("90", "0", "0")
)


def test_ties_are_broken_in_turn_and_the_greater_stands_first() -> None:
    found = [(each.proposal, each.rank) for each in rank_all(TIED, Order())]

    assert found == [("p4", 1), ("p1", 2), ("p3", 3), ("p0", 4), ("p2", 4)]


def test_ties_are_broken_by_the_greater_with_the_smallest_first_too() -> None:
    found = [(each.proposal, each.rank) for each in rank_all(TIED, order(first="smallest"))]

    assert found == [("p1", 1), ("p3", 2), ("p0", 3), ("p2", 3), ("p4", 5)]


def test_nothing_breaks_a_tie_within_the_tolerance() -> None:
    close = scored(("80", "1", "0"), ("80", "2", "0"), ("79.5", "9", "0"), ("78", "0", "0"))

    assert [each.rank for each in rank_all(close, order("1"))] == [1, 1, 1, 4]


def test_order_of_a_stage() -> None:
    rules = stage(DESK, first="smallest", ties="dense", tolerance=Decimal("0.03"))

    assert Order.of(rules) == Order("smallest", "dense", Decimal("0.03"))
    assert Order.of(stage(DESK)) == Order("greatest", "shared", Decimal(0))


def test_merit_of_a_score() -> None:
    scored = Scored(Decimal("1.50"), (Fraction(2),))

    assert scored.merit(Order()) == (Fraction(3, 2), Fraction(2))
    assert scored.merit(order(first="smallest")) == (Fraction(-3, 2), Fraction(2))
    assert Scored(None, (Fraction(2),)).merit(Order()) is None


@pytest.mark.parametrize(
    "order", [order(), order(ties="dense"), order("1"), order("1", ties="dense")]
)
def test_board_of_those_who_come_and_go(order: Order) -> None:
    best, equal, last = (order.merit(Decimal(each)) for each in (90, 80, 70))
    board = Board(order, [best, equal, None, equal])
    board.replace(None, last)
    before = board.rank(last)
    board.replace(equal, None)
    board.replace(None, None)
    board.replace(equal, best)

    assert before == (3 if order.ties == "dense" else 4)
    assert board.rank(best) == 1
    assert board.rank(last) == (2 if order.ties == "dense" else 3)
    assert board.rank(None) is None


def test_places_are_told_by_rank_and_then_by_id() -> None:
    places = [Place("b", None, None), Place("a", None, None), Place("d", 1, None)]

    assert [each.proposal for each in in_order([*places, Place("c", 1, None)])] == [*"cdab"]


def cut_of(last_rank: int | None, *ranks: int | None) -> list[bool | None]:
    places = [
        Place(f"p{number}", rank, None if rank is None else Decimal(1))
        for number, rank in enumerate(ranks)
    ]
    return [each.advanced for each in cut(places, Cut(top=last_rank))]


def test_cut_lets_through_everyone_up_to_its_rank() -> None:
    assert cut_of(2, 1, 2, 3, None) == [True, True, False, False]


def test_ties_at_the_cut_go_on_together() -> None:
    assert cut_of(7, 6, 7, 7, 7, 10) == [True, True, True, True, False]


def test_ties_over_the_cut_leave_it_short() -> None:
    assert cut_of(2, 1, 3, 3) == [True, False, False]


def test_without_a_cut_all_scored_advance() -> None:
    assert cut_of(None, 1, 2, 3, None) == [True, True, True, False]
