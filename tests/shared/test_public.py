"""The public view: what is left of each event for everybody, and that no person is in it."""

import json
from pathlib import Path

import pytest
from contracts.envelope import decode
from contracts.event import Event
from contracts.public import (
    POSITION_HEADER,
    SHOWN,
    public_body,
    public_filter,
    public_headers,
    public_subject,
    seen_in,
)
from contracts.registry import EVENTS

SAMPLES = Path(__file__).parent / "samples"
INSIDE = {"by", "reason", "office", "juror", "minute", "decision", "unit", "innovator", "entered"}
KEPT_INSIDE = [event for event in EVENTS if event not in SHOWN]


def sample(event: type[Event]) -> Event:
    return decode(event.type, (SAMPLES / f"{event.type}.json").read_bytes())


def names(found: object) -> set[str]:
    if isinstance(found, dict):
        return set(found).union(*map(names, found.values()))
    return set().union(*map(names, found)) if isinstance(found, list) else set()


@pytest.mark.parametrize("event", SHOWN, ids=lambda event: event.type)
def test_the_public_view_holds_nobodys_name_office_or_reason(event: type[Event]) -> None:
    body = json.loads(public_body(sample(event)) or b"")
    body.pop("rulebook", None)  # published word for word; it has criteria, and nobody's deeds
    assert names(body) & INSIDE == set()
    assert set(body) <= SHOWN[event] <= set(event.model_fields)


@pytest.mark.parametrize("event", KEPT_INSIDE, ids=lambda event: event.type)
def test_an_event_that_names_nothing_to_show_has_no_public_view(event: type[Event]) -> None:
    assert public_body(sample(event)) is None


def test_in_the_internal_view_every_event_is_seen_and_in_the_public_one_what_is_shown() -> None:
    assert set(seen_in("internal").values()) == set(EVENTS)
    assert set(seen_in("public").values()) == set(SHOWN)


def test_a_sheet_is_never_public() -> None:
    assert {each.type for each in SHOWN if each.type.startswith(("sheet.", "juror."))} == set()


@pytest.mark.parametrize("event", SHOWN, ids=lambda event: event.type)
def test_the_public_filter_matches_the_public_subject(event: type[Event]) -> None:
    said = public_subject(sample(event).subject()).split(".")
    asked = public_filter(event).split(".")
    assert len(said) == len(asked)
    assert all(mine in ("*", theirs) for mine, theirs in zip(asked, said, strict=True))


def test_a_subject_of_another_root_has_no_public_one() -> None:
    with pytest.raises(ValueError, match="no subject of the log"):
        public_subject("other.ranking.e.stage.s.ranked")


def test_the_public_headers_keep_the_id_and_drop_what_it_was_said_in_answer_to() -> None:
    headers = {
        "Nats-Msg-Id": "1",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/sayembara/ranking",
        "ce-type": "stage.ranked.v1",
        "ce-correlationid": "whoever-asked",
        "ce-causationid": "2",
        "Sayembara-Outbox": "3",
    }
    assert public_headers(headers, 7) == {
        "Nats-Msg-Id": "1",
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/sayembara/ranking",
        "ce-type": "stage.ranked.v1",
        "ce-dataschema": "urn:sayembara:schema:public:stage.ranked.v1",
        POSITION_HEADER: "7",
    }
