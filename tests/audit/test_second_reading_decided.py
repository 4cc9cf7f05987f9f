"""The one file's own reading of what a panel decided: it was published as the minute says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contracts.cut import Cut
from contracts.envelope import encode
from contracts.ranking import DecidedRank, StageDecided
from ranking_service.handlers.decisions import decide_stage

from tests.audit.ranking_log import RankingLog
from tests.audit.told import told
from tests.ranking.facts import (
    DESK,
    EDITION,
    MINUTE,
    admitted,
    closed,
    opened,
    rulebook,
    scored,
    stage,
)

SAYS = f"what the minute {MINUTE.minute} decides was published"


def decided() -> RankingLog:
    """Two share the place at the cut: the panel puts c before b, and lets a and c on."""
    log = RankingLog()
    book = rulebook(stage(DESK, cut=Cut(top=2), decision="panel"))
    log.others_say(opened(book), *map(admitted, "abc"))
    log.others_say(*scored({"a": "90", "b": "80", "c": "80"}), closed())
    log.ranking_takes()
    ranks = {"b": 3, "c": 2}
    log.ranking_is_told(
        lambda store: decide_stage(
            store, EDITION, DESK, minute=MINUTE, ranks=ranks, advanced=["a", "c"]
        )
    )
    return log


def test_a_decision_that_was_published_as_it_was_taken_is_right(tmp_path: Path) -> None:
    said = told(decided(), tmp_path / "bundle")

    assert "WRONG" not in said
    assert f"stage '{DESK}': {SAYS}" in said
    assert f"stage '{DESK}': worked out again from the sheets, rank, score of all 3" in said


@pytest.mark.parametrize(
    "other",
    [
        {"ranks": (DecidedRank(proposal="b", rank=2), DecidedRank(proposal="c", rank=3))},
        {"advanced": ("a", "b")},
    ],
)
def test_what_the_minute_does_not_say_is_wrong(tmp_path: Path, other: dict[str, Any]) -> None:
    log = decided()
    at = next(n for n, each in enumerate(log.messages) if each.event_type == StageDecided.type)
    changed = log.messages[at].event.model_copy(update=other)
    log.messages[at] = replace(log.messages[at], body=encode(changed))

    assert f"WRONG stage '{DESK}': not so: {SAYS}" in told(log, tmp_path / "bundle")
