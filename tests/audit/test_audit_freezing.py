"""Verify: what was frozen held back what it had to, and changed no standing."""

from dataclasses import replace
from typing import Any

from contracts.envelope import encode
from contracts.event import Event
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen
from contracts.ranking import RankingEvent, StageRanked
from contracts.submission import RulebookAmended
from kit.heard import Heard
from ranking_service.handlers.freezing import freeze, reveal, unfreeze
from ranking_service.handlers.results import announce

from sayembara.audit.freezing import Freezing, When
from sayembara.audit.replay import Finding
from tests.audit.ranking_log import HOUR, NOW, RankingLog, verified
from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    MINUTE,
    OFFICE,
    REASON,
    admitted,
    closed,
    opened,
    rulebook,
    scored,
    sheet,
    stage,
)

WHY: Any = {"by": OFFICE, "reason": REASON}


def played(*, frozen: bool = True) -> RankingLog:
    """An edition to its announcement; frozen after the first sheets, and revealed."""
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *scored({"a": "70", "b": "80"}))
    log.ranking_takes()
    if frozen:
        log.ranking_is_told(lambda store: freeze(store, EDITION, DESK, **WHY))
        log.ranking_is_told(lambda store: freeze(store, EDITION, FIELD, **WHY))
    log.others_say(*scored({"c": "90"}), sheet("a", "juror-2", "100"), closed())
    log.ranking_takes()
    log.others_say(*scored({"c": "60", "a": "61"}, FIELD), closed(FIELD))
    log.ranking_takes()
    if frozen:
        log.ranking_is_told(lambda store: reveal(store, EDITION, DESK, by=OFFICE))
        log.ranking_is_told(lambda store: reveal(store, EDITION, DESK, by=OFFICE, count=2))
        log.ranking_is_told(lambda store: unfreeze(store, EDITION, FIELD, **WHY))
    log.ranking_is_told(lambda store: announce(store, EDITION, by=OFFICE))
    return log


def test_a_log_with_freezing_is_in_order_and_has_the_digests_of_one_without() -> None:
    report = verified(played().messages)

    assert report.findings == ()
    digests = [(each.stage, each.digest) for each in report.published]
    without = verified(played(frozen=False).messages).published
    assert digests == [(each.stage, each.digest) for each in without]
    kinds = [each.event_type for each in played().messages]
    assert kinds.count("place.revealed.v1") == 3


MOMENT = NOW + HOUR
TIMED = rulebook(stage(DESK, cut=2, freeze_at=MOMENT), stage(FIELD))
FIRST: tuple[Event, ...] = (opened(TIMED), *map(admitted, "abc"))
MISSED = f"is said at {MOMENT}; the stage 'desk' had to be frozen at {MOMENT}, and is not"
SHEETS: tuple[Event, ...] = (*scored({"a": "70", "b": "80", "c": "90"}), closed())


def test_what_is_taken_after_the_moment_is_held_and_verifies() -> None:
    log = RankingLog()
    log.others_say(*FIRST)
    log.ranking_takes()
    log.it_is(MOMENT)
    log.others_say(*SHEETS)
    log.ranking_takes()

    assert_held_from_the_freezing_on(log, position=4)


def test_an_edition_that_is_heard_of_after_its_moment_is_held_in_that_very_batch() -> None:
    log = RankingLog()
    log.it_is(MOMENT)
    log.others_say(*FIRST, *SHEETS)
    log.ranking_takes()

    assert_held_from_the_freezing_on(log, position=1)


def assert_held_from_the_freezing_on(log: RankingLog, *, position: int) -> None:
    own = [each.event for each in log.messages if each.event.said_by() == "ranking"]
    assert own[0] == StandingsFrozen(edition=EDITION, stage=DESK, position=position)
    assert {each.held_by for each in own[1:]} == {(DESK,)}  # type: ignore[attr-defined] # ranking's own
    report = verified(log.messages)
    assert report.findings == ()
    assert [(each.stage, each.matches) for each in report.published] == [(DESK, True)]


def test_an_event_that_lacks_its_mark_is_named() -> None:
    log = played().messages
    at = next(n for n, each in enumerate(log) if each.event_type == "stage.ranked.v1")
    plain = log[at].event.model_copy(update={"held_by": ()})
    log[at] = replace(log[at], body=encode(plain))

    (finding,) = verified(log).findings
    assert finding.position == at + 1
    assert finding.says == "is held back by nothing, and must be by desk"


def without_freezing(log: RankingLog) -> RankingLog:
    """As it would be had ranking not frozen the stage, nor held anything back for it."""
    kept = [each for each in log.messages if each.event_type != StandingsFrozen.type]
    log.messages[:] = [replace(_plain(each), position=at) for at, each in enumerate(kept, 1)]
    return log


def _plain(message: Heard) -> Heard:
    event = message.event
    if not isinstance(event, RankingEvent):
        return message
    return replace(message, body=encode(event.model_copy(update={"held_by": ()})))


def test_what_is_said_after_the_moment_of_a_stage_that_was_not_frozen_is_named_once() -> None:
    log = RankingLog()
    log.others_say(*FIRST)
    log.ranking_takes()
    log.it_is(MOMENT)
    log.others_say(*SHEETS)
    log.ranking_takes()
    log.others_say(*scored({"a": "60", "b": "61"}, FIELD), closed(FIELD))
    log.ranking_takes()

    found = verified(without_freezing(log).messages).findings
    first = next(n for n, each in enumerate(log.messages, 1) if each.event.said_by() == "ranking")
    assert [each for each in found if "had to be frozen" in each.says] == [Finding(first, MISSED)]


def test_a_freezing_that_comes_after_what_it_had_to_hold_back_is_named() -> None:
    """As it would be had ranking looked at the clock too late."""
    log = RankingLog()
    log.others_say(*FIRST)
    log.ranking_takes()
    log.it_is(MOMENT)
    log.others_say(*SHEETS[:3])
    log.ranking_takes()
    freezing = next(n for n, each in enumerate(log.messages) if _is_freezing(each))
    late = log.messages.pop(freezing)
    log.messages[:] = [
        replace(_plain(each), position=at) for at, each in enumerate(log.messages, 1)
    ]
    log.messages.append(replace(late, position=len(log.messages) + 1))

    found = [each.says for each in verified(log.messages).findings]
    assert (
        f"is said at {MOMENT}; the stage 'desk' had to be frozen at {MOMENT}, and is not" in found
    )


def test_a_stage_that_was_unfrozen_after_its_moment_need_not_be_frozen_again() -> None:
    log = unfrozen_before_and_after_the_moment()

    assert verified(log.messages).findings == ()
    assert [each.event_type for each in log.messages].count(StandingsFrozen.type) == 2


def test_a_stage_that_was_unfrozen_before_its_moment_must_be_frozen_again() -> None:
    log = unfrozen_before_and_after_the_moment()
    again = max(n for n, each in enumerate(log.messages) if _is_freezing(each))
    log.messages[again] = replace(log.messages[again], body=encode(REVEALED))

    assert MISSED in str(verified(log.messages).findings)


def unfrozen_before_and_after_the_moment() -> RankingLog:
    log = RankingLog()
    log.others_say(*FIRST)
    log.ranking_takes()
    log.ranking_is_told(lambda store: freeze(store, EDITION, DESK, **WHY))
    log.ranking_is_told(lambda store: unfreeze(store, EDITION, DESK, **WHY))
    log.it_is(MOMENT)
    log.others_say(*SHEETS[:3])
    log.ranking_takes()
    log.it_is(MOMENT + HOUR)
    log.ranking_is_told(lambda store: unfreeze(store, EDITION, DESK, **WHY))
    log.others_say(*SHEETS[3:])
    log.ranking_takes()
    return log


def test_a_stage_that_everybody_saw_ranked_before_its_moment_stays_as_it_is() -> None:
    log = RankingLog()
    log.others_say(*FIRST, *SHEETS)
    log.ranking_takes()
    log.it_is(MOMENT)
    log.others_say(*scored({"b": "60", "c": "61"}, FIELD), closed(FIELD))
    log.ranking_takes()

    assert verified(log.messages).findings == ()
    assert not any(map(_is_freezing, log.messages))


def _is_freezing(message: Heard) -> bool:
    return message.event_type == StandingsFrozen.type


def test_an_amended_moment_counts_from_where_ranking_took_the_amendment() -> None:
    plain = rulebook(stage(DESK, cut=2), stage(FIELD))
    change = RulebookAmended(
        edition=EDITION,
        rulebook=TIMED,
        rulebook_digest=TIMED.digest(),
        before=plain.digest(),
        decision=MINUTE,
    )
    log = RankingLog()
    log.others_say(opened(plain), *map(admitted, "abc"))
    log.ranking_takes()
    log.it_is(MOMENT)
    log.others_say(*scored({"a": "70"}))
    log.ranking_takes()
    log.others_say(change, *scored({"b": "70"}))
    # Said before ranking comes to the amendment, and on the log after it.
    log.ranking_is_told(lambda store: freeze(store, EDITION, FIELD, **WHY))
    log.ranking_is_told(lambda store: unfreeze(store, EDITION, FIELD, **WHY))
    log.ranking_takes()

    assert verified(log.messages).findings == ()
    assert any(_is_freezing(each) and each.event.stage == DESK for each in log.messages)  # type: ignore[attr-defined] # a freezing
    assert "the stage 'desk' had to be frozen" in str(
        verified(without_freezing(log).messages).findings
    )


def test_an_amendment_that_was_discarded_freezes_nothing() -> None:
    plain = rulebook(stage(DESK, cut=2), stage(FIELD))
    change = RulebookAmended(
        edition=EDITION,
        rulebook=TIMED,
        rulebook_digest=TIMED.digest(),
        before="sha256:" + "0" * 64,
        decision=MINUTE,
    )
    log = RankingLog()
    log.others_say(opened(plain), *map(admitted, "abc"), change)
    log.ranking_takes()
    log.it_is(MOMENT)
    # It waits behind the amendment; a command does not.
    log.others_say(*scored({"a": "70"}))
    log.ranking_takes()
    log.ranking_is_told(lambda store: freeze(store, EDITION, FIELD, **WHY))
    log.operator_discards(5)

    assert [each for each in verified(log.messages).findings if "frozen" in each.says] == []


def test_a_freezing_for_which_the_rulebook_names_no_moment_is_named() -> None:
    by_rule = FROZEN.model_copy(update={"by": None, "reason": None})
    assert said(by_rule) == [
        f"freezes the stage 'desk' at {NOW} by the rulebook, which names no moment for it"
    ]
    freezing = Freezing()
    for event in (opened(TIMED), by_rule):
        found = list(freezing.take(event, When(1, NOW)))
    assert found == [
        f"freezes the stage 'desk' at {NOW} by the rulebook, which names {MOMENT} for it"
    ]


def test_a_stage_that_everybody_has_seen_is_not_frozen() -> None:
    ranked = next(each.event for each in played().messages if each.event_type == StageRanked.type)
    plain = ranked.model_copy(update={"held_by": ()})
    text = "freezes the stage 'desk', which everybody has seen ranked"
    assert said(plain, FROZEN) == [text]


def said(*events: Event) -> list[str]:
    freezing, when = Freezing(), When(1, NOW)
    return [text for each in (opened(), *events) for text in freezing.take(each, when)]


FROZEN = StandingsFrozen(edition=EDITION, stage=DESK, position=1, **WHY)
UNFROZEN = StandingsUnfrozen(edition=EDITION, stage=DESK, position=1, **WHY)
REVEALED = PlaceRevealed(
    edition=EDITION,
    stage=DESK,
    proposal="a",
    title="A",
    agency="x",
    rank=None,
    score=None,
    remaining=0,
    by=OFFICE,
)


def test_steps_that_ranking_cannot_have_said_are_named() -> None:
    assert said(FROZEN, REVEALED, UNFROZEN) == []
    assert said(FROZEN, FROZEN) == ["freezes the stage 'desk', which is frozen already"]
    assert said(REVEALED) == ["is said of the stage 'desk', which is not frozen"]
    assert said(FROZEN, UNFROZEN, UNFROZEN) == ["is said of the stage 'desk', which is not frozen"]
