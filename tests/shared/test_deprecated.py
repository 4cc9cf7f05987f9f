"""An event that goes says when, and what to take instead, wherever somebody reads of it."""

from datetime import date
from typing import ClassVar

import pytest
from contracts.event import Deprecated, Event
from contracts.ids import ProposalId
from contracts.registry import BY_TYPE, EVENTS

from sayembara.documents import asyncapi, events
from sayembara.documents.schemas import schema_of

GONE = Deprecated(
    since=date(2026, 1, 1),
    until=date(2027, 1, 1),
    instead="proposal.awarded.v1",
    why="nobody sings any more",
)


class ProposalSung(Event):
    """A proposal was sung."""

    type: ClassVar = "proposal.sung.v1"
    source: ClassVar = "ranking"
    about: ClassVar = "proposal"
    deprecated: ClassVar = GONE

    proposal: ProposalId


def test_the_page_of_events_says_so() -> None:
    assert (
        "**Deprecated** since 2026-01-01, said until 2027-01-01; take `proposal.awarded.v1`"
        " instead: nobody sings any more."
    ) in events.section(ProposalSung)


def test_the_schema_and_asyncapi_say_so() -> None:
    assert schema_of(ProposalSung)["deprecated"] is True
    assert asyncapi.message(ProposalSung)["x-deprecated"] == {
        "since": "2026-01-01",
        "until": "2027-01-01",
        "instead": "proposal.awarded.v1",
        "why": "nobody sings any more",
    }


def test_an_event_that_stays_says_nothing_of_it() -> None:
    awarded = BY_TYPE["proposal.awarded.v1"]

    assert "deprecated" not in schema_of(awarded)
    assert "x-deprecated" not in asyncapi.message(awarded)
    assert "Deprecated" not in events.section(awarded)


def test_a_deprecation_of_less_than_a_year_is_refused() -> None:
    with pytest.raises(ValueError, match="until is less than 365 days after since"):
        Deprecated.model_validate({**GONE.model_dump(), "until": date(2026, 12, 31)})


def test_what_is_to_be_taken_instead_is_there_and_stays() -> None:
    for event in EVENTS:
        if event.deprecated:
            assert BY_TYPE[event.deprecated.instead].deprecated is None, event.type
