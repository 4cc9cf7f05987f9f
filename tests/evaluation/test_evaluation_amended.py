"""A rulebook that is amended while the edition is judged."""

import pytest
from contracts.evaluation import ScoringClosed
from contracts.outcomes import NotYet
from evaluation_service.app import SERVICE
from kit.testing import given

from tests.evaluation import facts
from tests.evaluation.facts import CAMAT, EDITION, FIRST, closing, judged, rulebook, sheet
from tests.evaluation.halfpipe import review, rules_amended

BEFORE, AFTER, LATER = rulebook(1), rulebook(2), rulebook(3)


def test_amended_rulebook_counts_from_there_on() -> None:
    known = judged("p1").done(sheet("p1"))
    assert known.store().memory[EDITION].stage(FIRST).quorum == 1

    known.heard(rules_amended(BEFORE, AFTER))

    assert known.store().rulebook(EDITION) == AFTER
    known.store().memory.clear()
    assert (known.store().rulebook(EDITION), known.store().digest(EDITION)) == (
        AFTER,
        AFTER.digest(),
    )
    known.when(closing()).then_refused("quorum_missing")
    known.done(sheet("p1", CAMAT)).when(closing())
    known.then(ScoringClosed(edition=EDITION, stage=FIRST, sheets=2, by="Sekretariat"))


def test_rulebook_is_the_amended_one_within_the_same_transaction() -> None:
    known = judged("p1")

    def amend_and_ask(store: object) -> None:
        for event in (rules_amended(BEFORE, AFTER), rules_amended(AFTER, LATER)):
            SERVICE.handlers[type(event)](event, store)
        assert store.stage(EDITION, FIRST).quorum == 3  # type: ignore[attr-defined] # any store

    known.done(amend_and_ask)
    assert known.store().rulebook(EDITION) == LATER


def test_amendment_that_is_rolled_back_leaves_the_rulebook() -> None:
    known = judged("p1")
    store = known.store()
    store.amend_rulebook(rules_amended(BEFORE, AFTER))
    store.forget()

    assert store.rulebook(EDITION) == BEFORE


def test_amendment_that_is_heard_again_changes_nothing() -> None:
    known = judged("p1").heard(rules_amended(BEFORE, AFTER), rules_amended(BEFORE, AFTER))

    assert known.store().rulebook(EDITION) == AFTER


def test_amendments_are_taken_in_their_order() -> None:
    known = judged("p1")

    with pytest.raises(NotYet, match="the amendment before this one is not heard"):
        known.heard(rules_amended(AFTER, LATER))
    known.heard(rules_amended(BEFORE, AFTER), rules_amended(AFTER, LATER))
    assert known.store().rulebook(EDITION) == LATER


@pytest.mark.parametrize("early", [rules_amended(BEFORE, AFTER), review("p1", 3, 1)])
def test_what_is_heard_before_the_opening_comes_back_later(early: object) -> None:
    with pytest.raises(NotYet):
        given(SERVICE, early)  # type: ignore[arg-type] # both are events


def test_opening_that_is_heard_again_leaves_the_amended_rulebook() -> None:
    known = judged("p1").heard(rules_amended(BEFORE, AFTER), facts.opened(1))

    assert known.store().rulebook(EDITION) == AFTER
