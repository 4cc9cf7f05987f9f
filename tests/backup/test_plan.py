"""The plan by which the log gets back what it has lost."""

from datetime import UTC, datetime, timedelta

import pytest

from sayembara.backup.plan import Plan, Row, plan

START = datetime(2026, 11, 22, tzinfo=UTC)


def row(name: str, position: int | None = None, cause: str | None = None, at: int = 0) -> Row:
    """`a3` is the third that service a said; `at` is when, in seconds."""
    return Row(name[0], int(name[1:]), name, START + timedelta(seconds=at), cause, position)


def order(made: Plan) -> list[tuple[str, int]]:
    return [(each.row.event_id, each.position) for each in made.placed if each.row]


def test_what_was_marked_goes_to_its_own_position() -> None:
    made = plan(10, [row("a5", 11), row("a6", 13), row("b2", 12)], {"a": 13, "b": 9})
    assert order(made) == [("a5", 11), ("b2", 12), ("a6", 13)]
    assert (made.doubt, made.missing, made.waiting, made.end) == (None, (), 0, 13)
    assert [made.checkpoint(each) for each in (9, 12, 13)] == [9, 12, 13]


def test_a_log_that_lost_nothing_needs_nothing() -> None:
    made = plan(10, [row("a5"), row("b2")], {"a": 10, "b": 3})
    assert (order(made), made.waiting, made.known) == ([], 2, 10)


def test_what_one_service_did_not_mark_fits_into_the_holes_in_one_way() -> None:
    rows = [row("a5", 11), row("a6"), row("a7"), row("a8"), row("b2", 13)]
    made = plan(10, rows, {"a": 14, "b": 9})
    assert order(made) == [("a5", 11), ("a6", 12), ("b2", 13), ("a7", 14)]
    assert (made.doubt, made.waiting) == (None, 1)


def test_of_two_services_nobody_knows_who_was_first() -> None:
    rows = [row("a5", at=2), row("b2", at=1), row("b3", at=3), row("a6", at=4)]
    made = plan(10, rows, {"a": 13, "b": 9})
    assert order(made) == [("b2", 11), ("a5", 12), ("b3", 13)]
    assert (made.doubt, made.waiting) == (11, 1)


def test_a_cause_comes_before_its_effect_whatever_the_clocks_say() -> None:
    rows = [row("a5", at=9), row("b2", cause="a5", at=1), row("c1", 13, cause="b2")]
    made = plan(10, rows, {"a": 13})
    assert order(made) == [("a5", 11), ("b2", 12), ("c1", 13)]


def test_where_nobody_has_a_message_all_others_keep_their_places() -> None:
    rows = [row("a5", 11), row("a6", 13), row("b2", 14)]
    made = plan(10, rows, {"a": 14, "b": 12, "c": 11})
    assert order(made) == [("a5", 11), ("a6", 13), ("b2", 14)]
    assert (made.missing, made.doubt, made.end) == ((12,), 12, 14)
    assert [made.checkpoint(each) for each in (14, 12, 11)] == [14, 12, 11]


def test_a_checkpoint_may_know_of_messages_that_no_outbox_has() -> None:
    made = plan(10, [], {"a": 12})
    assert (order(made), made.missing, made.doubt) == ([], (11, 12), 11)
    assert (made.end, made.checkpoint(12)) == (12, 12)


def test_what_is_said_later_does_not_fill_a_hole_before_what_was_said_earlier() -> None:
    made = plan(10, [row("a5", 12), row("a6")], {"a": 12})
    assert (order(made), made.missing) == ([("a5", 12)], (11,))
    assert made.waiting == 1


def test_what_is_needed_earlier_than_there_is_room_moves_the_rest() -> None:
    rows = [row("a5"), row("b2", 11, cause="a5"), row("b3", 13)]
    made = plan(10, rows, {"b": 13})
    # The hole at 12 takes up what came too early at 11: from 13 on all is as it was.
    assert order(made) == [("a5", 11), ("b2", 12), ("b3", 13)]
    assert made.doubt == 11
    assert [made.checkpoint(each) for each in (11, 12)] == [12, 12]


def test_what_others_wrote_over_comes_after_everything() -> None:
    rows = [row("a5", 9), row("a6", 10), row("a7", 11)]
    made = plan(10, rows, {"a": 11, "b": 9})
    assert order(made) == [("a5", 11), ("a6", 12), ("a7", 13)]
    assert made.doubt == 9


@pytest.mark.parametrize("last", [0, 4])
def test_the_whole_log_can_come_back(last: int) -> None:
    rows = [row(f"a{number}", number) for number in range(last + 1, 9)]
    made = plan(last, rows, {"a": 8})
    assert [position for _, position in order(made)] == list(range(last + 1, 9))
    assert made.doubt is None
