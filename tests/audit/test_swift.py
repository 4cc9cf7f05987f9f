"""The quick replay comes to what the general one does, whatever is on the log."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from json import dumps
from typing import Any

import pytest
from contracts.evaluation import Entered
from contracts.event import Event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.heard import Heard
from ranking_service.store import tables
from sqlalchemy import select

from sayembara.audit import fold, swift
from sayembara.audit.replay import Replay
from sayembara.audit.scratch import Scratch, scratch
from sayembara.audit.sheets import sheet_of
from sayembara.audit.swift import Swift
from sayembara.audit.timing import Timing
from sayembara.audit.wire import Found, Frame
from tests.audit.played import LUWU_UTARA, SULSEL, played
from tests.audit.ranking_log import RankingLog
from tests.ranking.facts import (
    DESK,
    FIELD,
    REASON,
    admitted,
    amended,
    closed,
    disqualified,
    opened,
    recused,
    rulebook,
    sheet,
    withdrawn,
    words,
)
from tests.ranking.panels import instead, of, stage

PROPOSALS = "abc"
JURORS = ("juror-1", "juror-2")


@pytest.fixture(autouse=True)
def folds_short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swift, "SHORT", 2)
    monkeypatch.setattr(swift, "RUN", 6)


@pytest.mark.parametrize("example", [LUWU_UTARA, SULSEL])
def test_a_played_edition_comes_to_the_same(example: str) -> None:
    messages = [each for each in played(example) if each.edition == example]

    folded = check(messages)

    assert folded > 0.9 * sum(".sheet." in each.subject for each in messages)


def test_sheets_that_are_handed_in_and_amended_are_folded() -> None:
    log = begun()
    log.others_say(*(sheet(each, "juror-1", "80") for each in PROPOSALS))
    log.others_say(*(amended(each, "juror-1", "70") for each in PROPOSALS), closed())
    log.ranking_takes()

    assert check(log.messages) == 6


def test_a_sheet_of_a_ranked_stage_is_left_to_ranking() -> None:
    log = begun()
    log.others_say(*(sheet(each, "juror-1", "80") for each in PROPOSALS), closed())
    log.ranking_takes()
    log.others_say(*(sheet(each, "juror-2", "80") for each in PROPOSALS))
    log.ranking_takes()

    assert check(log.messages) == 3


def test_what_is_held_and_what_was_written_down_count_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fold, "HELD_MAX", 3)
    log = begun()
    for version, mark in enumerate(("80", "60", "75"), start=2):
        for juror in JURORS:
            log.others_say(*(amended(each, juror, mark, version=version) for each in PROPOSALS))
        log.others_say(recused("a", f"juror-{version}"))
    log.others_say(amended("b", "juror-1", "10", version=4), closed())
    log.ranking_takes()

    assert check(log.messages) == 18


UNUSUAL: list[tuple[str, Callable[[Heard], Heard]]] = [
    ("another form of a mark", lambda it: with_body(it, b'"80"', b'"8E1"')),
    ("a mark that is a number", lambda it: with_body(it, b'"80"', b"80")),
    ("a mark that is off the scale", lambda it: with_body(it, b'"80"', b'"180"')),
    ("a criterion twice", lambda it: with_body(it, b"novelty", b"benefit")),
    (
        "a criterion too little",
        lambda it: with_body(it, b',{"criterion":"novelty","value":"80"}', b""),
    ),
    ("a field that is not known", lambda it: with_body(it, b"{", b'{"later":1,')),
    ("a field twice", lambda it: with_body(it, b"{", b'{"juror":"juror-7",')),
    ("no JSON", lambda it: with_body(it, b"{", b"")),
    ("no UTF-8", lambda it: with_body(it, b"{", b'{"later":"\xff",')),
    ("a version that is text", lambda it: with_body(it, b'"version":1', b'"version":"1"')),
    ("a version below 1", lambda it: with_body(it, b'"version":1', b'"version":0')),
    ("a juror that is no token", lambda it: with_body(it, b"juror-1", b"Juror 1")),
    (
        "a part that is not there",
        lambda it: with_body(it, b'"version":1', b'"version":1,"part":"x"'),
    ),
    ("an empty part", lambda it: with_body(it, b'"version":1', b'"version":1,"part":""')),
    ("another proposal", lambda it: with_body(it, b'"proposal":"b"', b'"proposal":"c"')),
    ("another stage", lambda it: with_body(it, b'"stage":"desk"', b'"stage":"roof"')),
    ("the type of another event", lambda it: with_header(it, "ce-type", "juror.recused.v1")),
    ("a later version of the type", lambda it: with_header(it, "ce-type", "sheet.submitted.v2")),
    ("no id", lambda it: with_header(it, "ce-id", "")),
    ("another specification", lambda it: with_header(it, "ce-specversion", "2.0")),
    ("a longer subject", lambda it: replace(it, subject=f"{it.subject}.more")),
    ("a header that is not known", lambda it: with_header(it, "Later", "1")),
]


@pytest.mark.parametrize("change", [each for _, each in UNUSUAL], ids=[each for each, _ in UNUSUAL])
def test_an_unusual_sheet_is_taken_as_ranking_takes_it(change: Callable[[Heard], Heard]) -> None:
    log = begun()
    log.others_say(*(sheet(each, "juror-1", "80") for each in PROPOSALS))
    usual = log.messages[-2]
    log.messages[-2] = change(usual)
    assert log.messages[-2] != usual
    log.others_say(*(sheet(each, "juror-2", "60") for each in PROPOSALS))

    check(log.messages)


@pytest.mark.parametrize("reason", ["  padded  ", "two\nlines", "é and ✓", "x" * 2000, "xx"])
def test_a_reason_is_looked_at_as_the_contract_does(reason: str) -> None:
    log = begun()
    log.others_say(*(sheet(each, "juror-1", "80") for each in PROPOSALS))
    log.others_say(*(amended(each, "juror-1", "60") for each in PROPOSALS))
    last = log.messages[-1]
    written = dumps(reason, ensure_ascii=False).encode()
    log.messages[-1] = with_body(last, dumps(REASON).encode(), written)

    check(log.messages)


def test_a_sheet_that_somebody_else_put_in_is_folded() -> None:
    log = begun()
    entered = Entered(by="Sekretariat", source="lembar.csv")
    given = (sheet(each, "juror-1", "80") for each in PROPOSALS)
    log.others_say(*(each.model_copy(update={"entered": entered}) for each in given))

    assert check(log.messages) == 3


RUNS = stage(
    {
        "runs": "mean(mean(mark.run, juror), part)",
        "score": "round(runs + default(mean(mark.style, juror), 0), 2)",
    },
    panels=[],
    criteria=[
        {"id": "run", "name": words("Run"), "per": "part"},
        {"id": "style", "name": words("Style"), "optional": True},
        {"id": "speed", "name": words("Speed"), "optional": True},
    ],
)


def test_sheets_of_parts_and_with_other_criteria_are_folded_side_by_side() -> None:
    log = RankingLog()
    log.others_say(opened(rulebook(RUNS)), *map(admitted, PROPOSALS))
    for juror in JURORS:
        for each in PROPOSALS:
            log.others_say(of(each, juror, "run-1", run=70), of(each, juror, "run-2", run=60))
            log.others_say(of(each, juror, style=3), of(each, f"{juror}-b", style=3, speed=4))
        log.others_say(*(instead(each, juror, "run-2", run=80) for each in PROPOSALS))
    log.ranking_takes()

    assert check(log.messages) == 30


def test_up_to_the_first_that_does_not_count_all_are_folded() -> None:
    log = begun()
    log.others_say(*(sheet(each, "juror-1", "80") for each in PROPOSALS))
    log.others_say(*(sheet(each, "juror-2", "80") for each in "abdc"))
    log.ranking_takes()

    assert check(log.messages) == 5


def said(kind: str, proposal: str, juror: str, mark: int, version: int) -> Event:
    match kind:
        case "sheet":
            return sheet(proposal, juror, str(mark), version=version)
        case "amended":
            return amended(proposal, juror, str(mark), version=version)
        case "field":
            return sheet(proposal, juror, str(mark), version=version, stage=FIELD)
        case "recused":
            return recused(proposal, juror)
        case "withdrawn":
            return withdrawn(proposal)
        case "disqualified":
            return disqualified(proposal)
        case "admitted":
            return admitted(proposal)
    return closed(DESK if mark < 80 else FIELD)


KINDS = ["sheet"] * 8 + ["amended"] * 6 + ["field"] * 3
KINDS += ["recused", "withdrawn", "disqualified", "admitted", "closed", "takes", "again"]
STEPS = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from([*PROPOSALS, "d"]),
    st.sampled_from([*JURORS, "juror-3"]),
    st.integers(0, 110),
    st.integers(1, 5),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[*HealthCheck])
@given(steps=st.lists(STEPS, min_size=4, max_size=40), held=st.sampled_from([2, 1000]))
def test_whatever_is_said_comes_to_the_same(
    steps: list[tuple[str, str, str, int, int]], held: int
) -> None:
    log = begun()
    for kind, proposal, juror, mark, version in steps:
        if kind == "takes":
            log.ranking_takes()
        elif kind == "again":
            log.ranking_tries_again()
        else:
            log.others_say(said(kind, proposal, juror, mark, version))
    log.ranking_takes()
    # Of a close that came too early ranking says at last when it counted: else nobody knows.
    log.ranking_tries_again()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "HELD_MAX", held)
        check(log.messages)


def begun() -> RankingLog:
    log = RankingLog()
    log.others_say(opened(), *map(admitted, PROPOSALS))
    return log


def with_body(message: Heard, old: bytes, new: bytes) -> Heard:
    return replace(message, body=message.body.replace(old, new, 1))


def with_header(message: Heard, name: str, value: str) -> Heard:
    return replace(message, headers={**message.headers, name: value})


def sent(message: Heard) -> Frame | Found:
    """The message as it is found in what the server sends."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in message.headers.items())
    head = f"NATS/1.0\r\n{lines}\r\n".encode()
    delivery, subject = b"$JS.ACK.SAYEMBARA.audit.1.%d.1.1.0" % message.position, message.subject
    size = len(head) + len(message.body)
    line = b"HMSG %b 1 %b %d %d\r\n" % (subject.encode(), delivery, len(head), size)
    found = sheet_of(message.edition)(line + head + message.body + b"\r\n", 0)
    return found or (delivery, subject.encode(), head, message.body)


def outcome(store: Scratch, replay: Replay, edition: str) -> dict[str, Any]:
    with store.store() as kept:
        rulebook = kept.rulebook(edition)
        rows = kept.connection.execute(select(tables.standings)).all()
    stages = rulebook.stages if rulebook else ()
    return {
        "findings": replay.findings,
        "published": replay.published,
        "rows": sorted(map(tuple, rows)),
        "parked": store.parked(),
        "standings": [store.standings(edition, each.id).model_dump() for each in stages],
    }


def check(messages: Sequence[Heard]) -> int:
    """Both replays come to the same; gives how many sheets were folded."""
    edition, half = messages[0].edition, len(messages) // 2
    with scratch() as store:
        replay = Replay(store, Timing(messages))
        replay.take(messages)
        replay.settle()
        general = outcome(store, replay, edition)
    with scratch() as store:
        replay = Replay(store, Timing(messages))
        quick = Swift(replay, edition)
        for some in (messages[:half], messages[half:]):
            quick.take([sent(each) for each in some])
        quick.settle()
        assert outcome(store, replay, edition) == general
    return quick.folded
