"""Marks that a juror gives to one proposal only, as the places in an order of merit."""

from decimal import Decimal

from contracts.outcomes import Refused
from evaluation_service.handlers import declare_conflict
from evaluation_service.rules.batch import Sorted, refuse_given_twice
from evaluation_service.rules.facts import Seat
from evaluation_service.rules.unique import given_already, has_unique

from tests.evaluation.facts import EDITION, seating, withdrawn
from tests.evaluation.halfpipe import (
    FINAL,
    OPEN,
    PUBLIC,
    duty_of,
    halfpipe,
    judged,
    numbers,
    placed,
    row,
    submitted,
    taking,
)

STAGE = halfpipe().stage(FINAL)
PER_PART = STAGE.model_copy(
    update={"criteria": tuple(c.model_copy(update={"unique": True}) for c in STAGE.criteria)}
)
BEST_ONCE = STAGE.model_copy(
    update={
        "criteria": tuple(
            c.model_copy(update={"unique": False, "once": (Decimal(1),) if c.unique else ()})
            for c in STAGE.criteria
        )
    }
)
OTHER = Seat("penonton-2", "Wakil Penonton Kedua", "umum", "publik")


def test_only_some_stages_have_marks_that_are_given_once() -> None:
    assert (has_unique(STAGE), has_unique(halfpipe().stage(OPEN))) == (True, False)


def test_mark_that_another_proposal_has_is_refused_by_its_value() -> None:
    known = judged("p1", "p2").done(placed("p1", "1"))

    known.when(placed("p2", "1.0")).then_refused("mark_given_already")
    assert isinstance(known.refusal, Refused)
    assert known.refusal.text == (
        "juror 'penonton' gives the mark 1.0 of 'urutan' to one proposal only, and gives it to 'p1'"
        " too; change that sheet first, or hand in both at once"
    )
    known.when(placed("p2", "2")).then(submitted(duty_of("p2", PUBLIC), urutan="2"))


def test_mark_is_free_again_when_the_sheet_is_amended() -> None:
    known = judged("p1", "p2").done(placed("p1", "1"), placed("p1", "2", "tertukar"))

    known.done(placed("p2", "1")).when(placed("p2", "2", "tertukar lagi"))
    known.then_refused("mark_given_already")


def test_mark_is_free_again_when_the_sheet_no_longer_counts() -> None:
    known = judged("p1", "p2", "p3").done(placed("p1", "1"), placed("p2", "2"))
    known.done(lambda store: declare_conflict(store, duty_of("p1", PUBLIC), "kerabat saya"))
    known.heard(withdrawn("p2"))

    known.done(placed("p3", "1"), placed("p3", "2", "naik"))


def test_another_juror_gives_the_same_mark() -> None:
    judged("p1", "p2").done(seating(OTHER, FINAL), placed("p1", "1"), placed("p2", "1", seat=OTHER))


def test_mark_named_by_once_is_given_to_one_proposal_and_others_repeat() -> None:
    standing = {
        duty_of("p1", PUBLIC): numbers(urutan="1"),
        duty_of("p2", PUBLIC): numbers(urutan="2"),
    }
    best, second = numbers(urutan="1.0"), numbers(urutan="2")

    assert has_unique(BEST_ONCE)
    assert list(given_already(BEST_ONCE, standing, {duty_of("p3", PUBLIC): best})) == [
        duty_of("p3", PUBLIC)
    ]
    assert given_already(BEST_ONCE, standing, {duty_of("p3", PUBLIC): second}) == {}


def test_same_mark_is_given_once_in_every_part() -> None:
    standing = {duty_of("p1", part="run-1"): numbers(nilai="70")}
    other_part = {duty_of("p2", part="run-2"): numbers(nilai="70")}
    same_part = {duty_of("p2", part="run-1"): numbers(nilai="70")}

    assert given_already(PER_PART, standing, other_part) == {}
    assert list(given_already(PER_PART, standing, same_part)) == list(same_part)


def test_optional_mark_that_is_left_out_is_given_to_nobody() -> None:
    standing = {duty_of("p1", part="run-1"): numbers(nilai="70")}

    assert given_already(PER_PART, standing, {duty_of("p2", part="run-1"): {}}) == {}


def test_places_are_swapped_in_one_batch() -> None:
    known = judged("p1", "p2").done(placed("p1", "1"), placed("p2", "2"))
    swap = taking(
        row(2, duty_of("p1", PUBLIC), "tertukar", urutan="2"),
        row(3, duty_of("p2", PUBLIC), "tertukar", urutan="1"),
    )

    known.done(swap)
    assert known.store().standing(EDITION, FINAL, [PUBLIC.juror]) == {
        duty_of("p1", PUBLIC): numbers(urutan="2"),
        duty_of("p2", PUBLIC): numbers(urutan="1"),
    }


def test_place_given_twice_in_a_batch_refuses_both() -> None:
    rows = [row(2, duty_of("p1", PUBLIC), urutan="1"), row(3, duty_of("p2", PUBLIC), urutan="1")]
    command = taking(*rows, row(4, duty_of("p3", PUBLIC), urutan="3"), partial=True)

    judged("p1", "p2", "p3").when(command).then(submitted(duty_of("p3", PUBLIC), urutan="3"))
    assert [(each.line, each.code) for each in command.found.refused] == [
        (2, "mark_given_already"),
        (3, "mark_given_already"),
    ]


def test_row_that_counted_on_a_refused_one_is_refused_too() -> None:
    known = judged("p1", "p2", "p3").done(placed("p1", "1"), placed("p2", "2"), placed("p3", "3"))
    # A chain: p1 may have 2 only if p2 takes 3, which p3 keeps, because its reason is missing.
    command = taking(
        row(2, duty_of("p1", PUBLIC), "naik", urutan="2"),
        row(3, duty_of("p2", PUBLIC), "naik", urutan="3"),
        row(4, duty_of("p3", PUBLIC), urutan="1"),
        partial=True,
    )

    known.when(command).then()
    assert [(each.line, each.code) for each in command.found.refused] == [
        (2, "mark_given_already"),
        (3, "mark_given_already"),
        (4, "reason_missing"),
    ]


def test_only_the_rows_of_the_stage_are_looked_at() -> None:
    rows = [
        row(2, duty_of("p1", PUBLIC), urutan="1"),
        row(3, duty_of("p2", PUBLIC, stage=OPEN), urutan="1"),
    ]
    found = Sorted(said={each: submitted(each.assignment, urutan="1") for each in rows})

    refuse_given_twice(found, STAGE, {})

    assert (list(found.said), found.refused) == (rows, [])
