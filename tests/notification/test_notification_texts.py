"""Every kind of notice has its words, in both languages."""

from typing import get_args

import pytest
from contracts.event import Event
from jinja2 import UndefinedError
from kit.testing import given
from notification_service.app import SERVICE
from notification_service.rules import Kind
from notification_service.texts import SEPARATOR, TEMPLATES, render

from tests.notification import facts


def test_every_kind_has_a_text_in_each_language() -> None:
    wanted = {f"{kind}.{language}.txt" for kind in get_args(Kind) for language in ("id", "en")}

    found = {each.removeprefix("notices/") for each in TEMPLATES.list_templates()}
    assert {each for each in found if "/" not in each} - {"receipt.txt"} == wanted


def test_every_kind_is_told_of_some_event() -> None:
    assert {kind for kind, _ in facts.EVERY_KIND} == set(get_args(Kind))


@pytest.mark.parametrize(("kind", "event"), facts.EVERY_KIND)
def test_notice_says_it_in_indonesian_and_then_in_english(kind: str, event: Event) -> None:
    before = (facts.OPENED, facts.SUBMITTED, facts.seated("j1"), facts.HOOKED)
    store = given(SERVICE, *before).heard(event).store()

    notice = next(row for row in store.notices() if row.kind == kind)
    indonesian, english = notice.body.split(f"\n\n{SEPARATOR}\n\n")

    assert notice.subject.count(" / ") == 1
    assert ("KIPP 2019 (id)" in indonesian, "KIPP 2019 (en)" in indonesian) == (True, False)
    assert ("KIPP 2019 (id)" in english, "KIPP 2019 (en)" in english) == (False, True)
    assert "None" not in notice.body


def test_fact_that_is_missing_is_a_mistake() -> None:
    with pytest.raises(UndefinedError, match="agency_name"):
        render("admitted", {"edition": facts.words("KIPP"), "title": "x", "proposal": "p1"})


def test_receipt_reads_as_a_person_would_write_it() -> None:
    store = given(SERVICE, facts.OPENED, facts.SUBMITTED).store()

    (notice,) = store.notices()

    assert notice.subject == f"Proposal diterima / Proposal received: {facts.TITLE}"
    assert (
        notice.body
        == f"""\
Yth. Dinas Kesehatan,

proposal "{facts.TITLE}" telah kami terima untuk KIPP 2019 (id).

Nomor proposal : p1
Revisi         : 1
Sidik isi      : {facts.DIGEST}

Simpan surat ini sebagai tanda terima. Selama masa pengusulan belum ditutup,
proposal masih dapat diperbaiki atau ditarik kembali.

{SEPARATOR}

To Dinas Kesehatan:

We have received the proposal "{facts.TITLE}" for KIPP 2019 (en).

Proposal : p1
Revision : 1
Digest   : {facts.DIGEST}

Keep this message as your receipt. Until the intake closes, the proposal can
still be revised or withdrawn.
"""
    )


def test_title_of_several_lines_makes_a_subject_of_one() -> None:
    sent = facts.SUBMITTED.model_copy(update={"title": "Getar\r\nBcc: x@y.example"})

    (notice,) = given(SERVICE, sent).store().notices()

    assert notice.subject == "Proposal diterima / Proposal received: Getar Bcc: x@y.example"
