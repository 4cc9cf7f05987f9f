"""Parking is sequenced: what is about the same as a parked message is taken after it, in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from contracts.operations import MessageDiscarded, MessageParked, MessageRetried
from contracts.outcomes import NotFound
from hypothesis import given as for_all
from hypothesis import strategies as st
from kit import tables
from kit.database import Database
from kit.line import about, covering
from kit.testing import given
from sqlalchemy import Connection

from tests.shared.orderly import (
    SERVICE,
    NotYet,
    Refused,
    World,
    closed,
    metadata,
    sheet_in,
    withdrawn,
)

NewStore = Callable[[str], str]


@pytest.fixture
def world(new_store: NewStore) -> Iterator[World]:
    database = Database(new_store("orderly"))
    with database.writer.begin() as connection:
        for each in (tables.metadata, metadata):
            each.create_all(connection)
    yield World(database.writer.begin)
    database.close()


@pytest.mark.parametrize("failure", [Refused, ZeroDivisionError, NotYet])
def test_what_is_about_the_same_waits_behind_and_follows_in_order(
    world: World, failure: type[Exception]
) -> None:
    first = world.hears(sheet_in("s1", "a"), failing=failure)
    world.hears(sheet_in("s1", "a"), sheet_in("s1", "b"), sheet_in("s2", "a"))
    world.hears(sheet_in("s1", "a"))
    assert world.order() == [3, 4]
    assert [world.waiting()[each] for each in (2, 5)] == ["behind"] * 2
    assert world.reason(5) == "waits until the message at position 1 is taken or discarded"

    world.heals(first)
    world.retries(first)

    assert world.order() == [3, 4, 1, 2, 5]
    assert world.waiting() == {}


def test_only_the_one_in_front_waits_for_the_operator_and_is_told(world: World) -> None:
    world.hears(sheet_in("s1", "a"), failing=Refused)
    world.hears(sheet_in("s1", "a"), sheet_in("s1", "a"))

    assert world.count() == 1
    assert world.parked == ["refused"]
    assert [type(each) for each in world.said()] == [MessageParked]


def test_what_follows_a_discarded_message_is_taken(world: World) -> None:
    world.hears(sheet_in("s1", "a"), failing=ZeroDivisionError)
    world.hears(sheet_in("s1", "a"))

    said = world.discards(1)

    assert world.order() == [2]
    assert [each.event for each in said] == [
        MessageDiscarded(
            edition="e1",
            service="ranking",
            position=1,
            event_type="sheet.submitted.v1",
            by="Operator",
            reason="forged",
            checkpoint=2,
        )
    ]
    assert (said[0].envelope.causationid, said[0].envelope.correlationid) == ("e1", "e1")


def test_one_that_waited_can_fail_and_holds_the_others_back_again(world: World) -> None:
    world.hears(sheet_in("s1", "a"), failing=Refused)
    world.hears(sheet_in("s1", "a"), failing=Refused)
    world.hears(sheet_in("s1", "a"))
    world.heals(1)

    world.retries(1)

    assert world.order() == [1]
    assert world.waiting() == {2: "refused", 3: "behind"}
    assert world.reason(3) == "waits until the message at position 2 is taken or discarded"


def test_a_retry_that_fails_is_on_the_log_and_parks_again(world: World) -> None:
    world.hears(sheet_in("s1", "a"), failing=Refused)

    said = world.retries(1)

    assert [type(each.event) for each in said] == [MessageRetried, MessageParked]
    assert world.waiting() == {1: "refused"}


def test_what_waits_behind_another_cannot_be_retried_but_discarded(world: World) -> None:
    world.hears(sheet_in("s1", "a"), failing=Refused)
    world.hears(sheet_in("s1", "a"), sheet_in("s1", "a"))

    with pytest.raises(Refused, match="until the message at position 1 is taken or discarded"):
        world.retries(2)
    world.discards(2)
    world.heals(1)
    world.retries(1)

    assert world.order() == [1, 3]


def test_what_is_not_parked_can_be_neither_retried_nor_discarded(world: World) -> None:
    for act in (world.retries, world.discards):
        with pytest.raises(NotFound, match="no message is parked at position 7"):
            act(7)


def test_what_came_too_early_is_followed_when_its_time_has_come(world: World) -> None:
    world.hears(sheet_in("s1", "a"), failing=NotYet)
    world.hears(sheet_in("s1", "a"))
    world.heals(1)

    world.time_passes()

    assert world.order() == [1, 2]


def test_what_is_about_more_goes_by_and_what_is_about_a_part_of_it_waits(world: World) -> None:
    world.hears(sheet_in("s1", "a"), failing=NotYet)
    world.hears(withdrawn("a"), closed("s1"))
    assert world.order() == [2, 3]

    world.hears(withdrawn("b"), failing=ZeroDivisionError)
    world.hears(closed("s2"), failing=ZeroDivisionError)
    world.hears(sheet_in("s1", "b"), sheet_in("s2", "c"), sheet_in("s1", "c"))

    assert world.order() == [2, 3, 8]


def test_an_action_has_what_came_too_early_tried_at_once(world: World) -> None:
    world.hears(closed("s1"), failing=NotYet)
    world.hears(sheet_in("s2", "a"), failing=Refused)
    world.heals(1)
    world.discards(2)

    with world.transaction() as connection:
        assert world.batch().take_parked(connection) == 1
    assert world.order() == [1]


EVENTS = st.one_of(
    st.builds(sheet_in, st.sampled_from(["s1", "s2"]), st.sampled_from("ab")),
    st.builds(withdrawn, st.sampled_from("ab")),
    st.builds(closed, st.sampled_from(["s1", "s2"])),
)
FAILURES = st.sampled_from([None, None, Refused, ZeroDivisionError, NotYet])
STEPS = st.one_of(
    st.tuples(st.just("hears"), st.lists(st.tuples(EVENTS, FAILURES), min_size=1, max_size=4)),
    st.tuples(st.sampled_from(["heals", "retries", "discards"]), st.integers(1, 20)),
    st.tuples(st.just("time passes"), st.none()),
)


@for_all(st.lists(STEPS, max_size=25))
def test_whatever_fails_and_is_decided_the_order_is_kept_and_nothing_is_lost(
    steps: list[tuple[str, Any]],
) -> None:
    connection = given(SERVICE).connection
    world, given_up = World(lambda: nested(connection)), set[int]()
    for name, more in steps:
        given_up |= done(world, name, more)
        check(world, given_up)
    while fronts := [at for at, outcome in world.waiting().items() if outcome != "behind"]:
        world.heals(fronts[0])
        world.retries(fronts[0])
        check(world, given_up)
    assert {*world.order()} | given_up == {each.position for each in world.log}


@contextmanager
def nested(connection: Connection) -> Iterator[Connection]:
    with connection.begin_nested():
        yield connection


def done(world: World, name: str, more: Any) -> set[int]:
    """The step is done; what was given up by it."""
    if name == "hears":
        world.hears(*more)
    elif name == "heals":
        world.heals(more)
    elif name == "time passes":
        world.time_passes()
    elif name == "discards" and more in world.waiting():
        world.discards(more)
        return {more}
    elif name == "retries" and world.waiting().get(more, "behind") != "behind":
        world.retries(more)
    return set()


def check(world: World, given_up: set[int]) -> None:
    taken, waiting = world.order(), world.waiting()
    told = [*taken, *waiting, *given_up]
    assert sorted(told) == [each.position for each in world.log], "each message is in one place"
    on = {each.position: about(each) for each in world.log}
    for number, later in enumerate(taken):
        for earlier in [*taken[number + 1 :], *waiting]:
            held = earlier < later and on[earlier] in covering(on[later])
            assert not held, f"{later} was taken before {earlier}, which is in front of it"
    for at, outcome in waiting.items():
        is_held = any(other < at and on[other] in covering(on[at]) for other in waiting)
        assert is_held == (outcome == "behind"), f"{at} is {outcome}"
