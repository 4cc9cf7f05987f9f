"""Replay and verify: what the operator retried or discarded counts from then on, or never."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from contracts.envelope import encode
from contracts.evaluation import SheetAmended
from contracts.operations import MessageDiscarded, MessageParked, MessageRetried, OperatorAction
from kit.heard import Heard
from ranking_service.app import SERVICE

from sayembara.audit.replay import Finding, Replay
from sayembara.audit.scratch import scratch
from sayembara.audit.timing import Timing
from sayembara.audit.verify import Report
from tests.audit.ranking_log import RankingLog, verified
from tests.audit.told import told
from tests.ranking.facts import (
    DESK,
    EDITION,
    admitted,
    amended,
    closed,
    disqualified,
    opened,
    scored,
    sheet,
    withdrawn,
)

FIRST = scored({"a": "90", "b": "80", "c": "70"})
AT = 1 + 3 + len(FIRST) + 1
"""The place of the amendment that meets a bug."""


@contextmanager
def bug(kind: type[Any] = SheetAmended) -> Iterator[None]:
    """As long as this lasts, ranking has a mistake in how it takes these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SERVICE.handlers, kind, lambda *_: 1 // 0)
        yield


def with_a_bug() -> RankingLog:
    """The amendment of c's sheet, and what comes after it of c, waits for the operator."""
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *FIRST, amended("c", "juror-1", "99"))
    with bug():
        log.ranking_takes()
    log.others_say(amended("c", "juror-1", "95", version=3), sheet("b", "juror-2", "60"))
    log.ranking_takes()
    return log


def with_a_discarded_version() -> RankingLog:
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *FIRST, amended("c", "juror-1", "99"))
    with bug():
        log.ranking_takes()
    log.operator_discards(AT)
    close(log)
    return log


def test_a_retried_message_and_what_waited_behind_it_count_from_then_on() -> None:
    log = with_a_bug()
    before = len(log.messages)
    log.operator_retries(AT)
    close(log)

    assert [each.stage for each in check(log).published] == [DESK]
    assert scores_at(log, before)["c"] == "70.00"
    assert scores_at(log, len(log.messages))["c"] == "95.00"


def test_a_discarded_message_never_counts_and_what_waited_behind_it_does() -> None:
    log = with_a_bug()
    log.operator_discards(AT)
    close(log)

    check(log)
    assert scores_at(log, len(log.messages))["c"] == "95.00"


def test_a_discarded_last_version_leaves_the_one_before() -> None:
    log = with_a_discarded_version()

    check(log)
    assert scores_at(log, len(log.messages))["c"] == "70.00"
    hidden = [each for each in log.messages if each.event_type != MessageDiscarded.type]
    assert "digest is published as" in str(verified(hidden).findings)


def test_the_second_reading_says_who_discarded_what_and_why() -> None:
    said = second_reading(with_a_discarded_version())

    text = f"note position {AT} (sheet.amended.v1) does not count: discarded by Biro Organisasi"
    assert f"{text}: looked at with the service's author" in said


def test_a_sheet_that_was_discarded_in_truth_and_is_said_to_be_retried_is_wrong() -> None:
    log = with_a_discarded_version()
    at = at_last(log, MessageDiscarded.type)
    message = log.messages[at - 1]
    assert isinstance(message.event, MessageDiscarded)
    forged = MessageRetried.model_validate(message.event.model_dump())
    headers = {**message.headers, "ce-type": forged.type}
    log.messages[at - 1] = Heard(at, forged.subject(), headers, encode(forged))

    text = "WRONG stage 'desk', 'c': published [3, '70.00', False], worked out [1, '99.00', True]"
    assert text in second_reading(log)


def test_another_service_cannot_discard_a_sheet_for_ranking() -> None:
    log = with_a_discarded_version()
    at = at_last(log, MessageDiscarded.type)
    message = log.messages[at - 1]
    headers = {**message.headers, "ce-source": "/sayembara/evaluation"}
    subject = message.subject.replace("ranking", "evaluation")
    log.messages[at - 1] = replace(message, subject=subject, headers=headers)

    text = f"WRONG position {at} (message.discarded.v1) says other things in its headers"
    assert text in second_reading(log)


def test_a_sheet_that_is_discarded_after_its_stage_was_ranked_counts_there() -> None:
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *FIRST, amended("c", "juror-1", "99"))
    close(log)
    assert "WRONG" not in second_reading(log)
    discarded = MessageDiscarded(
        edition=EDITION,
        service="ranking",
        position=AT,
        event_type=SheetAmended.type,
        by="Biro Organisasi",
        reason="too late",
        checkpoint=AT,
    )
    log.others_say(discarded)

    assert f"stage '{DESK}': worked out again from the sheets" in second_reading(log)


def test_what_a_rule_refused_does_not_count_in_the_second_reading_and_is_named() -> None:
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *FIRST, amended("c", "juror-1", "1000"))
    close(log)

    check(log)
    text = f"note position {AT} (sheet.amended.v1) does not count: ranking says that a rule refuses"
    assert text in second_reading(log)


def test_a_retry_that_failed_again_is_none() -> None:
    log = with_a_bug()
    with bug():
        log.operator_retries(AT)
    between = len(log.messages)
    log.operator_retries(AT)
    close(log)

    check(log)
    assert scores_at(log, between)["c"] == "70.00"


def test_what_ranking_heard_after_the_retry_counts_after_it() -> None:
    log = with_a_bug()
    log.others_say(withdrawn("c"))
    log.operator_retries(AT)
    close(log)

    check(log)


def test_what_ranking_heard_before_the_retry_counts_before_it() -> None:
    log = with_a_bug()
    log.others_say(disqualified("b"), sheet("a", "juror-2", "10"))
    log.ranking_takes()
    log.operator_retries(AT)
    close(log)

    check(log)


def test_a_close_that_waited_for_the_operator_follows_in_the_replay_too() -> None:
    log = with_a_bug()
    log.others_say(closed(DESK))
    log.ranking_takes()
    log.ranking_tries_again()
    log.operator_retries(AT)
    log.ranking_tries_again()

    assert [each.stage for each in check(log).published] == [DESK]


def test_a_close_that_met_a_bug_is_ranked_when_it_is_retried() -> None:
    log = with_a_bug()
    log.operator_retries(AT)
    log.others_say(closed(DESK))
    with bug(type(closed(DESK))):
        log.ranking_takes()
    log.others_say(withdrawn("a"))
    log.ranking_takes()
    log.operator_retries(at_last(log, "scoring.closed.v1"))

    assert [each.stage for each in check(log).published] == [DESK]


def test_what_a_rule_refused_is_refused_in_the_replay_until_it_is_discarded() -> None:
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *FIRST)
    log.others_say(amended("c", "juror-1", "1000"), amended("c", "juror-1", "95", version=3))
    log.ranking_takes()
    log.operator_retries(AT)
    log.operator_discards(AT)
    close(log)

    check(log)
    assert scores_at(log, len(log.messages))["c"] == "95.00"


def test_what_waited_behind_another_may_be_discarded_by_itself() -> None:
    log = with_a_bug()
    log.operator_discards(at_last(log, SheetAmended.type))
    log.operator_retries(AT)
    close(log)

    check(log)
    assert scores_at(log, len(log.messages))["c"] == "99.00"


def test_a_refusal_that_no_rule_makes_is_a_finding() -> None:
    log = with_a_discarded_version()

    report = verified([as_refused(each) for each in log.messages])

    assert [each.matches for each in report.published] == [False]


def test_an_action_that_is_not_about_its_cause_is_a_finding() -> None:
    log = with_a_bug()
    log.operator_retries(AT)
    at = at_last(log, MessageRetried.type)
    event = log.messages[at - 1].event
    assert isinstance(event, OperatorAction)
    forged = event.model_copy(update={"position": 2})
    subject = forged.subject()
    headers = {**log.messages[at - 1].headers, "ce-subject": "2"}
    log.messages[at - 1] = Heard(at, subject, headers, encode(forged))

    text = f"tells of position 2, and its cause is at position {AT}"
    assert Finding(at, text) in verified(log.messages).findings


def test_an_action_without_a_cause_is_a_finding() -> None:
    log = with_a_bug()
    log.operator_discards(AT)
    at = at_last(log, MessageDiscarded.type)
    headers = {k: v for k, v in log.messages[at - 1].headers.items() if k != "ce-causationid"}
    log.messages[at - 1] = replace(log.messages[at - 1], headers=headers)

    text = "message.discarded.v1 names no cause, and nobody may say it without one"
    assert Finding(at, text) in verified(log.messages).findings


def as_refused(message: Heard) -> Heard:
    event = message.event
    if not isinstance(event, MessageParked):
        return message
    return replace(message, body=encode(event.model_copy(update={"outcome": "refused"})))


def close(log: RankingLog) -> None:
    log.ranking_takes()
    log.others_say(closed(DESK))
    log.ranking_takes()
    log.ranking_tries_again()
    assert log.messages[-1].event_type != MessageParked.type


def at_last(log: RankingLog, type_: str) -> int:
    return max(each.position for each in log.messages if each.event_type == type_)


def check(log: RankingLog) -> Report:
    """Both readings of the log find it in order."""
    report = verified(log.messages)
    assert report.findings == ()
    assert report.published
    said = second_reading(log)
    assert "WRONG" not in said
    assert f"stage '{DESK}': worked out again from the sheets" in said
    return report


def second_reading(log: RankingLog) -> str:
    """What `verify_bundle.py` says of it."""
    with TemporaryDirectory() as folder:
        return told(log, Path(folder) / "bundle")


def scores_at(log: RankingLog, position: int) -> dict[str, str]:
    with scratch() as store:
        replay = Replay(store, Timing(log.messages), until=position)
        replay.take(each for each in log.messages if each.position <= position)
        replay.settle()
        found = store.standings(EDITION, DESK).rows
        return {each.proposal: str(each.score) for each in found}
