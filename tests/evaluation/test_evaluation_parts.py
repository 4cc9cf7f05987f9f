"""Panels and parts: who sits where, what a sheet of a part has in it, how sheets are counted."""

import pytest
from contracts.evaluation import ScoringClosed
from contracts.outcomes import Invalid, Refused
from contracts.rulebook import Stage
from evaluation_service.app import SERVICE
from evaluation_service.handlers import declare_conflict
from evaluation_service.rules import closing as closing_rules
from evaluation_service.rules import panel as panel_rules
from evaluation_service.rules.facts import Count, Duty, Seat, Sheet
from evaluation_service.rules.form import in_form
from kit.testing import given

from tests.evaluation import facts
from tests.evaluation.facts import (
    BAPPEDA,
    EDITION,
    FIRST,
    closing,
    seated,
    seating,
)
from tests.evaluation.facts import (
    numbers as plain_numbers,
)
from tests.evaluation.halfpipe import (
    FINAL,
    LEFT,
    OPEN,
    RIGHT,
    duty_of,
    halfpipe,
    judged,
    numbers,
    opened,
    placed,
    review,
    run,
    sheet,
    submitted,
)

STAGE = halfpipe().stage(FINAL)
OF_NO_PANEL = Seat("tamu", "Tamu", "umum")


def test_seat_is_said_and_kept_with_its_panel() -> None:
    known = given(SERVICE, opened())

    known.when(seating(LEFT, FINAL)).then(seated(LEFT, FINAL))
    assert known.store().seats(EDITION, FINAL) == [LEFT]
    known.when(seating(LEFT, FINAL)).then()


@pytest.mark.parametrize(
    ("stage", "seat", "text"),
    [
        (
            STAGE,
            OF_NO_PANEL,
            "stage 'final' has several panels; seat juror 'tamu' on one of 'juri', 'publik'",
        ),
        (
            STAGE,
            Seat("tamu", "Tamu", "umum", "teknisi"),
            "stage 'final' has no panel 'teknisi'; seat juror 'tamu' on one of 'juri', 'publik'",
        ),
        (
            halfpipe().stage(OPEN),
            LEFT,
            "stage 'bebas' has no panels: seat juror 'juri-kiri' without one",
        ),
    ],
)
def test_seat_on_a_panel_that_is_not_there_is_invalid(stage: Stage, seat: Seat, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        panel_rules.seating(EDITION, stage, seat, None, closed=False)

    assert (refused.value.code, refused.value.text) == ("unknown_panel", text)


def test_juror_has_one_seat_in_a_stage() -> None:
    other = Seat(LEFT.juror, LEFT.office, LEFT.agency, "publik")

    with pytest.raises(Refused) as refused:
        panel_rules.seating(EDITION, STAGE, other, LEFT, closed=False)

    assert refused.value.code == "juror_seated_already"
    assert "as Juri Kiri of 'bappeda' on panel 'juri'" in refused.value.text


@pytest.mark.parametrize(
    ("where", "given_", "code", "text"),
    [
        (
            (FINAL, "run-3", "juri"),
            {"nilai": "70"},
            "unknown_part",
            "stage 'final' has no part 'run-3'; its parts are 'run-1', 'run-2'",
        ),
        (
            (FINAL, None, "juri"),
            {"nilai": "70"},
            "nothing_to_mark",
            "panel 'juri' of stage 'final' marks parts only: hand in a sheet for each part of the"
            " proposal ('run-1', 'run-2')",
        ),
        (
            (FINAL, "run-1", "publik"),
            {"urutan": "1"},
            "nothing_to_mark",
            "panel 'publik' of stage 'final' marks no parts: hand in the sheet of the proposal"
            " itself",
        ),
        (
            (FINAL, "run-1", "teknisi"),
            {"nilai": "70"},
            "nothing_to_mark",
            "panel 'teknisi' of stage 'final' marks nothing; seat juror 'juri-kiri' on a panel"
            " that has criteria",
        ),
        (
            (FINAL, "run-1", "juri"),
            {"nilai": "70", "urutan": "1"},
            "unknown_criterion",
            "this sheet of panel 'juri' in stage 'final' takes no mark of 'urutan'; mark 'nilai',"
            " 'gaya'",
        ),
        (
            (OPEN, "inovasi-1", None),
            {"profil": "70"},
            "unknown_criterion",
            "this sheet in stage 'bebas' takes no mark of 'profil'; mark 'inovasi'",
        ),
        (
            (FINAL, "run-1", "juri"),
            {"gaya": "70"},
            "marks_missing",
            "stage 'final' asks for a mark of 'nilai' on the sheet of part 'run-1'; missing:"
            " 'nilai'",
        ),
        (
            (OPEN, "inovasi-1", None),
            {},
            "marks_missing",
            "a sheet has a mark at least; stage 'bebas' asks here for 'inovasi'",
        ),
    ],
)
def test_sheet_not_in_the_form_of_the_panel_and_the_part_is_invalid(
    where: tuple[str, str | None, str | None], given_: dict[str, str], code: str, text: str
) -> None:
    stage, part, panel = where
    assignment = duty_of("p1", part=part, stage=stage)

    with pytest.raises(Invalid) as refused:
        in_form(halfpipe().stage(stage), assignment, panel, numbers(**given_))

    assert (refused.value.code, refused.value.text) == (code, text)


def test_part_where_there_are_none_is_invalid() -> None:
    stage = facts.rulebook().stage(FIRST)

    with pytest.raises(Invalid) as refused:
        in_form(stage, duty_of("p1", part="run-1", stage=FIRST), None, plain_numbers())

    assert refused.value.text == (
        "stage 'administrasi' marks no parts: hand in the sheet of the proposal itself"
    )


def test_open_parts_are_whatever_a_proposal_has_and_parts_only_are_told_without_a_list() -> None:
    stage = halfpipe().stage(OPEN)
    (mark,) = in_form(stage, duty_of("p1", part="inovasi-7"), None, numbers(inovasi="5"))
    assert mark.criterion == "inovasi"

    parts_only = stage.model_copy(update={"criteria": stage.criteria[1:]})
    with pytest.raises(Invalid) as refused:
        in_form(parts_only, duty_of("p1"), None, numbers(inovasi="5"))
    assert refused.value.text.endswith("hand in a sheet for each part of the proposal")


def test_optional_mark_may_be_left_out_and_added_with_a_reason() -> None:
    part = duty_of("p1", part="run-1")
    known = judged("p1")

    known.when(sheet(part, nilai="70")).then(submitted(part, nilai="70"))
    known.when(sheet(part, nilai="70", gaya="5")).then_refused("reason_missing")
    known.done(sheet(part, "gaya menyusul", nilai="70", gaya="5"))
    assert known.store().duty(part) == (
        Duty(True, True, False, False, "juri"),
        Sheet(2, numbers(nilai="70", gaya="5")),
    )


def test_sheets_of_parts_and_of_the_whole_stand_by_themselves() -> None:
    known = given(SERVICE, opened(), facts.admitted("p1"), facts.advanced("p1", OPEN))
    known.done(seating(BAPPEDA, OPEN))
    keys = [duty_of("p1", BAPPEDA, part, OPEN) for part in (None, "a", "b")]

    known.done(sheet(keys[0], profil="60"), sheet(keys[1], inovasi="5"))
    known.when(sheet(keys[2], inovasi="6")).then(submitted(keys[2], inovasi="6"))

    assert known.store().parts_handed_in(EDITION, OPEN) == {("p1", BAPPEDA.juror): ["a", "b"]}
    assert known.store().counted_sheets(EDITION, OPEN) == {"p1": Count({None: 1})}
    together = known.store()
    together.read_ahead(keys)
    assert [together.duty(each) for each in keys] == [known.store().duty(each) for each in keys]
    assert [together.duty(each)[1].version for each in keys] == [1, 1, 1]


def test_recusal_is_for_every_part_and_for_every_sheet_before_it() -> None:
    known = judged("p1").done(run("p1"), run("p1", part="run-2"), run("p1", RIGHT))
    assert known.store().counted_sheets(EDITION, FINAL) == {"p1": Count({"juri": 2})}

    known.done(lambda store: declare_conflict(store, duty_of("p1"), "kerabat saya"))

    assert known.store().counted_sheets(EDITION, FINAL) == {"p1": Count({"juri": 1})}
    known.when(run("p1", part="run-2", mark="71")).then_refused("recused")


def test_close_says_which_panel_and_which_number_is_missing() -> None:
    known = judged("p1", "p2", "p3", book=halfpipe(quorum=3))
    for each in ("p1", "p2"):
        known.done(run(each), run(each, RIGHT))
    known.done(placed("p1", "1")).heard(review("p1", 4, position=7))

    known.when(closing(stage=FINAL)).then_refused("quorum_missing")
    assert isinstance(known.refusal, Refused)
    assert known.refusal.text == (
        "stage 'final' has too few sheets that count for 'p1' (3 of the 4 that a rule asks for),"
        " 'p2' (2 of 3, 0 of 1 of panel 'publik'),"
        " 'p3' (0 of 3, 0 of 2 of panel 'juri', 0 of 1 of panel 'publik'):"
        " wait for them, or close with a minuted decision"
    )


def test_panel_may_be_asked_for_no_sheet() -> None:
    known = judged("p1", book=halfpipe(publics=0)).done(run("p1"), run("p1", RIGHT))

    closed = ScoringClosed(edition=EDITION, stage=FINAL, sheets=2, by="Sekretariat")
    known.when(closing(stage=FINAL)).then(closed)


def test_review_that_is_latest_on_the_log_counts() -> None:
    known = judged("p1").done(run("p1"), run("p1", RIGHT), placed("p1", "1"))

    def below() -> tuple[str, ...]:
        counted = known.store().counted_sheets(EDITION, FINAL)
        return closing_rules.below_quorum(STAGE, counted)

    assert below() == ()
    known.heard(review("p1", 4, position=9), review("p1", 0, position=8))
    assert (below(), known.store().reviews(EDITION, FINAL)) == (("p1",), {"p1": 4})
    known.heard(review("p1", 0, position=10))
    assert (below(), known.store().reviews(EDITION, FINAL)) == ((), {})
