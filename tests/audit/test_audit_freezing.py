"""Verify: what was frozen held back what it had to, and changed no standing."""

from dataclasses import replace
from typing import Any

from contracts.envelope import encode
from contracts.event import Event
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen
from ranking_service.handlers.freezing import freeze, reveal, unfreeze
from ranking_service.handlers.results import announce

from sayembara.audit.freezing import Freezing
from tests.audit.ranking_log import HOUR, NOW, RankingLog, verified
from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
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


def said(*events: Event) -> list[str]:
    freezing = Freezing()
    return [text for each in (opened(), *events) for text in freezing.take(each)]


FROZEN = StandingsFrozen(edition=EDITION, stage=DESK, position=1)
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
