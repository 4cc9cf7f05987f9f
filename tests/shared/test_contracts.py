"""The contracts: every kept sample of every event version stays readable, for ever."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from contracts.consumers import user_key
from contracts.envelope import Envelope, decode, encode
from contracts.event import Event
from contracts.operations import MessageParked
from contracts.registry import BY_TYPE, EVENTS
from contracts.stream import consumer_config, own_subjects

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
NOW = datetime(2019, 8, 1, tzinfo=UTC)


def sample(type_: str) -> Event:
    path = Path(__file__).parent / "samples" / f"{type_}.json"
    return decode(type_, path.read_bytes())


def test_every_event_has_a_kept_sample() -> None:
    assert sorted(event.type for event in EVENTS) == [path.stem for path in SAMPLES]


def test_no_two_events_share_a_type() -> None:
    assert len(BY_TYPE) == len(EVENTS)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_kept_sample_is_decoded_and_encoded_to_the_same(path: Path) -> None:
    event = decode(path.stem, path.read_bytes())
    assert json.loads(encode(event)) == json.loads(path.read_text())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_field_added_later_does_not_disturb_a_reader_of_today(path: Path) -> None:
    later = json.loads(path.read_text()) | {"added_later": 1}
    assert decode(path.stem, json.dumps(later).encode()) == sample(path.stem)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_the_filter_of_an_event_matches_its_subject(event: type[Event]) -> None:
    said = sample(event.type).subject().split(".")
    asked = event.filter().split(".")
    assert len(said) == len(asked)
    assert all(mine in ("*", theirs) for mine, theirs in zip(asked, said, strict=True))


def test_no_two_filters_overlap() -> None:
    assert len({event.filter() for event in EVENTS}) == len(EVENTS)


def test_a_parked_message_is_said_by_the_service_that_parked_it() -> None:
    event = sample(MessageParked.type)
    assert event.subject() == "sayembara.ranking.kipp-luwu-utara-2019.message.77.parked"


def test_an_envelope_survives_the_headers() -> None:
    event = sample("sheet.submitted.v1")
    envelope = Envelope.around(event, id="1", time=NOW, correlation="å 100 %", causation="0")
    headers = envelope.headers()
    assert headers["ce-source"] == "/sayembara/evaluation"
    assert headers["ce-correlationid"] == "%C3%A5%20100%20%25"
    assert Envelope.from_headers(headers) == envelope


def test_headers_of_something_else_are_refused() -> None:
    with pytest.raises(ValueError, match="not a CloudEvent"):
        Envelope.from_headers({"content-type": "application/json"})


def test_headers_without_a_type_are_refused() -> None:
    headers = Envelope.around(
        sample("sheet.submitted.v1"), id="1", time=NOW, correlation="c", causation=None
    ).headers()
    del headers["ce-type"]
    with pytest.raises(ValueError, match="type"):
        Envelope.from_headers(headers)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no event of type 'sheet\.lost\.v1'"):
        decode("sheet.lost.v1", b"{}")


def test_a_consumer_asks_for_what_its_service_hears() -> None:
    config = consumer_config("ranking", ("b", "a"))
    assert config["filter_subjects"] == ["a", "b"]
    assert config["durable_name"] == "ranking"
    assert own_subjects("ranking") == "sayembara.ranking.>"


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f"])
def test_a_control_character_is_refused_before_a_store_refuses_it(sign: str) -> None:
    changed = json.loads(encode(sample("proposal.submitted.v1"))) | {"title": f"Posyandu{sign}"}
    with pytest.raises(ValueError, match="title"):
        decode("proposal.submitted.v1", json.dumps(changed).encode())


@pytest.mark.parametrize("of", ["an account", "a mistake"])
def test_what_is_no_key_of_a_nats_user_is_no_consumers_key(of: str) -> None:
    good = json.loads((SAMPLES[0].parent / "consumer.added.v1.json").read_text())["nkey"]
    last = "A" if good[-1] != "A" else "B"
    wrong = {"an account": "A" + good[1:], "a mistake": good[:-1] + last}[of]
    assert user_key(good) == good
    with pytest.raises(ValueError, match="not the public key of a NATS user"):
        user_key(wrong)
