"""Notices of held results wait until nothing holds them back; the secretariat sees why."""

from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from kit.testing import Given, given
from notification_service import pages
from notification_service.app import SERVICE
from notification_service.rules import why_waiting

from tests.notification import facts

HELD = facts.ADVANCED.model_copy(update={"held_by": ("desk",)})
AWARDED = facts.BY_RANK.model_copy(update={"held_by": ("desk", "interview")})


def frozen(stage: str) -> StandingsFrozen:
    return StandingsFrozen(edition=facts.EDITION, stage=stage, position=1)


def unfrozen(stage: str) -> StandingsUnfrozen:
    return StandingsUnfrozen(
        edition=facts.EDITION, stage=stage, position=2, by="Panitia", reason="pengumuman"
    )


def world() -> Given:
    known = (facts.OPENED, facts.SUBMITTED)
    so_far = given(SERVICE, *known, frozen("desk"), frozen("interview"))
    for role, party in (("applicant", "dinkes"), ("secretariat", "secretariat")):
        so_far.store().keep_contact(facts.EDITION, party, role, key="k", sealed=b"x")
    return so_far


def due(so_far: Given) -> list[str]:
    return [row.kind for row in so_far.store().due(10)]


def test_an_applicant_is_told_of_a_held_result_at_the_unfreezing() -> None:
    so_far = world().heard(HELD)
    assert due(so_far) == ["received"]

    assert due(so_far.heard(unfrozen("desk"))) == ["received", "advanced"]


def test_a_notice_that_two_stages_hold_waits_for_both() -> None:
    so_far = world().heard(AWARDED, unfrozen("desk"))
    assert due(so_far) == ["received"]

    assert due(so_far.heard(unfrozen("interview"))) == ["received", "awarded"]


def test_the_secretariat_is_told_at_once() -> None:
    asked = facts.asked("panel").model_copy(update={"held_by": ("desk",)})

    assert due(world().heard(asked)) == ["received", "decision-asked"]


def test_the_inbox_says_why_a_notice_waits() -> None:
    store = world().heard(AWARDED).store()
    (newest, _) = store.notices()

    assert newest.held_by == "desk interview"
    told = why_waiting("queued", "dinkes", known=True, forgotten=False, held_by=newest.held_by)
    assert told == "held back until these stages are unfrozen: desk interview"
    assert "ditahan sampai pembekuan dicabut: desk interview" in pages.inbox([newest], 1, None)


def test_what_is_heard_after_the_unfreezing_is_sent_at_once() -> None:
    so_far = world().heard(unfrozen("desk"), HELD)

    assert due(so_far) == ["received", "advanced"]
