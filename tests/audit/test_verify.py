"""Verify: a log that was played is in order, and what was done to it is named."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from contracts.envelope import MESSAGE_ID, SCHEMA_URI, Envelope, encode
from contracts.evaluation import SheetAmended, SheetSubmitted
from contracts.event import Event
from contracts.ranking import StageRanked
from kit.heard import Heard
from kit.outgoing import OUTBOX_HEADER
from uuid_utils import uuid7

from sayembara.audit.replay import Finding, Replay
from sayembara.audit.scratch import scratch
from sayembara.audit.timing import Timing
from sayembara.audit.verify import Report, Verification
from tests.audit.played import LUWU_UTARA, SULSEL, played
from tests.audit.ranking_log import RankingLog
from tests.ranking.facts import DESK, EDITION, admitted, amended, closed, opened, scored

Log = list[Heard]


def verified(messages: Sequence[Heard], edition: str | None = None) -> Report:
    with scratch() as store:
        work = Verification(Replay(store, Timing(messages)), edition)
        work.take(messages)
        return work.finish()


@pytest.mark.parametrize("example", [LUWU_UTARA, SULSEL])
def test_a_played_log_is_in_order(example: str) -> None:
    report = verified(played(example))

    assert report.findings == ()
    assert report.is_in_order
    assert report.messages == report.last == len(played(example))
    assert all(each.matches for each in report.published)


def test_an_edition_is_verified_by_itself() -> None:
    report = verified(played(LUWU_UTARA), "another-2019")

    assert report.is_in_order
    assert report.published == ()


def test_a_removed_message_leaves_a_hole() -> None:
    log, at = with_sheets()

    found = verified([each for each in log if each.position != at])

    assert Finding(at + 1, f"the log has no message at position {at}") in found.findings


def test_a_removed_sheet_is_missed_though_the_rest_moves_up() -> None:
    log, at = with_sheets()

    found = verified(numbered([each for each in log if each.position != at]))

    assert not found.is_in_order
    assert not any(each.matches for each in found.published)


def test_a_removed_cause_is_missed_though_the_rest_moves_up() -> None:
    log = luwu_utara()
    recusal = next(each for each in log if each.event_type == "juror.recused.v1")
    cause = recusal.headers["ce-causationid"]

    found = verified(numbered([each for each in log if each.event_id != cause]))

    assert Finding(recusal.position - 1, f"its cause {cause} is not on the log before it") in (
        found.findings
    )


def test_two_swapped_messages_are_out_of_order() -> None:
    log, at = with_sheets()
    log[at - 1], log[at] = log[at], log[at - 1]

    found = verified(log)

    assert Finding(at, f"stands after position {at + 1}: the log is not in order") in found.findings


def test_two_swapped_messages_are_named_though_they_have_each_others_place() -> None:
    log = luwu_utara()
    first, second = [each.position for each in log if each.event_type == SheetSubmitted.type][:2]
    log[first - 1], log[second - 1] = log[second - 1], log[first - 1]

    assert said_at(second, verified(numbered(log)), "evaluation said it as its")


def test_a_sheet_that_amends_nothing_is_named() -> None:
    log = RankingLog()
    log.others_say(opened(), admitted("a"), amended("a", "juror-1", "50", version=1))

    text = f"version 1 of sheet {EDITION}/{DESK}/a/juror-1 is its first one"
    assert said_at(3, verified(log.messages), text)


def test_an_effect_of_another_request_than_its_cause_is_named() -> None:
    log = RankingLog()
    log.others_say(opened(), admitted("a"), *scored({"a": "90"}), closed())
    log.ranking_takes()
    at = next(n for n, each in enumerate(log.messages) if each.event_type == StageRanked.type)
    headers = {**log.messages[at].headers, "ce-correlationid": "another"}
    log.messages[at] = replace(log.messages[at], headers=headers)

    text = "belongs to another request than its cause, at position 4"
    assert said_at(at + 1, verified(log.messages), text)


def test_an_effect_before_its_cause_is_named() -> None:
    log = luwu_utara()
    effect = next(each for each in log if "ce-causationid" in each.headers)
    cause = next(each for each in log if each.event_id == effect.headers["ce-causationid"])
    log.remove(effect)
    log.insert(cause.position - 1, effect)

    assert said_at(cause.position, verified(numbered(log)), "is not on the log before it")


def test_a_duplicated_message_is_named() -> None:
    log, at = with_sheets()
    log.insert(at, log[at - 1])

    found = verified(numbered(log))

    assert said_at(at + 1, found, f"is the event of position {at} once more")
    assert said_at(at, verified(log), "the log is not in order")


def test_a_changed_mark_changes_the_standing() -> None:
    log, at = with_sheets()
    sheet = log[at - 1].event
    assert isinstance(sheet, SheetSubmitted)
    lower = [each.model_copy(update={"value": each.value - 10}) for each in sheet.marks]
    forged = sheet.model_copy(update={"marks": tuple(lower)})
    log[at - 1] = replace(log[at - 1], body=encode(forged))

    found = verified(log)

    ranked = next(each for each in log if each.event_type == StageRanked.type)
    assert said_at(ranked.position, found, "digest is published as")
    assert not any(each.matches for each in found.published)


def test_a_changed_digest_of_a_standing_is_named() -> None:
    log = luwu_utara()
    at = next(each.position for each in log if each.event_type == StageRanked.type)
    log[at - 1] = changed(log[at - 1], b'"digest":"sha256:2', b'"digest":"sha256:3')

    assert said_at(at, verified(log), "digest is published as sha256:3")


def test_a_changed_rank_of_a_result_is_named() -> None:
    log = luwu_utara()
    at = next(each.position for each in log if each.event_type == "proposal.eliminated.v1")
    log[at - 1] = changed(log[at - 1], b'"rank":8', b'"rank":7')

    assert said_at(at, verified(log), "rank is published as 7, replayed 8")


def test_an_inserted_sheet_with_a_valid_form_is_named() -> None:
    log, at = with_sheets()
    sheet = log[at - 1].event
    assert isinstance(sheet, SheetSubmitted)
    forged = SheetAmended.model_validate(
        {**sheet.model_dump(), "version": 3, "reason": "tidak ada"}
    )
    log.insert(at, told_by(log[at - 1], forged))

    found = verified(numbered(log))

    assert said_at(at + 1, found, "version 3 of sheet")
    assert said_at(at + 1, found, "evaluation said it as its")


def test_an_inserted_ranking_without_a_cause_is_named() -> None:
    log = luwu_utara()
    ranked = next(each for each in log if each.event_type == StageRanked.type)
    log.append(told_by(ranked, ranked.event))

    found = verified(numbered(log))

    assert said_at(len(log), found, "names no cause, and nobody may say it without one")
    assert said_at(len(log), found, "does not follow from the log")


def test_a_truncated_tail_lacks_what_follows() -> None:
    log = luwu_utara()
    ranked = next(each for each in log if each.event_type == StageRanked.type)

    found = verified(log[: ranked.position - 1])

    assert said_at(ranked.position - 1, found, "follows from the log, and is not on it")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda each: headed(each, "ce-source", "/sayembara/ranking"), "its source is"),
        (lambda each: headed(each, "ce-subject", "p99"), "its subject is p99"),
        (lambda each: headed(each, "ce-type", "sheet.made.v1"), "no event of type"),
        (
            lambda each: headed(each, "ce-dataschema", f"{SCHEMA_URI}:intake.closed.v1"),
            "its dataschema is",
        ),
        (lambda each: headed(each, MESSAGE_ID, "1"), "its message id is not its event id"),
        (lambda each: headed(each, "ce-specversion", "2.0"), "is not a CloudEvent"),
        (lambda each: headed(each, OUTBOX_HEADER, ""), "evaluation never said it"),
        (lambda each: replace(each, body=b"{}"), "is no event"),
        (lambda each: replace(each, subject="sayembara.ranking.x.y.z.w"), "belongs on"),
    ],
)
def test_a_message_that_contradicts_itself_is_named(
    change: Callable[[Heard], Heard], says: str
) -> None:
    log, at = with_sheets()
    log[at - 1] = change(log[at - 1])

    assert said_at(at, verified(log), says)


def test_a_message_from_before_schemas_had_names_is_in_order() -> None:
    log, at = with_sheets()
    log[at - 1] = headed(log[at - 1], "ce-dataschema", f"/schemas/{SheetSubmitted.type}.json")

    assert verified(log).is_in_order


def test_a_cause_that_cannot_have_this_effect_is_named() -> None:
    log = luwu_utara()
    at = next(each.position for each in log if each.event_type == StageRanked.type)
    first = log[1]  # submission said it, and ranking hears nothing of it
    log[at - 1] = headed(log[at - 1], "ce-causationid", first.event_id)

    assert said_at(at, verified(log), f"ranking says nothing because of {first.event_type}")


def test_a_rulebook_that_is_not_that_of_its_digest_is_named() -> None:
    log = luwu_utara()
    log[0] = changed(log[0], b'"top":7', b'"top":8')

    assert said_at(1, verified(log), "the rulebook is not the one of its digest")


def luwu_utara() -> Log:
    return list(played(LUWU_UTARA))


def with_sheets() -> tuple[Log, int]:
    """A log, and the position of a sheet on it that nobody amended."""
    log = luwu_utara()
    amended = {each.headers["ce-subject"] for each in log if each.event_type == SheetAmended.type}
    sheets = (each for each in log if each.event_type == SheetSubmitted.type)
    return log, next(each.position for each in sheets if each.headers["ce-subject"] not in amended)


def numbered(log: Sequence[Heard]) -> Log:
    """The same messages, each with the position at which it now stands."""
    return [
        Heard(number, each.subject, each.headers, each.body) for number, each in enumerate(log, 1)
    ]


def changed(message: Heard, old: bytes, new: bytes) -> Heard:
    assert old in message.body
    return replace(message, body=message.body.replace(old, new, 1))


def headed(message: Heard, name: str, value: str) -> Heard:
    return replace(message, headers={**message.headers, name: value})


def told_by(like: Heard, event: Event) -> Heard:
    """An event in the form of that one, under an id of its own and without a cause."""
    known = Envelope.from_headers(like.headers)
    envelope = Envelope.around(
        event,
        id=str(uuid7()),
        time=known.time,
        correlation=known.correlationid,
        causation=None,
    )
    headers = {**envelope.headers(), OUTBOX_HEADER: like.headers[OUTBOX_HEADER]}
    return Heard(0, event.subject(), headers, encode(event))


def said_at(position: int, report: Report, words: str) -> bool:
    here = [each.says for each in report.findings if each.position == position]
    assert any(words in each for each in here), report.findings[:10]
    return True
