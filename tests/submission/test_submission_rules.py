"""Submission's decisions, without a store."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256

import pytest
from contracts.outcomes import Refused
from contracts.rulebook import Rulebook
from contracts.submission import Ground
from pydantic import ValidationError
from submission_service.rules import admission, intake, proposals
from submission_service.rules.proposals import Content, Entry

from tests.submission.facts import (
    AFTER,
    CLOSES,
    OPENS,
    RULEBOOK,
    SECTIONS,
    TITLE,
    WITHIN,
    code_of,
    content,
)

BEFORE = OPENS - timedelta(microseconds=1)
ENTRY = Entry(
    proposal="p01",
    state="submitted",
    revision=1,
    title=TITLE,
    agency="dinas-pendidikan",
    agency_name="Dinas Pendidikan",
    unit="",
    innovator="",
    started_on=date(2018, 6, 1),
    content_digest="",
    labels={},
    grounds=(),
)
OTHER = Ground(code="other", text="Bukan pelayanan publik")


def grounds(entry: Entry = ENTRY, *twins: str, **changed: object) -> list[tuple[str, str]]:
    found = admission.find_grounds(entry, content(**changed), RULEBOOK, twins)
    return [(each.code, each.text) for each in found]


@pytest.mark.parametrize(
    ("state", "now", "saving", "handing_in"),
    [
        ("draft", WITHIN, "intake_not_open", "intake_not_open"),
        ("open", BEFORE, "-", "intake_not_open"),
        ("open", OPENS, "-", "-"),
        ("open", CLOSES, "-", "-"),
        ("open", AFTER, "intake_not_open", "intake_not_open"),
        ("closed", WITHIN, "intake_not_open", "intake_not_open"),
    ],
)
def test_the_intake_takes_what_comes_in_time(
    state: intake.EditionState, now: datetime, saving: str, handing_in: str
) -> None:
    may_save = partial(intake.check_may_save, state, RULEBOOK.intake, now)
    may_submit = partial(intake.check_may_submit, state, RULEBOOK.intake, now)

    assert [code_of(may_save), code_of(may_submit)] == [saving, handing_in]


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (BEFORE, "the intake opens at 2019-08-01T08:00:00+08:00: hand in from then on"),
        (AFTER, "the intake closed at 2019-09-20T23:59:00+08:00: nothing is taken any more"),
    ],
)
def test_who_comes_at_the_wrong_time_is_told_the_right_one(now: datetime, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        intake.check_may_submit("open", RULEBOOK.intake, now)

    assert refusal.value.text == text


@pytest.mark.parametrize(
    ("state", "now", "code"),
    [
        ("draft", AFTER, "edition_not_open"),
        ("open", CLOSES, "intake_still_open"),
        ("open", AFTER, "-"),
    ],
)
def test_the_intake_closes_after_its_last_moment(
    state: intake.EditionState, now: datetime, code: str
) -> None:
    assert code_of(lambda: intake.check_may_close(state, RULEBOOK.intake, now)) == code


@pytest.mark.parametrize(
    ("sections", "code"), [(SECTIONS, "-"), ({}, "-"), ({"dampak": "Besar"}, "unknown_section")]
)
def test_only_sections_of_the_rulebook_are_taken(sections: dict[str, str], code: str) -> None:
    check = partial(intake.check_sections_known, content(sections=sections), RULEBOOK)

    assert code_of(check) == code


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"title": "  "}, "title"),
        ({"agency": None}, "agency"),
        ({"started_on": None, "title": ""}, "title, started_on"),
    ],
)
def test_title_agency_and_start_must_be_there(changed: dict[str, object], named: str) -> None:
    with pytest.raises(Refused) as refusal:
        intake.check_complete_enough(content(**changed), RULEBOOK)

    assert refusal.value.code == "entry_incomplete"
    assert refusal.value.text == f"the draft has no {named}: save it with them, then hand it in"


def test_a_draft_without_text_in_its_sections_may_be_handed_in() -> None:
    unwritten = content(sections={})
    assert code_of(lambda: intake.check_complete_enough(unwritten, RULEBOOK)) == "-"


def test_a_section_may_have_as_many_words_as_its_limit() -> None:
    sections = {"ringkasan": " satu\tdua\n\ntiga ", "kebaruan": "kata " * 9999}

    assert code_of(lambda: intake.check_lengths(content(sections=sections), RULEBOOK)) == "-"


def test_a_section_over_its_limit_is_named_with_its_words() -> None:
    with pytest.raises(Refused) as refusal:
        intake.check_lengths(content(sections={"ringkasan": "a b c d"}), RULEBOOK)

    assert refusal.value.code == "too_many_words"
    assert refusal.value.text == (
        "section ringkasan has 4 words, at most 3 may be: shorten and save, then hand in"
    )


@pytest.mark.parametrize(
    ("started_on", "on", "months"),
    [
        (date(2018, 9, 20), date(2019, 9, 20), 12),
        (date(2018, 9, 21), date(2019, 9, 20), 11),
        (date(2018, 8, 31), date(2019, 2, 28), 6),
        (date(2018, 8, 29), date(2019, 2, 27), 5),
        (date(2019, 10, 1), date(2019, 9, 20), -1),
        (date(9999, 12, 31), date(2019, 9, 20), -95764),
    ],
)
def test_age_is_counted_in_whole_calendar_months(started_on: date, on: date, months: int) -> None:
    assert admission.age_months(started_on, on) == months


def test_an_innovation_of_just_the_least_age_gives_no_ground() -> None:
    assert grounds(replace(ENTRY, started_on=date(2018, 9, 20))) == []


def test_the_day_of_closing_is_that_of_the_organiser_s_time_zone() -> None:
    closes_at = datetime.fromisoformat("2019-09-20T00:30:00+08:00")
    book = RULEBOOK.model_copy(
        update={"intake": RULEBOOK.intake.model_copy(update={"closes_at": closes_at})}
    )
    kept = Rulebook.model_validate_json(book.model_dump_json())
    entry = replace(ENTRY, started_on=date(2018, 9, 20))

    assert admission.find_grounds(entry, content(), kept, ()) == ()


def test_a_younger_one_is_told_its_age_at_the_closing() -> None:
    assert grounds(replace(ENTRY, started_on=date(2018, 9, 21))) == [
        (
            "too_young",
            "Mulai diterapkan 2018-09-21: berumur 11 bulan pada penutupan 2019-09-20, paling"
            " sedikit 12 bulan / Started on 2018-09-21: 11 months old at the closing on"
            " 2019-09-20, at least 12 months are needed",
        )
    ]


def test_sections_without_text_are_named() -> None:
    assert grounds(ENTRY, sections={"ringkasan": " \n"}) == [
        (
            "incomplete",
            "Bagian tanpa isi (2/2): Ringkasan, Kebaruan /"
            " Sections without text (2/2): Summary, Novelty",
        )
    ]


def test_others_of_the_same_title_are_named() -> None:
    assert grounds(ENTRY, "p02", "p07") == [
        (
            "same_title",
            "Judul sama dengan 2 usulan lain: p02, p07 / Same title as 2 other proposals: p02, p07",
        )
    ]


def test_all_grounds_are_found_at_once() -> None:
    young = replace(ENTRY, started_on=date(2019, 9, 1))

    assert [code for code, _ in grounds(young, "p02", sections={})] == [
        "too_young",
        "incomplete",
        "same_title",
    ]


def test_a_ground_is_cut_to_the_length_of_a_reason() -> None:
    ((_, text),) = grounds(ENTRY, *(f"p{number:03}" for number in range(999)))

    assert [len(text), text[-1]] == [2000, "…"]


def test_grounds_stand_against_admission() -> None:
    assert code_of(lambda: admission.check_no_grounds([OTHER])) == "grounds_found"
    assert code_of(lambda: admission.check_no_grounds([])) == "-"


def test_the_secretariat_s_grounds_go_before_those_found() -> None:
    found = Ground(code="incomplete", text="Bagian tanpa isi")

    assert admission.grounds_of_rejection([OTHER], [found]) == (OTHER,)
    assert admission.grounds_of_rejection([], [found]) == (found,)
    assert code_of(lambda: admission.grounds_of_rejection([], [])) == "no_grounds"


def test_titles_are_the_same_but_for_case_and_white_space() -> None:
    assert proposals.title_key(" Kebun\t SEKOLAH ") == proposals.title_key("kebun sekolah")
    assert proposals.title_key("Kebunsekolah") != proposals.title_key("kebun sekolah")


def test_the_digest_is_of_the_canonical_json_of_all_that_was_written() -> None:
    written = Content(
        title=" Ubi ", agency="dinas", started_on=date(2018, 6, 1), sections={"b": "é"}
    )
    canonical = (
        '{"agency":"dinas","innovator":"","sections":{"b":"é"},'
        '"started_on":"2018-06-01","title":"Ubi","unit":""}'
    )

    assert written.digest() == f"sha256:{sha256(canonical.encode()).hexdigest()}"


def test_a_title_is_one_line() -> None:
    with pytest.raises(ValidationError):
        content(title="dua\nbaris")


def test_a_proposal_goes_on_only_from_where_it_may() -> None:
    assert proposals.goes_on("submitted", "admitted", "no", "submitted") is True
    assert proposals.goes_on("admitted", "admitted", "no", "submitted") is False
    assert code_of(lambda: proposals.goes_on("draft", "admitted", "no", "submitted")) == "no"
