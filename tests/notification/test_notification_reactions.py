"""What each event makes people be told."""

from typing import Any

import pytest
from contracts.event import Event
from contracts.outcomes import NotYet
from kit.testing import Given, given
from notification_service.app import SERVICE

from tests.notification import facts

KNOWN = (facts.OPENED, facts.SUBMITTED)


def told(so_far: Given) -> list[tuple[str, str, str]]:
    """Kind, role and party of every notice, in the order in which they were queued."""
    return [(row.kind, row.role, row.party) for row in reversed(so_far.store().notices())]


def body(event: Event, *before: Event) -> str:
    text: str = given(SERVICE, *KNOWN, *before, event).store().notices()[0].body
    return text


def lines(event: Event, *before: Event) -> set[str]:
    return {line.strip() for line in body(event, *before).splitlines()}


def test_opening_an_edition_tells_nobody() -> None:
    assert told(given(SERVICE, facts.OPENED)) == []


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("revised", facts.REVISED),
        ("withdrawn", facts.WITHDRAWN),
        ("admitted", facts.ADMITTED),
        ("rejected", facts.REJECTED),
        ("disqualified", facts.DISQUALIFIED),
        ("advanced", facts.ADVANCED),
        ("eliminated", facts.ELIMINATED),
        ("awarded", facts.BY_RANK),
    ],
)
def test_applicant_is_told_what_becomes_of_the_proposal(kind: str, event: Event) -> None:
    so_far = given(SERVICE, *KNOWN, event)

    assert told(so_far) == [("received", "applicant", "dinkes"), (kind, "applicant", "dinkes")]


@pytest.mark.parametrize(("kind", "event"), facts.EVERY_KIND)
def test_event_heard_twice_is_told_once(kind: str, event: Event) -> None:
    so_far = given(SERVICE, *KNOWN, facts.seated("j1"), facts.HOOKED, event)
    once = told(so_far)

    assert told(so_far.heard(event)) == once


def test_each_revision_is_told() -> None:
    third = facts.REVISED.model_copy(update={"revision": 3})

    so_far = given(SERVICE, *KNOWN, facts.REVISED, third)

    assert [kind for kind, _, _ in told(so_far)] == ["received", "revised", "revised"]


def test_title_is_that_of_the_latest_revision_even_when_an_older_one_arrives_late() -> None:
    text = body(facts.WITHDRAWN, facts.REVISED, facts.SUBMITTED)

    assert text.splitlines()[2].startswith('proposal "Getar Dilan Plus" (p1) telah ditarik')


def test_proposal_withdrawn_again_after_a_revision_is_told_again() -> None:
    so_far = given(SERVICE, *KNOWN, facts.WITHDRAWN, facts.REVISED, facts.WITHDRAWN)

    kinds = [kind for kind, _, _ in told(so_far)]
    assert kinds == ["received", "withdrawn", "revised", "withdrawn"]


@pytest.mark.parametrize("event", [facts.ADMITTED, facts.ELIMINATED, facts.BY_RANK])
def test_proposal_not_heard_of_comes_back_later(event: Event) -> None:
    with pytest.raises(NotYet, match="proposal 'p1' of 'kipp-2019'"):
        given(SERVICE, facts.OPENED, event)


def test_rejection_names_every_ground_and_who_decided() -> None:
    assert lines(facts.REJECTED) >= {
        "- Inovasi baru berumur 3 bulan",
        "- Bagian ringkasan kosong",
        "Keputusan diambil oleh: Sekretariat",
        "Decided by: Sekretariat",
    }


def test_withdrawal_and_disqualification_tell_the_reason() -> None:
    assert "Reason: Belum siap dinilai" in lines(facts.WITHDRAWN)
    assert lines(facts.DISQUALIFIED) >= {"Reason: Data tidak benar", "Decided by: Panitia"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            facts.ADVANCED,
            {
                "Peringkat : 2",
                "Nilai     : 87,50",
                "Score : 87.50",
                "Tahap berikutnya: Interview (id).",
                "The next stage: Interview (en).",
            },
        ),
        (facts.ADVANCED_LAST, {"Ini adalah tahap terakhir.", "This was the last stage."}),
        (facts.ELIMINATED, {"Peringkat : 9", "Nilai     : 61,25", "Score : 61.25"}),
        (facts.UNRANKED, {"The proposal has no rank, since no score sheet counts for it."}),
        (facts.BY_RANK, {"Dasar: peringkat 2.", "Basis: rank 2."}),
        (
            facts.BY_DECISION,
            {"Basis: a decision by Dewan juri.", "Alasan: Inovasi paling partisipatif"},
        ),
    ],
)
def test_result_is_told_with_its_figures_or_reason(event: Event, said: set[str]) -> None:
    assert lines(event) >= said


def test_juror_is_told_of_the_seat() -> None:
    so_far = given(SERVICE, facts.OPENED, facts.seated("j1"))

    assert told(so_far) == [("seated", "juror", "j1")]
    assert lines(facts.seated("j1")) >= {
        "Anda ditetapkan sebagai juri KIPP 2019 (id), tahap Desk (id),",
        "as: Akademisi.",
    }


def test_seat_in_another_stage_or_office_is_told_too() -> None:
    seats = (
        facts.seated("j1"),
        facts.seated("j1", at="interview"),
        facts.seated("j1", office="Ketua panel"),
    )

    assert told(given(SERVICE, facts.OPENED, *seats)) == [("seated", "juror", "j1")] * 3


def test_close_of_scoring_is_told_to_the_panel_of_that_stage_only() -> None:
    seats = (facts.seated("j2"), facts.seated("j1"), facts.seated("j3", at="interview"))

    so_far = given(SERVICE, facts.OPENED, *seats, facts.closed("desk"))

    assert told(so_far)[3:] == [
        ("scoring-closed", "juror", "j1"),
        ("scoring-closed", "juror", "j2"),
    ]


def test_secretariat_is_told_once_of_each_parked_message() -> None:
    moved = facts.parked().model_copy(update={"outcome": "bug", "reason": "another reason"})

    so_far = given(SERVICE, facts.OPENED, facts.parked(), moved, facts.parked(position=42))

    assert told(so_far) == [("parked", "secretariat", "secretariat")] * 2
    assert lines(facts.parked()) >= {"Alasan  : no such stage", "Reason  : no such stage"}


@pytest.mark.parametrize("service", ["submission", "evaluation", "ranking"])
def test_parked_messages_of_every_other_service_are_heard(service: str) -> None:
    assert SERVICE.hears(f"sayembara.{service}.e1.message.7.parked")
    assert not SERVICE.hears(f"sayembara.{service}.e1.message.7.discarded")
    assert not SERVICE.hears("sayembara.notification.e1.message.7.parked")


def test_parked_message_of_no_known_edition_is_told_with_what_is_known() -> None:
    so_far = given(SERVICE, facts.parked(edition="unknown"))

    (notice,) = so_far.store().notices()
    assert notice.body.splitlines()[0] == "Yth. Sekretariat unknown,"


def test_rulebook_heard_again_replaces_the_names() -> None:
    renamed: Any = facts.BOOK.model_copy(update={"name": facts.words("KIPP Baru")})
    again = facts.OPENED.model_copy(update={"rulebook": renamed})

    so_far = given(SERVICE, facts.OPENED, again)

    assert so_far.store().name_of(facts.EDITION) == facts.words("KIPP Baru")
