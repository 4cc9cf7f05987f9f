"""When a webhook is tried again, when it counts as dead, and how a try is signed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notification_service.webhooks import rules
from notification_service.webhooks.endpoint import checked_url, origin_of
from notification_service.webhooks.rules import Outcome
from standardwebhooks.webhooks import Webhook

NOON = datetime(2019, 9, 2, 4, 0, tzinfo=UTC)


def seconds(tries: int, chance: float = 1.0, asked: int | None = None) -> float:
    return (rules.next_try_at(tries, NOON, chance, asked) - NOON).total_seconds()


def test_backoff_doubles_up_to_an_hour() -> None:
    within = [seconds(each) for each in range(1, 13)]
    assert within == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


@given(st.integers(1, 10_000), st.floats(0, 1), st.none() | st.integers(0, 10**9))
def test_next_try_is_within_an_hour_and_not_before_what_was_asked(
    tries: int, chance: float, asked: int | None
) -> None:
    assert min(asked or 0, 3600) <= seconds(tries, chance, asked) <= 3600


def test_chance_spreads_the_tries_over_the_whole_time() -> None:
    assert [seconds(11, chance) for chance in (0, 0.25, 1)] == [0, 900, 3600]


def test_dead_is_what_fails_for_a_day_or_says_that_it_is_gone() -> None:
    failed, gone = Outcome(503, "503"), Outcome(410, "410")
    day = timedelta(days=1)

    assert not rules.is_dead(failed, NOON, NOON + day - timedelta(microseconds=1))
    assert rules.is_dead(failed, NOON, NOON + day)
    assert rules.is_dead(gone, NOON, NOON)


def test_both_secrets_count_for_a_day() -> None:
    assert not rules.both_count(None, NOON)
    assert rules.both_count(NOON, NOON + timedelta(hours=23, minutes=59))
    assert not rules.both_count(NOON, NOON + timedelta(days=1))


@settings(max_examples=50)
@given(st.binary(min_size=24, max_size=64), st.text(), st.integers(0, 2**31))
def test_signature_is_that_of_the_reference_library(key: bytes, body: str, timestamp: int) -> None:
    secret = rules.secret_of(key)
    moment = datetime.fromtimestamp(timestamp, UTC)

    theirs = Webhook(secret).sign("e-1", moment, body)
    assert rules.signature(secret, "e-1", timestamp, body.encode()) == theirs


def test_origin_holds_nothing_that_may_be_secret() -> None:
    url = checked_url("https://Hook.Example.go.id:8443/s3cret/path?token=s3cret")
    assert origin_of(url) == "https://hook.example.go.id:8443"
    assert origin_of(checked_url("https://[2001:db8::1]/s3cret")) == "https://[2001:db8::1]"
    assert origin_of(checked_url("https://contoh.id:443/")) == "https://contoh.id"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://contoh.id/", "an endpoint is a URL such as"),
        ("https:///path", "an endpoint is a URL such as"),
        ("contoh.id/hook", "an endpoint is a URL such as"),
        ("file:///etc/passwd", "an endpoint is a URL such as"),
        ("https://user:pass@contoh.id/", "a user and a password"),
        ("https://contoh.id@10.0.0.1/", "a user and a password"),
        ("https://contoh.id/#part", "what follows #"),
        ("https://contoh.id/\n", "this is no URL"),
        ("https://contoh.id:99999/", "this is no URL"),
        ("https://0177.0.0.1/", "this is no URL"),
        ("https://[fe80::1%25eth0]/", "this is no URL"),
    ],
)
def test_what_is_no_endpoint_is_refused_with_its_reason(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked_url(url)
