"""What evaluation reads together, holds back and remembers."""

import evaluation_service.store as store_module
import pytest
from evaluation_service.rules.facts import Count, Duty, Sheet
from evaluation_service.store.tables import editions

from tests.evaluation.facts import (
    BAPPEDA,
    CAMAT,
    EDITION,
    FIRST,
    KOMINFO,
    SECOND,
    amended,
    closing,
    declaring,
    duty_of,
    judged,
    marks,
    numbers,
    rulebook,
    sheet,
    submitted,
)


def test_duty_tells_what_stands_between_juror_and_proposal() -> None:
    known = judged("p1", "p2").done(declaring("p2", BAPPEDA), sheet("p1"))
    known.done(sheet("p2", CAMAT), sheet("p2", CAMAT, numbers("71"), "salah tulis"))

    assert known.store().duty(duty_of("p1")) == (
        Duty(True, True, False, False),
        Sheet(1, numbers()),
    )
    assert known.store().duty(duty_of("p2", CAMAT))[1] == Sheet(2, numbers("71"))
    assert known.store().duty(duty_of("p2")) == (Duty(True, True, True, False), None)
    assert known.store().duty(duty_of("p9", KOMINFO)) == (Duty(False, False, False, False), None)
    known.done(closing())
    assert known.store().duty(duty_of("p1"))[0] == Duty(True, True, False, True)


def test_duties_that_are_read_together_are_those_that_are_read_alone() -> None:
    known = judged("p1", "p2").done(declaring("p2", BAPPEDA), sheet("p1"), sheet("p2", CAMAT))
    known.done(sheet("p1", marked=numbers("71"), reason="salah tulis"))
    asked = [duty_of(each, seat) for each in ("p1", "p2", "p9") for seat in (BAPPEDA, KOMINFO)]
    asked += [duty_of("p2", CAMAT), duty_of("p1", stage=SECOND)]

    for _ in range(2):
        together = known.store()
        together.read_ahead(asked)
        assert [together.duty(each) for each in asked] == [known.store().duty(e) for e in asked]
        known.done(closing())


def test_sheet_that_is_held_back_is_there_for_whoever_asks() -> None:
    known = judged("p1")
    store = known.store()
    store.add_sheet(submitted("p1", BAPPEDA, marks()))

    assert store.duty(duty_of("p1"))[1] == Sheet(1, numbers())
    assert store.counted_sheets(EDITION, FIRST) == {"p1": Count({None: 1})}
    store.add_sheet(submitted("p1", CAMAT, marks()))
    assert [each.handed_in for each in store.assignments(EDITION, FIRST)] == [True, True]
    store.add_sheet(amended("p1", CAMAT, marks("71"), 2, "salah tulis"))
    assert [each.version for each in store.sheet_versions(duty_of("p1", CAMAT))] == [1, 2]


def test_rulebook_is_read_once() -> None:
    known = judged("p1").done(sheet("p1"))
    known.connection.execute(editions.delete())

    known.when(sheet("p1", CAMAT)).then(submitted("p1", CAMAT, marks()))


def test_no_more_rulebooks_are_held_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store_module, "RULEBOOKS_MAX", 2)
    known = judged("p1")
    memory = known.store().memory
    assert list(memory) == [EDITION]
    memory.clear()
    memory.update(e1=rulebook(), e2=rulebook())

    known.done(sheet("p1"))
    assert list(memory) == [EDITION]
