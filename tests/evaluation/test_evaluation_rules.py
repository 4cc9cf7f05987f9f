"""Evaluation's decisions, without a store: who may judge, which sheet is taken, when to close."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from contracts.evaluation import Minute, ScoringClosed
from contracts.outcomes import Invalid, NotFound, Refused
from evaluation_service.rules import closing, facts, panel, sheets
from evaluation_service.rules.facts import Count, Duty, Entrant, Sheet

from tests.evaluation.facts import (
    BAPPEDA,
    CAMAT,
    EDITION,
    FIRST,
    KOMINFO,
    amended,
    conflict,
    duty_of,
    marks,
    numbers,
    rulebook,
    seated,
    submitted,
)

STAGE = rulebook(quorum=2).stage(FIRST)
DUE = Duty(entered=True, seated=True, recused=False, closed=False)
MINUTE = Minute(by="Tim Penilai", minute="BA-3/2019", reason="dua penilai sakit")
P1 = duty_of("p1")


def counts(**jurors: int) -> dict[str, Count]:
    return {each: Count({None: count} if count else {}) for each, count in jurors.items()}


def taken(marks_: facts.Marks, *, duty: Duty = DUE, before: Sheet | None = None) -> object:
    return sheets.handing_in(P1, STAGE, duty, marks_, before=before, reason=None)


def refusal_of(marks_: facts.Marks, *, duty: Duty = DUE, before: Sheet | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        taken(marks_, duty=duty, before=before)
    return refused.value


def test_rulebook_text_is_parsed_once() -> None:
    text = rulebook().model_dump_json()

    assert facts.read_rulebook(text) == rulebook()
    assert facts.read_rulebook(text) is facts.read_rulebook(str(text.encode(), "utf-8"))


def test_stage_unknown_is_not_found_and_names_the_stages() -> None:
    with pytest.raises(NotFound) as refused:
        facts.stage_of(rulebook(), "final")

    assert refused.value.code == "no_such_stage"
    assert refused.value.text == (
        f"edition '{EDITION}' has no stage 'final'; its stages are administrasi, presentasi"
    )


def test_seat_that_is_free_is_given() -> None:
    assert panel.seating(EDITION, STAGE, BAPPEDA, None, closed=False) == (seated(BAPPEDA),)


@pytest.mark.parametrize("closed", [False, True])
def test_seat_with_the_same_data_says_nothing(closed: bool) -> None:
    assert panel.seating(EDITION, STAGE, BAPPEDA, BAPPEDA, closed=closed) == ()


@pytest.mark.parametrize("other", [{"office": "Kepala Bappeda"}, {"agency": "bpbd"}])
def test_seat_with_other_data_is_refused(other: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        panel.seating(EDITION, STAGE, replace(BAPPEDA, **other), BAPPEDA, closed=False)

    assert refused.value.code == "juror_seated_already"


def test_seat_in_a_closed_stage_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        panel.seating(EDITION, STAGE, BAPPEDA, None, closed=True)

    assert refused.value.code == "scoring_closed"


@pytest.mark.parametrize("innovator", ["Camat Sukamaju", "  CAMAT   sukamaju\n"])
def test_conflict_of_the_innovator_is_found_whatever_case_and_spaces(innovator: str) -> None:
    entrant = Entrant("p1", "kecamatan-sukamaju", "Kecamatan Sukamaju", innovator)

    assert panel.conflicts_found(EDITION, FIRST, [entrant], [CAMAT]) == (
        conflict(
            "p1",
            CAMAT.juror,
            "own_proposal",
            "Camat Sukamaju adalah inovator proposal ini, yang diajukan Kecamatan Sukamaju. / "
            "Camat Sukamaju is the innovator of this proposal, which Kecamatan Sukamaju entered.",
        ),
    )


def test_conflict_of_the_agency_is_found() -> None:
    entrant = Entrant("p1", "bappeda", "Bappeda", "Kepala Bappeda")

    assert panel.conflicts_found(EDITION, FIRST, [entrant], [BAPPEDA]) == (
        conflict(
            "p1",
            BAPPEDA.juror,
            "own_agency",
            "Sekretaris Bappeda berasal dari Bappeda, yang mengajukan proposal ini. / "
            "Sekretaris Bappeda belongs to Bappeda, which entered this proposal.",
        ),
    )


def test_conflicts_are_found_one_per_pair_and_only_where_they_are() -> None:
    entrants = [
        Entrant("p1", "bappeda", "Bappeda", "Sekretaris Bappeda"),
        Entrant("p2", "bpbd", "BPBD", ""),
        Entrant("p3", "dinas-kominfo", "Dinas Kominfo", "Camat Sukamaju"),
    ]

    found = panel.conflicts_found(EDITION, FIRST, entrants, [BAPPEDA, KOMINFO, CAMAT])

    assert [(each.proposal, each.juror, each.kind) for each in found] == [
        ("p1", BAPPEDA.juror, "own_proposal"),
        ("p3", KOMINFO.juror, "own_agency"),
        ("p3", CAMAT.juror, "own_proposal"),
    ]


def test_conflict_declared_is_said() -> None:
    said = panel.declaring(P1, DUE, "kerabat saya")

    assert said == (conflict("p1", BAPPEDA.juror, "declared", "kerabat saya"),)


@pytest.mark.parametrize("closed", [False, True])
def test_conflict_of_a_recused_juror_says_nothing(closed: bool) -> None:
    assert panel.declaring(P1, replace(DUE, recused=True, closed=closed), "kerabat saya") == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"entered": False}, "not_in_stage"),
        ({"seated": False}, "not_on_panel"),
        ({"closed": True}, "scoring_closed"),
    ],
)
def test_conflict_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        panel.declaring(P1, replace(DUE, **change), "kerabat saya")

    assert refused.value.code == code


def test_first_sheet_has_its_marks_in_the_order_of_the_criteria() -> None:
    assert taken({"dampak": Decimal("3.5"), "kebaruan": Decimal(70)}) == (
        submitted("p1", BAPPEDA, marks("70", "3.5")),
    )


def test_marks_keep_their_exact_text() -> None:
    (said,) = sheets.handing_in(P1, STAGE, DUE, numbers("70.00"), before=None, reason=None)

    assert str(said.marks[0].value) == "70.00"


@pytest.mark.parametrize("closed", [False, True])
def test_same_marks_by_value_say_nothing(closed: bool) -> None:
    duty = replace(DUE, closed=closed)

    assert taken(numbers("70.0", "3.50"), duty=duty, before=Sheet(1, numbers("70", "3.5"))) == ()


def test_other_marks_with_a_reason_make_the_next_version() -> None:
    before = Sheet(2, numbers())
    said = sheets.handing_in(P1, STAGE, DUE, numbers("71"), before=before, reason="salah tulis")

    assert said == (amended("p1", BAPPEDA, marks("71"), 3, "salah tulis"),)


def test_other_marks_without_a_reason_are_refused() -> None:
    refusal = refusal_of(numbers("71"), before=Sheet(2, numbers()))

    assert (refusal.code, type(refusal)) == ("reason_missing", Refused)
    assert "version 2" in refusal.text


@pytest.mark.parametrize(
    ("change", "code", "kind"),
    [
        ({"entered": False}, "not_in_stage", NotFound),
        ({"seated": False}, "not_on_panel", Refused),
        ({"recused": True}, "recused", Refused),
        ({"closed": True}, "scoring_closed", Refused),
    ],
)
def test_sheet_is_refused(change: dict[str, Any], code: str, kind: type) -> None:
    refusal = refusal_of(numbers(), duty=replace(DUE, **change))

    assert (refusal.code, type(refusal)) == (code, kind)


def test_sheet_of_a_recused_juror_is_refused_even_when_it_is_the_same() -> None:
    refusal = refusal_of(numbers(), duty=replace(DUE, recused=True), before=Sheet(1, numbers()))

    assert refusal.code == "recused"


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (
            {"kebaruan": Decimal(70)},
            "marks_missing",
            "stage 'administrasi' asks for a mark of 'kebaruan', 'dampak'; missing: 'dampak'",
        ),
        (
            {**numbers(), "biaya": Decimal(1)},
            "unknown_criterion",
            "stage 'administrasi' has no criterion 'biaya'; mark 'kebaruan', 'dampak'",
        ),
        (
            numbers("100.5", "5.5"),
            "off_scale",
            "criterion 'kebaruan' takes no mark 100.5: its scale goes from 0 to 100 in steps of 1; "
            "criterion 'dampak' takes no mark 5.5: its scale goes from 1 to 5 in steps of 0.5",
        ),
        (
            numbers("70", "1.2"),
            "off_scale",
            "criterion 'dampak' takes no mark 1.2: its scale goes from 1 to 5 in steps of 0.5",
        ),
    ],
)
def test_marks_not_in_the_form_of_the_stage_are_invalid(
    given: facts.Marks, code: str, text: str
) -> None:
    refusal = refusal_of(given)

    assert (refusal.code, refusal.text, type(refusal)) == (code, text, Invalid)


@pytest.mark.parametrize(
    ("recused", "handed_in", "state"),
    [
        (False, False, "due"),
        (False, True, "handed_in"),
        (True, False, "recused"),
        (True, True, "recused"),
    ],
)
def test_duty_state(recused: bool, handed_in: bool, state: str) -> None:
    assert sheets.duty_state(recused=recused, handed_in=handed_in) == state


def test_close_with_the_quorum_drops_a_decision_that_was_not_needed() -> None:
    said = closing.closing(EDITION, STAGE, counts(p1=2, p2=3), by="Sekretariat", decision=MINUTE)

    assert said == ScoringClosed(edition=EDITION, stage=FIRST, sheets=5, by="Sekretariat")


def test_close_below_the_quorum_is_refused_and_names_the_proposals() -> None:
    with pytest.raises(Refused) as refused:
        closing.closing(EDITION, STAGE, counts(p3=1, p2=2, p1=0), by="Sekretariat", decision=None)

    assert refused.value.code == "quorum_missing"
    assert refused.value.text == (
        "stage 'administrasi' has too few sheets that count for 'p1' (0 of 2), 'p3' (1 of 2): wait"
        " for them, or close with a minuted decision"
    )


def test_close_below_the_quorum_goes_by_a_decision() -> None:
    said = closing.closing(
        EDITION, STAGE, counts(p3=1, p2=2, p1=0), by="Sekretariat", decision=MINUTE
    )

    assert said == ScoringClosed(
        edition=EDITION,
        stage=FIRST,
        sheets=3,
        below_quorum=("p1", "p3"),
        by="Sekretariat",
        decision=MINUTE,
    )


def test_close_without_proposals_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        closing.closing(EDITION, STAGE, {}, by="Sekretariat", decision=MINUTE)

    assert refused.value.code == "no_proposals"


@pytest.mark.parametrize(
    ("count", "end"), [(20, "'p19'"), (21, "'p19' and 1 more"), (25, "'p19' and 5 more")]
)
def test_long_lists_are_named_up_to_twenty(count: int, end: str) -> None:
    ids = [f"p{number:02}" for number in range(count)]

    assert facts.named(ids) == ", ".join(f"'{each}'" for each in ids[:19]) + f", {end}"
