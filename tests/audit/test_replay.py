"""Replay: what ranking published follows from the log, and what does not is named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from contracts.cut import Cut
from contracts.envelope import encode
from contracts.evaluation import ScoringClosed
from contracts.ranking import StageRanked
from contracts.rulebook import Rulebook
from contracts.submission import ProposalWithdrawn
from kit.heard import Heard

from sayembara.audit.replay import Finding, Published, Replay, replayed
from sayembara.audit.scratch import scratch
from sayembara.audit.timing import Timing
from tests.audit.played import LUWU_UTARA, SULSEL, played
from tests.audit.ranking_log import RankingLog
from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    admitted,
    closed,
    disqualified,
    opened,
    rulebook,
    scored,
    sheet,
    stage,
    withdrawn,
)
from tests.system.embedded import DIGEST


@pytest.mark.parametrize(("example", "stages"), [(LUWU_UTARA, 1), (SULSEL, 3)])
def test_every_published_standing_follows_from_the_log(example: str, stages: int) -> None:
    messages = played(example)

    with scratch() as store:
        replay = replayed(store, messages)

    assert replay.findings == []
    assert len(replay.published) == stages
    assert all(each.matches for each in replay.published)


@pytest.mark.parametrize("example", [LUWU_UTARA, SULSEL])
def test_at_its_position_a_replay_has_the_published_digest(example: str) -> None:
    messages = played(example)

    for message in messages:
        if message.event_type == StageRanked.type:
            event = message.event
            assert isinstance(event, StageRanked)
            assert digest_at(messages, message.position, event.stage) == event.digest


def test_luwu_utara_ends_with_the_digest_of_its_example() -> None:
    assert digest_at(played(LUWU_UTARA), len(played(LUWU_UTARA)), "presentasi") == DIGEST


def test_a_withdrawal_that_ranking_took_after_the_decision_changes_nothing() -> None:
    log = waiting_for_a_panel()
    log.others_say(withdrawn("a"))
    log.panel_decides({"b": 2, "c": 1})
    log.ranking_takes()

    check(log)


def test_a_withdrawal_that_ranking_took_before_the_decision_counts() -> None:
    log = waiting_for_a_panel()
    log.others_say(withdrawn("a"))
    log.ranking_takes()
    log.panel_decides({"b": 2, "c": 1})

    check(log)


def test_a_decision_is_not_there_before_it_is_on_the_log() -> None:
    log = waiting_for_a_panel()
    asked = len(log.messages)
    log.panel_decides({"b": 2, "c": 1})

    with scratch() as store:
        replay = Replay(store, Timing(log.messages))
        replay.take(log.messages[:asked])
        replay.settle()
        assert not store.standings(EDITION, DESK).final
        replay.take(log.messages[asked:])
        replay.finish()
        assert store.standings(EDITION, DESK).final

    assert replay.findings == []


def test_a_close_that_came_too_early_is_taken_when_ranking_took_it_again() -> None:
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *scored({"a": "90", "b": "80", "c": "70"}))
    log.others_say(closed(FIELD))
    log.ranking_takes()
    log.others_say(closed(DESK))
    log.ranking_takes()
    log.others_say(sheet("a", "juror-1", "60", stage=FIELD))
    log.others_say(sheet("b", "juror-1", "70", stage=FIELD), disqualified("a"))
    log.ranking_takes()
    log.ranking_tries_again()

    published = check(log)
    assert [each.stage for each in published] == [DESK, FIELD]


def test_what_ranking_sets_aside_is_set_aside_in_the_replay() -> None:
    log = ranked_desk()
    log.others_say(sheet("a", "juror-2", "10"))
    log.ranking_takes()

    assert log.messages[-1].event_type == "message.parked.v1"
    check(log)


def test_what_nobody_set_aside_and_cannot_be_taken_is_a_finding() -> None:
    log = ranked_desk()
    log.others_say(sheet("a", "juror-2", "10"))

    (found,) = findings(log.messages)

    assert found.position == len(log.messages)
    assert "nothing changes its standings any more" in found.says


def test_a_ranking_that_is_published_otherwise_is_named() -> None:
    log = ranked_desk()
    number, event = next(
        (number, each.event)
        for number, each in enumerate(log.messages)
        if isinstance(each.event, StageRanked)
    )
    forged = event.model_copy(update={"digest": f"sha256:{'0' * 64}"})
    log.messages[number] = replace(log.messages[number], body=encode(forged))

    found = findings(log.messages)

    assert [each.position for each in found] == [number + 1]
    assert "digest is published as sha256:000" in found[0].says


def test_a_ranking_that_is_missing_is_named() -> None:
    log = ranked_desk()
    kept = [each for each in log.messages if ".ranking." not in each.subject]

    texts = [each.says for each in findings(kept)]

    assert f"stage.ranked.v1 {EDITION} {DESK} follows from the log, and is not on it" in texts


def test_a_ranking_that_nothing_led_to_is_named() -> None:
    log = ranked_desk()
    kept = [each for each in log.messages if each.event_type != ScoringClosed.type]

    texts = [each.says for each in findings(kept)]

    assert f"stage.ranked.v1 {EDITION} {DESK} is published, and does not follow" in texts[0]


def test_a_withdrawal_that_is_taken_away_is_seen_in_the_standings() -> None:
    log = waiting_for_a_panel()
    log.others_say(withdrawn("a"))
    log.ranking_takes()
    log.panel_decides({"b": 2, "c": 1})
    kept = [each for each in log.messages if each.event_type != ProposalWithdrawn.type]

    assert any("digest is published as" in each.says for each in findings(kept))


def check(log: RankingLog) -> list[Published]:
    """Nothing is found, and there is a ranking; gives what was published."""
    with scratch() as store:
        replay = replayed(store, log.messages)
    assert replay.findings == []
    assert replay.published
    return replay.published


def findings(messages: Sequence[Heard]) -> list[Finding]:
    with scratch() as store:
        return replayed(store, messages).findings


def digest_at(messages: Sequence[Heard], position: int, stage: str) -> str:
    with scratch() as store:
        replay = Replay(store, Timing(messages), until=position)
        replay.take(each for each in messages if each.position <= position)
        replay.settle()
        return store.standings(messages[0].edition, stage).digest


def ranked_desk() -> RankingLog:
    log = RankingLog()
    log.others_say(opened(), *map(admitted, "abc"), *scored({"a": "90", "b": "80", "c": "70"}))
    log.others_say(closed(DESK))
    log.ranking_takes()
    return log


def waiting_for_a_panel() -> RankingLog:
    log = RankingLog()
    log.others_say(opened(decided_by_a_panel()), *map(admitted, "abc"))
    log.others_say(*scored({"a": "90", "b": "80", "c": "80"}), closed(DESK))
    log.ranking_takes()
    return log


def decided_by_a_panel() -> Rulebook:
    return rulebook(stage(DESK, cut=Cut(top=2), decision="panel"))
