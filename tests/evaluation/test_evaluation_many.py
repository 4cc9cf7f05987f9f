"""Many sheets in one command: all, none, or all that can be taken."""

import pytest
from contracts.evaluation import Entered, SheetSubmitted
from contracts.outcomes import NotFound, Refused
from evaluation_service.app import SERVICE
from evaluation_service.handlers.many import TakeSheets
from evaluation_service.rules.batch import RefusedRow, Row, without_twins
from kit.testing import given

from tests.evaluation.facts import EDITION, closing
from tests.evaluation.halfpipe import (
    FINAL,
    LEFT,
    MINUTE,
    PUBLIC,
    RIGHT,
    duty_of,
    judged,
    row,
    run,
    submitted,
    taking,
)

RUN_1, RUN_2 = duty_of("p1", part="run-1"), duty_of("p1", part="run-2")
GOOD = row(2, RUN_1, nilai="70")
BAD = (
    row(3, duty_of("p9", part="run-1"), nilai="70"),
    row(4, duty_of("p1", part="run-3"), nilai="70"),
    row(5, duty_of("p1", RIGHT, "run-1"), nilai="70.1"),
    row(6, duty_of("p1", part="run-1", stage="semifinal"), nilai="70"),
)
CODES = ["not_in_stage", "unknown_part", "off_scale", "no_such_stage"]


def test_sheets_are_taken_together_and_the_same_again_say_nothing() -> None:
    known = judged("p1").done(run("p1"))
    command = taking(
        row(2, RUN_1, nilai="70.0"),
        row(3, RUN_2, nilai="80"),
        row(4, duty_of("p1", PUBLIC), urutan="1"),
    )

    known.when(command).then(
        submitted(RUN_2, nilai="80"), submitted(duty_of("p1", PUBLIC), urutan="1")
    )
    assert (len(command.found.said), command.found.unchanged, command.found.refused) == (2, 1, [])
    known.when(command).then()
    assert (len(command.found.said), command.found.unchanged) == (0, 3)


def test_who_put_them_in_is_said_and_kept() -> None:
    entered = Entered(by="Sekretariat", source="nilai.csv")
    known = judged("p1")

    known.when(TakeSheets(EDITION, [GOOD], entered=entered))
    known.then(submitted(RUN_1, nilai="70").model_copy(update={"entered": entered}))
    (version,) = known.store().sheet_versions(RUN_1)
    assert (version.entered_by, version.entered_from) == ("Sekretariat", "nilai.csv")


def test_nothing_is_taken_when_one_is_refused_and_all_refused_ones_are_told() -> None:
    known = judged("p1")

    known.when(taking(GOOD, *BAD)).then_refused("sheets_refused")
    assert isinstance(known.refusal, Refused)
    told = known.refusal.more["refused"]
    assert isinstance(told, list)
    assert [(each["line"], each["code"]) for each in told] == list(
        zip(range(3, 7), CODES, strict=True)
    )
    assert known.refusal.text.startswith(
        "4 of 5 sheets are refused, and none is taken: line 3: proposal 'p9' is not judged"
    )
    assert known.refusal.text.endswith("; and 1 more")
    assert known.store().duty(RUN_1)[1] is None


def test_partial_takes_all_that_can_be_taken() -> None:
    command = taking(GOOD, *BAD, partial=True)

    judged("p1").when(command).then(submitted(RUN_1, nilai="70"))
    assert [each.code for each in command.found.refused] == CODES


def test_other_marks_need_a_reason() -> None:
    known = judged("p1").done(run("p1"), run("p1", RIGHT))
    other, why = row(2, RUN_1, nilai="71"), row(2, RUN_1, "salah tulis", nilai="71")

    known.when(taking(other)).then_refused("sheets_refused")
    assert "give the reason" in str(known.refusal)
    assert "part 'run-1' of proposal 'p1'" in str(known.refusal)
    known.done(taking(why))
    assert known.store().duty(RUN_1)[1].version == 2


def test_sheet_that_is_there_twice_is_refused_with_both_lines() -> None:
    twice = [row(2, RUN_1, nilai="70"), row(5, RUN_1, nilai="71"), row(7, RUN_2, nilai="70")]

    single, twins = without_twins(iter(twice))

    text = (
        "lines 2, 5 are all the sheet of juror 'juri-kiri' for part 'run-1' of proposal 'p1' in"
        " stage 'final'; leave one of them"
    )
    assert single == twice[2:]
    assert twins == [RefusedRow(line, "sheet_twice", text) for line in (2, 5)]
    judged("p1").when(taking(*twice, partial=True)).then(submitted(RUN_2, nilai="70"))


def test_rows_that_could_not_be_read_are_refused_with_the_others_by_line() -> None:
    unread = RefusedRow(1, "malformed_sheet", "marks.nilai: ?")
    command = TakeSheets(EDITION, [GOOD, BAD[0]], [unread], partial=True)

    judged("p1").when(command).then(submitted(RUN_1, nilai="70"))
    assert [each.line for each in command.found.refused] == [1, 3]


def test_edition_that_is_not_known_is_not_found() -> None:
    known = given(SERVICE).when(taking(GOOD, partial=True))

    known.then_refused("no_such_edition")
    assert isinstance(known.refusal, NotFound)


def test_many_are_read_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation_service.store.sheets.TOGETHER_MAX", 2)
    known = judged("p1", "p2").done(run("p2"))
    rows: list[Row] = [
        row(line, duty_of(proposal, seat, part), nilai="70")
        for line, (proposal, seat, part) in enumerate(
            (proposal, seat, part)
            for proposal in ("p1", "p2")
            for seat in (LEFT, RIGHT)
            for part in ("run-1", "run-2")
        )
    ]

    command = taking(*rows)
    known.done(command)
    assert (len(command.found.said), command.found.unchanged) == (7, 1)
    assert all(isinstance(each, SheetSubmitted) for each in known.said)


def test_closed_stage_takes_the_same_and_nothing_else() -> None:
    known = judged("p1", "p2").done(run("p1"))
    known.done(closing(MINUTE, FINAL))

    known.done(taking(row(2, RUN_1, nilai="70")))
    known.when(taking(row(2, RUN_2, nilai="70"))).then_refused("sheets_refused")
