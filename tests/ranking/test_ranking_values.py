"""Numbers by juror and criterion: how they go together, and what is absent."""

import operator

from ranking_service.engine import values
from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import ABSENT, Value

from tests.ranking.formulas import by_both, by_criterion, by_juror, one


def test_number_without_axes() -> None:
    assert values.single(Fraction(3)).single == 3
    assert values.single(None) is ABSENT
    assert ABSENT.single is None
    assert by_juror(1).single is None


def test_what_has_fewer_axes_is_the_same_along_the_others() -> None:
    marks = by_both(1, 2, 3, 4)

    assert values.each(operator.add, marks, one(1)) == by_both(2, 3, 4, 5)
    assert values.each(operator.mul, by_criterion(10, 1), marks) == by_both(10, 2, 30, 4)
    assert values.each(operator.mul, marks, by_juror(10, 1)) == by_both(10, 20, 3, 4)


def test_axes_stand_in_their_order_whichever_comes_first() -> None:
    expected = by_both(11, 12, 21, 22)

    assert values.each(operator.add, by_juror(10, 20), by_criterion(1, 2)) == expected
    assert values.each(operator.add, by_criterion(1, 2), by_juror(10, 20)) == expected


def test_cell_without_a_number_on_one_side_has_none() -> None:
    assert values.each(operator.add, by_juror(1, None, 3), by_juror(1, 2)) == by_juror(2)
    assert values.each(operator.add, by_both(1, 2, None, 4), by_criterion(None, 1)) == (
        by_both(None, 3, None, 5)
    )
    assert values.each(operator.add, by_juror(1), ABSENT) == by_juror()
    assert values.each(operator.add, by_juror(), by_criterion(1)) == by_both()


def test_cell_of_which_nothing_comes_has_no_number() -> None:
    assert values.each(lambda _: None, by_juror(1, 2)) == by_juror()


def test_axes_of_several() -> None:
    assert values.together((one(1), ABSENT)) == ()
    assert values.together((by_criterion(), one(1))) == ("criterion",)
    assert values.together((by_criterion(), by_juror())) == ("juror", "criterion")


def test_numbers_along_an_axis() -> None:
    marks = by_both(1, 2, 3, None)

    assert values.gathered(marks, "juror") == {
        ("benefit",): [("ana", Fraction(1)), ("budi", Fraction(3))],
        ("novelty",): [("ana", Fraction(2))],
    }
    assert values.gathered(by_criterion(1), "criterion") == {(): [("benefit", Fraction(1))]}


def test_axis_that_was_worked_over_is_gone() -> None:
    marks = by_both(1, 2, 3, None)

    assert values.reduced(marks, "juror", max) == by_criterion(3, 2)
    assert values.reduced(marks, "criterion", lambda _: None) == by_juror()


def test_chosen_numbers_are_kept_where_they_were() -> None:
    marks = by_both(1, 2, 3, 4)

    assert values.kept(marks, "juror", lambda _: ["budi"]) == by_both(None, None, 3, 4)
    assert values.kept(marks, "criterion", lambda _: ["novelty"]) == by_both(None, 2, None, 4)
    assert values.kept(marks, "juror", lambda _: []) == by_both()


def test_numbers_that_are_too_long_are_dropped() -> None:
    marks = by_juror(1, 2)

    assert values.short(marks) is marks
    assert values.short(by_juror(1, f"1/{2**10_000}", 3)) == Value(
        ("juror",), {("ana",): Fraction(1), ("citra",): Fraction(3)}
    )
