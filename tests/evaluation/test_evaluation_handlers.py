"""Evaluation with its tables: what it does with what it hears and what it is told."""

import pytest
from contracts.evaluation import Minute, ScoringClosed
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from evaluation_service.app import SERVICE
from evaluation_service.handlers import close_scoring
from evaluation_service.rules.facts import Seat
from kit.testing import Given, given

from tests.evaluation.facts import (
    BAPPEDA,
    CAMAT,
    EDITION,
    FIRST,
    KOMINFO,
    SECOND,
    Command,
    admitted,
    advanced,
    amended,
    closing,
    conflict,
    declaring,
    disqualified,
    duty_of,
    judged,
    marks,
    numbers,
    opened,
    recused,
    rulebook,
    seated,
    seating,
    sheet,
    submitted,
    withdrawn,
)

MINUTE = Minute(by="Tim Penilai", minute="BA-3/2019", reason="dua penilai sakit")
OWN_AGENCY = (
    "Kepala Dinas Kominfo berasal dari Dinas Kominfo, yang mengajukan proposal ini. / "
    "Kepala Dinas Kominfo belongs to Dinas Kominfo, which entered this proposal."
)


def of_kominfo(proposal: str) -> Event:
    return admitted(proposal, "dinas-kominfo", "Dinas Kominfo")


def in_stage(known: Given, stage: str = FIRST) -> list[str]:
    return [each.proposal for each in known.store().entrants(EDITION, stage)]


def counted(known: Given, stage: str = FIRST) -> dict[str, int]:
    found = known.store().counted_sheets(EDITION, stage)
    return {each: count.jurors for each, count in found.items()}


def test_opening_is_learnt_and_the_rulebook_that_came_first_stays() -> None:
    known = given(SERVICE, opened(quorum=2), opened(quorum=3))

    assert known.store().rulebook(EDITION) == rulebook(quorum=2)


def test_admitted_proposal_enters_the_first_stage_once() -> None:
    known = given(SERVICE, opened(), admitted("p1"), admitted("p1"))

    assert (in_stage(known), in_stage(known, SECOND)) == (["p1"], [])


@pytest.mark.parametrize(
    "early", [admitted("p1"), withdrawn("p1"), disqualified("p1"), advanced("p1")]
)
def test_event_of_an_edition_not_opened_yet_comes_back_later(early: Event) -> None:
    with pytest.raises(NotYet):
        given(SERVICE, early)


@pytest.mark.parametrize("early", [disqualified("p1"), advanced("p1")])
def test_event_of_a_proposal_not_admitted_yet_comes_back_later(early: Event) -> None:
    with pytest.raises(NotYet):
        given(SERVICE, opened(), early)


def test_withdrawal_before_admission_changes_nothing() -> None:
    known = given(SERVICE, opened(), withdrawn("p1"), admitted("p1"))

    assert in_stage(known) == ["p1"]


def test_proposal_that_advanced_enters_the_next_stage_once() -> None:
    known = given(SERVICE, opened(), admitted("p1"), advanced("p1"), advanced("p1"))

    assert (in_stage(known), in_stage(known, SECOND)) == (["p1"], ["p1"])


def test_proposal_that_passed_the_last_stage_enters_none() -> None:
    known = given(SERVICE, opened(), admitted("p1"), advanced("p1", next_stage=None))

    assert (in_stage(known), in_stage(known, SECOND)) == (["p1"], [])


def test_proposal_that_was_taken_out_does_not_enter_the_next_stage() -> None:
    known = given(SERVICE, opened(), admitted("p1"), disqualified("p1"), advanced("p1"))

    assert (in_stage(known), in_stage(known, SECOND)) == ([], [])


@pytest.mark.parametrize("leaving", [withdrawn, disqualified])
def test_proposal_leaves_open_stages_and_stays_in_closed_ones(leaving: type) -> None:
    known = judged("p1", "p2").done(sheet("p1"), sheet("p2"), closing())
    known.heard(advanced("p1"), advanced("p2"), leaving("p1"))

    assert (in_stage(known), in_stage(known, SECOND)) == (["p1", "p2"], ["p2"])


def test_proposal_that_comes_after_the_close_is_refused() -> None:
    known = judged("p1").done(sheet("p1"), closing())

    with pytest.raises(Refused) as refused:
        known.heard(admitted("p2"))

    assert refused.value.code == "scoring_closed"


def test_proposal_of_another_edition_is_left_alone() -> None:
    other = opened().model_copy(update={"edition": "kipp-lain"})
    theirs = admitted("p1").model_copy(update={"edition": "kipp-lain"})
    known = given(SERVICE, opened(), other, admitted("p1"), theirs, withdrawn("p1"))

    assert in_stage(known) == []
    assert [each.proposal for each in known.store().entrants("kipp-lain", FIRST)] == ["p1"]


def test_close_in_another_edition_keeps_no_proposal_in_this_one() -> None:
    other = opened().model_copy(update={"edition": "kipp-lain"})
    theirs = admitted("p1").model_copy(update={"edition": "kipp-lain"})
    known = given(SERVICE, opened(), other, admitted("p1"), theirs)
    known.done(lambda store: close_scoring(store, "kipp-lain", FIRST, "Sekretariat", MINUTE))

    assert in_stage(known.heard(withdrawn("p1"))) == []


def test_seating_finds_the_conflicts_with_what_is_in_the_stage() -> None:
    known = given(SERVICE, opened(), of_kominfo("p1"), admitted("p2"), of_kominfo("p3"))

    known.heard(withdrawn("p3")).when(seating(KOMINFO)).then(
        seated(KOMINFO),
        conflict("p1", KOMINFO.juror, "own_agency", OWN_AGENCY),
        recused("p1", KOMINFO.juror, OWN_AGENCY),
    )


def test_entering_finds_the_conflicts_with_who_is_on_the_panel() -> None:
    known = given(SERVICE, opened()).done(seating(BAPPEDA), seating(KOMINFO))

    known.heard(of_kominfo("p1")).then(
        conflict("p1", KOMINFO.juror, "own_agency", OWN_AGENCY),
        recused("p1", KOMINFO.juror, OWN_AGENCY),
    )


def test_conflict_is_found_in_every_stage_anew() -> None:
    known = given(SERVICE, opened(), of_kominfo("p1"))
    known.done(seating(KOMINFO), seating(KOMINFO, SECOND)).heard(advanced("p1"))

    assert known.said == [
        each.model_copy(update={"stage": SECOND})
        for each in (
            conflict("p1", KOMINFO.juror, "own_agency", OWN_AGENCY),
            recused("p1", KOMINFO.juror, OWN_AGENCY),
        )
    ]


def test_conflict_that_was_found_is_not_declared_again() -> None:
    known = given(SERVICE, opened(), of_kominfo("p1")).done(seating(KOMINFO))

    known.when(declaring("p1", KOMINFO)).then()


def test_conflict_declared_recuses_once() -> None:
    known = judged("p1")

    known.when(declaring("p1", BAPPEDA)).then(
        conflict("p1", BAPPEDA.juror, "declared", "kerabat saya"),
        recused("p1", BAPPEDA.juror, "kerabat saya"),
    )
    known.when(declaring("p1", BAPPEDA, "alasan lain")).then()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (seating(BAPPEDA, "final"), "no_such_stage"),
        (closing(stage="final"), "no_such_stage"),
        (declaring("p9", BAPPEDA), "not_in_stage"),
        (declaring("p1", KOMINFO), "not_on_panel"),
        (sheet("p9"), "not_in_stage"),
        (sheet("p1", KOMINFO), "not_on_panel"),
        (seating(Seat(BAPPEDA.juror, "Kepala Bappeda", "bappeda")), "juror_seated_already"),
    ],
)
def test_command_about_what_is_not_there_is_refused(command: Command, code: str) -> None:
    judged("p1").when(command).then_refused(code)


@pytest.mark.parametrize(
    "command", [seating(BAPPEDA), declaring("p1", BAPPEDA), sheet("p1"), closing()]
)
def test_command_in_an_unknown_edition_is_refused(command: Command) -> None:
    given(SERVICE).when(command).then_refused("no_such_edition")


def test_seat_again_with_the_same_data_says_nothing() -> None:
    judged("p1").when(seating(BAPPEDA)).then()


def test_sheet_is_said_once_and_amended_with_a_reason() -> None:
    known = judged("p1")

    known.when(sheet("p1")).then(submitted("p1", BAPPEDA, marks()))
    known.when(sheet("p1", marked=numbers("70.0"))).then()
    known.when(sheet("p1", marked=numbers("71"))).then_refused("reason_missing")
    known.when(sheet("p1", marked=numbers("71"), reason="salah tulis")).then(
        amended("p1", BAPPEDA, marks("71"), 2, "salah tulis")
    )
    known.when(sheet("p1", marked=numbers("71.0"))).then()
    known.when(sheet("p1", marked=numbers("70"), reason="benar semula")).then(
        amended("p1", BAPPEDA, marks("70"), 3, "benar semula")
    )


def test_sheet_keeps_every_version_with_its_exact_text_and_reason() -> None:
    known = judged("p1").done(
        sheet("p1", marked=numbers("70.00")),
        sheet("p1", marked=numbers("71"), reason="salah tulis"),
    )

    versions = known.store().sheet_versions(duty_of("p1"))
    assert [(each.version, each.marks, each.reason, each.handed_in_at) for each in versions] == [
        (1, '{"kebaruan": "70.00", "dampak": "3.5"}', None, known.now),
        (2, '{"kebaruan": "71", "dampak": "3.5"}', "salah tulis", known.now),
    ]


def test_sheet_of_a_recused_juror_no_longer_counts() -> None:
    known = judged("p1").done(sheet("p1"), sheet("p1", CAMAT))
    assert counted(known) == {"p1": 2}

    known.done(declaring("p1", BAPPEDA))

    assert counted(known) == {"p1": 1}
    known.when(sheet("p1", marked=numbers("71"), reason="salah tulis")).then_refused("recused")


def test_sheets_count_once_per_juror_whatever_the_versions() -> None:
    known = judged("p1", "p2").done(
        sheet("p1"), sheet("p1", marked=numbers("71"), reason="salah tulis"), sheet("p1", CAMAT)
    )

    assert counted(known) == {"p1": 2, "p2": 0}


def test_sheets_of_a_withdrawn_proposal_do_not_count_for_the_stage() -> None:
    known = judged("p1", "p2").done(sheet("p1"), sheet("p2"), declaring("p1", CAMAT))
    known.heard(withdrawn("p1"))

    assert counted(known) == {"p2": 1}
    assert known.store().count_recusals(EDITION, FIRST) == 0


def test_assignments_tell_how_each_one_stands() -> None:
    known = judged("p1", "p2").done(
        sheet("p1"),
        sheet("p1", marked=numbers("71"), reason="salah tulis"),
        sheet("p2"),
        declaring("p2", BAPPEDA),
    )

    rows = [tuple(each) for each in known.store().assignments(EDITION, FIRST)]
    assert sorted(rows) == [
        ("p1", "Inovasi p1", CAMAT.juror, "", False, False),
        ("p1", "Inovasi p1", BAPPEDA.juror, "", False, True),
        ("p2", "Inovasi p2", CAMAT.juror, "", False, False),
        ("p2", "Inovasi p2", BAPPEDA.juror, "", True, True),
    ]


def test_close_says_how_many_sheets_count_and_says_it_once() -> None:
    known = judged("p1", "p2").done(sheet("p1"), sheet("p1", CAMAT), sheet("p2"))

    closed = ScoringClosed(edition=EDITION, stage=FIRST, sheets=3, by="Sekretariat")
    known.when(closing()).then(closed)
    known.when(closing()).then()


def test_close_below_the_quorum_needs_a_decision() -> None:
    known = judged("p1", "p2", quorum=2).done(
        sheet("p1"), sheet("p1", CAMAT), sheet("p2"), sheet("p2", CAMAT), declaring("p2", CAMAT)
    )

    known.when(closing()).then_refused("quorum_missing")
    known.when(closing(MINUTE)).then(
        ScoringClosed(
            edition=EDITION,
            stage=FIRST,
            sheets=3,
            below_quorum=("p2",),
            by="Sekretariat",
            decision=MINUTE,
        )
    )


def test_close_of_a_stage_without_proposals_is_refused() -> None:
    judged().when(closing()).then_refused("no_proposals")


@pytest.mark.parametrize(
    "late",
    [
        seating(KOMINFO),
        sheet("p1", CAMAT),
        sheet("p1", marked=numbers("71"), reason="salah tulis"),
        declaring("p1", CAMAT),
    ],
)
def test_nothing_changes_after_the_close(late: Command) -> None:
    known = judged("p1").done(sheet("p1"), closing())

    known.when(late).then_refused("scoring_closed")
    assert counted(known) == {"p1": 1}
