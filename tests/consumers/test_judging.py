"""The judgement on what a consumer reported, and the examples it is asked to take."""

from dataclasses import replace

import pytest
from contracts.envelope import decode
from contracts.event import Event
from contracts.public import SHOWN
from contracts.registry import EVENTS
from jsonschema import Draft202012Validator

from sayembara.consumers.checking.examples import data_of
from sayembara.consumers.checking.judging import Seen, Sent, judge
from sayembara.documents.schemas import as_json, public_schema, schema_of

ONE = Sent("1", "proposal.awarded.v1", 7, "a")
TWO = Sent("2", "proposal.awarded.v1", 8, "a")
OTHER = Sent("3", "stage.ranked.v1", 9, "b")
STRANGE = Sent("4", "proposal.sung.v1", 10, "a", known=False)


def line(event: Sent, **told: object) -> dict[str, object]:
    facts = {"type": event.type, "position": event.position, "edition": event.edition}
    return {"id": event.id, **facts, **told}


def wrong(sent: list[Sent], seen: Seen, *, order: bool = True) -> tuple[str, ...]:
    return judge("a rule", "once", sent, seen, order=order).wrong


def test_everything_once_and_in_order_is_right() -> None:
    assert wrong([ONE, TWO, OTHER], Seen([line(ONE), line(TWO), line(OTHER)])) == ()


def test_editions_may_overtake_each_other() -> None:
    assert wrong([ONE, OTHER, TWO], Seen([line(OTHER), line(ONE), line(TWO)])) == ()


def test_what_was_passed_over_need_not_be_told() -> None:
    assert wrong([STRANGE, ONE], Seen([line(ONE)])) == ()


@pytest.mark.parametrize(
    ("sent", "seen", "expected"),
    [
        ([ONE, TWO], Seen([line(ONE)]), "never taken: proposal.awarded.v1 at 8"),
        ([ONE], Seen([line(ONE), line(ONE)]), "taken more than once: proposal.awarded.v1 at 7"),
        ([STRANGE], Seen([line(STRANGE)]), "taken, though it must not be: proposal.sung.v1 at 10"),
        ([ONE], Seen([line(ONE)], unanswered=2), "2 messages are not acknowledged"),
        ([ONE], Seen([line(ONE)], too_slow="slow"), "slow"),
        ([ONE], Seen(ended="it ended"), "it ended"),
        ([ONE], Seen([line(ONE, position=1)]), "position of proposal.awarded.v1 at 7 is told as 1"),
        (
            [ONE, TWO],
            Seen([line(TWO), line(ONE)]),
            "proposal.awarded.v1 at 7 was taken after a later event of its edition",
        ),
    ],
)
def test_each_fault_is_named_alone(sent: list[Sent], seen: Seen, expected: str) -> None:
    assert wrong(sent, seen) == (expected,)


def test_order_counts_only_where_it_is_asked_for() -> None:
    assert wrong([ONE, TWO], Seen([line(TWO), line(ONE)]), order=False) == ()


def test_of_many_events_only_some_are_named() -> None:
    many = [replace(ONE, id=str(number), position=number) for number in range(5)]

    assert wrong(many, Seen())[0].endswith("at 2 and 2 more")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_the_example_of_an_event_fits_its_schema_and_its_contract(event: type[Event]) -> None:
    found = data_of(schema_of(event), "a")

    Draft202012Validator(schema_of(event)).validate(found)
    assert decode(event.type, as_json(found).encode()).type == event.type


@pytest.mark.parametrize("event", SHOWN, ids=lambda event: event.type)
def test_the_example_of_a_public_view_fits_its_schema(event: type[Event]) -> None:
    Draft202012Validator(public_schema(event)).validate(data_of(public_schema(event), "a"))
