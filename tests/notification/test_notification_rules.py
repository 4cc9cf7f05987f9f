"""Which notice is which, when it is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest
from notification_service import rules

NOW = datetime(2019, 9, 2, 4, 0, tzinfo=UTC)


def test_same_facts_are_the_same_notice() -> None:
    first, again = (
        rules.notice_id("received", "kipp", "applicant", "dinkes", "p1", 1) for _ in range(2)
    )

    assert first == again == "6731e087-199d-5e6d-a94f-d9f3f56e54c6"


def test_any_other_fact_is_another_notice() -> None:
    ids = {
        rules.notice_id("received", "kipp", "applicant", "dinkes", "p1", 1),
        rules.notice_id("revised", "kipp", "applicant", "dinkes", "p1", 1),
        rules.notice_id("received", "iga", "applicant", "dinkes", "p1", 1),
        rules.notice_id("received", "kipp", "juror", "dinkes", "p1", 1),
        rules.notice_id("received", "kipp", "applicant", "disdik", "p1", 1),
        rules.notice_id("received", "kipp", "applicant", "dinkes", "p2", 1),
        rules.notice_id("received", "kipp", "applicant", "dinkes", "p1", 2),
        rules.notice_id("received", "kipp", "applicant", "dinkes", "p1,1"),
    }

    assert len(ids) == 8


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (5000, 300)]
)
def test_wait_doubles_up_to_five_minutes(tries: int, seconds: int) -> None:
    assert rules.next_try_at(tries, NOW) == NOW + timedelta(seconds=seconds)


def test_notice_is_given_up_when_tried_enough() -> None:
    assert [rules.gives_up(tries, 3, for_good=False) for tries in (1, 2, 3)] == [False, False, True]


def test_notice_refused_for_good_is_given_up_at_once() -> None:
    assert rules.gives_up(1, 3, for_good=True)


@pytest.mark.parametrize(
    ("state", "known", "forgotten", "why"),
    [
        ("queued", False, False, "no address for dinkes"),
        ("queued", False, True, "erased: the contact of dinkes: put another one"),
        ("queued", True, False, None),
        ("queued", True, True, None),
        ("delivered", False, True, None),
    ],
)
def test_notice_waits_only_for_a_missing_address(
    state: rules.State, known: bool, forgotten: bool, why: str | None
) -> None:
    assert rules.why_waiting(state, "dinkes", known=known, forgotten=forgotten) == why


def test_mailbox_has_a_name_on_one_line() -> None:
    found = rules.mailbox("Dinas\r\nBcc: x@y.example", "dinkes@luwu.example")

    assert str(found) == '"Dinas Bcc: x@y.example" <dinkes@luwu.example>'


@pytest.mark.parametrize(
    "email",
    [
        "",
        "dinkes",
        "dinkes@",
        "a..b@c.example",
        "a@b.example, c@d.example",
        "a@b.example\n",
        "é@b.example",
    ],
)
def test_mailbox_of_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        rules.mailbox("Dinas Kesehatan", email)
