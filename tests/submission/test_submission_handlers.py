"""Editions and proposals, as facts: what was said before, what is asked, what is said then."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from contracts.ranking import ProposalAdvanced, ProposalAwarded, ProposalEliminated
from contracts.rulebook import Words
from contracts.submission import (
    EditionOpened,
    Ground,
    IntakeClosed,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalRejected,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
)
from kit.testing import Given, given
from submission_service.app import SERVICE
from submission_service.handlers.admission import grounds_of
from submission_service.rules.proposals import AwardGiven, Result
from submission_service.store import views

from tests.submission.facts import (
    CLOSES,
    EDITION,
    OFFICE,
    OPENS,
    RULEBOOK,
    TITLE,
    TOML,
    WITHIN,
    admitting,
    agency,
    closed,
    closing,
    content,
    disqualifying,
    draft,
    opened,
    opening,
    rejecting,
    rulebook,
    submission,
    submitted,
    withdrawal,
)

OPENED = EditionOpened(
    edition=EDITION, rulebook=RULEBOOK, rulebook_digest=RULEBOOK.digest(), opened_at=WITHIN
)
WITHDRAWN = ProposalWithdrawn(edition=EDITION, proposal="p01", reason="Salah kirim")
DISQUALIFIED = ProposalDisqualified(edition=EDITION, proposal="p01", reason="Data palsu", by=OFFICE)
OTHER = Ground(code="other", text="Bukan pelayanan publik")
ABOUT: dict[str, Any] = {
    "edition": EDITION,
    "proposal": "p01",
    "title": TITLE,
    "agency": "dinas-pendidikan",
}
ADVANCED = ProposalAdvanced(**ABOUT, stage="presentasi", rank=1, score=Decimal("87.50"))
ELIMINATED = ProposalEliminated(**ABOUT, stage="presentasi", rank=None, score=None)
LONGER = TOML.replace("words_max = 3", "words_max = 4")


def facts_of(revision: int, **changed: Any) -> dict[str, Any]:
    written = content(**changed)
    facts = {"edition": EDITION, "proposal": "p01", "agency_name": "Dinas Pendidikan"}
    more = {"revision": revision, "content_digest": written.digest()}
    return written.model_dump(exclude={"sections"}) | facts | more


def seen(so_far: Given, proposal: str = "p01") -> views.ProposalWhole:
    return views.one_proposal(so_far.store(), EDITION, proposal)


def codes(so_far: Given, proposal: str = "p01") -> list[str]:
    return [ground.code for ground in grounds_of(so_far.store(), EDITION, proposal)]


def test_a_rulebook_can_be_put_again_until_the_edition_opens() -> None:
    so_far = given(SERVICE).done(rulebook(), rulebook(LONGER), opening)

    (event,) = so_far.said
    assert isinstance(event, EditionOpened)
    assert [event.rulebook.sections[0].words_max, event.opened_at] == [4, so_far.now]
    assert event.rulebook_digest == event.rulebook.digest() != RULEBOOK.digest()


def test_an_edition_opens_once() -> None:
    so_far = given(SERVICE, now=WITHIN).done(rulebook()).when(opening).then(OPENED)

    so_far.when(opening).then()


def test_an_open_edition_keeps_its_rulebook() -> None:
    opened().when(rulebook()).then()
    opened().when(rulebook(LONGER)).then_refused("rulebook_fixed")


def test_an_edition_follows_from_its_opening_on_the_log() -> None:
    view = views.one_edition(given(SERVICE, OPENED).store(), EDITION)

    assert [view.state, view.rulebook_digest] == ["open", RULEBOOK.digest()]


@pytest.mark.parametrize("command", [opening, agency, closing, draft()])
def test_nothing_begins_without_a_rulebook(command: Any) -> None:
    given(SERVICE).when(command).then_refused("no_edition")


@pytest.mark.parametrize("command", [submission(), withdrawal(), admitting(), rejecting()])
def test_nothing_becomes_of_a_proposal_that_is_not_there(command: Any) -> None:
    opened().when(command).then_refused("no_proposal")


def test_a_draft_is_submitted_once() -> None:
    so_far = opened().done(draft()).when(submission()).then(ProposalSubmitted(**facts_of(1)))

    so_far.when(submission()).then()


def test_a_changed_draft_is_a_revision_when_it_is_handed_in() -> None:
    so_far = submitted("p01", title=TITLE).done(draft(unit="Sekolah Dasar")).then()
    assert seen(so_far).submitted == content()

    so_far.when(submission()).then(ProposalRevised(**facts_of(2, unit="Sekolah Dasar")))
    so_far.when(submission()).then()
    assert [seen(so_far).revision, seen(so_far).submitted] == [2, content(unit="Sekolah Dasar")]


def test_every_revision_is_kept_to_prove_its_digest() -> None:
    so_far = submitted("p01", title=TITLE).done(draft(unit="Sekolah Dasar"), submission())

    assert so_far.store().find_revision(EDITION, "p01", 1).digest() == content().digest()


def test_the_same_may_come_again_even_after_the_intake() -> None:
    closed("p01", title=TITLE).when(draft()).then().when(submission()).then()


def test_a_draft_may_be_saved_before_the_intake_begins() -> None:
    so_far = opened().at(OPENS - timedelta(days=1)).when(draft()).then()

    so_far.when(submission()).then_refused("intake_not_open")


def test_nothing_is_taken_after_the_intake() -> None:
    so_far = opened().done(draft()).at(CLOSES + timedelta(microseconds=1))

    so_far.when(draft(unit="Lain")).then_refused("intake_not_open")
    so_far.when(submission()).then_refused("intake_not_open")


def test_nothing_is_taken_before_the_edition_opens() -> None:
    given(SERVICE).done(rulebook()).when(draft()).then_refused("intake_not_open")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": ""}, "entry_incomplete"),
        ({"agency": "dinas-kominfo"}, "unknown_agency"),
        ({"sections": {"ringkasan": "a b c d"}}, "too_many_words"),
    ],
)
def test_a_draft_may_be_wrong_until_it_is_handed_in(changed: dict[str, Any], code: str) -> None:
    opened().done(draft(**changed)).when(submission()).then_refused(code)


def test_a_section_that_nobody_asked_for_is_not_saved() -> None:
    opened().when(draft(sections={"dampak": "Besar"})).then_refused("unknown_section")


@pytest.mark.parametrize("so_far", [submitted("p01"), closed("p01").done(admitting())])
def test_a_proposal_is_withdrawn_once_and_for_good(so_far: Given) -> None:
    so_far.when(withdrawal()).then(WITHDRAWN).when(withdrawal()).then()

    so_far.at(WITHIN).when(submission()).then_refused("withdrawn")
    assert seen(so_far).state == "withdrawn"


def test_a_withdrawn_proposal_is_not_drafted_again() -> None:
    so_far = submitted("p01").done(withdrawal())

    so_far.when(draft(unit="Lain")).then_refused("withdrawn")


def test_a_draft_cannot_be_withdrawn() -> None:
    opened().done(draft()).when(withdrawal()).then_refused("not_submitted")


def test_a_proposal_with_a_result_cannot_be_withdrawn() -> None:
    so_far = closed("p01").done(admitting()).heard(ADVANCED)

    so_far.when(withdrawal()).then_refused("results_known")


def test_the_intake_closes_once_and_counts_what_is_in() -> None:
    so_far = submitted("p01", "p02", "p03").done(withdrawal("p03"), draft("p04"))

    so_far.at(CLOSES).when(closing).then_refused("intake_still_open")
    so_far.at(CLOSES + timedelta(microseconds=1)).when(closing).then(
        IntakeClosed(edition=EDITION, submitted=2, by=OFFICE)
    )
    so_far.when(closing).then()


def test_a_proposal_in_order_is_admitted_once() -> None:
    facts = facts_of(1)
    admitted = {name: facts[name] for name in ProposalAdmitted.model_fields if name != "by"}
    so_far = closed("p01", title=TITLE).when(admitting())

    so_far.then(ProposalAdmitted(**admitted, by=OFFICE)).when(admitting()).then()


@pytest.mark.parametrize("command", [admitting(), rejecting("p01", OTHER)])
def test_nothing_is_decided_before_the_intake_is_closed(command: Any) -> None:
    submitted("p01").when(command).then_refused("intake_not_closed")


@pytest.mark.parametrize("command", [admitting(), rejecting("p01", OTHER), disqualifying()])
def test_nothing_is_decided_about_a_draft(command: Any) -> None:
    so_far = opened().done(draft()).at(CLOSES + timedelta(seconds=1)).done(closing)

    so_far.when(command).then_refused("not_submitted")


def test_a_proposal_with_a_ground_is_not_admitted() -> None:
    so_far = closed("p01", started_on="2019-01-15", sections={})

    assert codes(so_far) == ["too_young", "incomplete"]
    so_far.when(admitting()).then_refused("grounds_found")


def test_a_rejection_takes_the_grounds_that_are_found() -> None:
    so_far = closed("p01", sections={})
    found = grounds_of(so_far.store(), EDITION, "p01")
    event = ProposalRejected(edition=EDITION, proposal="p01", grounds=found, by=OFFICE)

    so_far.when(rejecting()).then(event).when(rejecting()).then()
    so_far.when(admitting()).then_refused("not_submitted")


def test_a_rejection_keeps_the_grounds_that_are_given() -> None:
    so_far = closed("p01").done(rejecting("p01", OTHER))

    assert grounds_of(so_far.store(), EDITION, "p01") == (OTHER,)


def test_a_rejection_needs_a_ground() -> None:
    closed("p01").when(rejecting()).then_refused("no_grounds")


def test_two_of_the_same_title_stand_in_each_other_s_way_until_one_is_out() -> None:
    so_far = submitted("p01", title="Kebun Sekolah")
    so_far.done(draft("p02", title="KEBUN  sekolah"), submission("p02")).at(CLOSES).done()
    so_far.at(CLOSES + timedelta(seconds=1)).done(closing)

    assert [codes(so_far, "p01"), codes(so_far, "p02")] == [["same_title"], ["same_title"]]
    assert codes(so_far.done(rejecting("p02")), "p01") == []


def test_grounds_are_those_of_what_was_handed_in_not_of_the_draft() -> None:
    assert codes(submitted("p01").done(draft(sections={}))) == []


def test_only_an_admitted_proposal_is_disqualified() -> None:
    so_far = closed("p01").when(disqualifying()).then_refused("not_admitted")

    so_far.done(admitting()).when(disqualifying()).then(DISQUALIFIED)
    so_far.when(disqualifying()).then()
    assert seen(so_far).state == "disqualified"


def test_the_last_result_is_shown() -> None:
    so_far = closed("p01").done(admitting()).heard(ADVANCED, ELIMINATED)

    assert seen(so_far).result == Result(
        stage="presentasi", outcome="eliminated", rank=None, score=None, next_stage=None
    )


def test_a_score_is_shown_with_every_digit() -> None:
    result = seen(closed("p01").done(admitting()).heard(ADVANCED)).result

    assert result is not None
    assert [result.outcome, result.rank, str(result.score)] == ["advanced", 1, "87.50"]


def test_an_award_is_shown_once_however_often_it_is_heard() -> None:
    name = Words(id="Top 1", en="Top 1")
    awarded = ProposalAwarded(**ABOUT, award="top-1", award_name=name, basis="rank", rank=1)
    so_far = closed("p01").done(admitting()).heard(awarded, awarded)
    expected = [AwardGiven(award="top-1", name=name, basis="rank", rank=1, reason=None)]

    assert seen(so_far).awards == expected
    assert [each.awards for each in views.all_proposals(so_far.store(), EDITION)] == [expected]


def test_an_edition_counts_its_proposals_by_state() -> None:
    so_far = submitted("p01", "p02").done(draft("p03"), withdrawal("p02"))

    view = views.one_edition(so_far.store(), EDITION)

    assert view.proposals == {"submitted": 1, "withdrawn": 1, "draft": 1}
    assert views.all_editions(so_far.store()) == [view]
