"""Notices of held results wait until nothing holds them back; the secretariat sees why."""

from collections.abc import Callable

from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.operations import MessageDiscarded
from kit.heard import Heard
from kit.testing import Given, given
from notification_service import pages
from notification_service.app import SERVICE
from notification_service.rules import why_waiting

from tests.notification import facts
from tests.notification.at_work import AtWork, at_work

NewStore = Callable[[str], str]

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


async def waiting(here: AtWork) -> list[tuple[str, str]]:
    return [(row.kind, row.held_by) for row in await here.notices()]


async def test_an_unfreezing_lets_go_although_the_stage_is_frozen_again_behind_it(
    new_store: NewStore,
) -> None:
    """As after an outage: all of it comes in one batch."""
    async with at_work(new_store("notification")) as here:
        await here.hear(facts.OPENED, facts.SUBMITTED, frozen("desk"), HELD)
        assert (await waiting(here))[1:] == [("advanced", "desk")]
        awarded = AWARDED.model_copy(update={"held_by": ("desk",)})
        await here.hear(unfrozen("desk"), frozen("desk"), awarded)

        assert (await waiting(here))[1:] == [("advanced", ""), ("awarded", "desk")]
        await here.hear(unfrozen("desk"))
        assert (await waiting(here))[1:] == [("advanced", ""), ("awarded", "")]


async def test_a_notice_is_held_back_also_where_its_freezing_cannot_be_read(
    new_store: NewStore,
) -> None:
    async with at_work(new_store("notification")) as here:
        await here.hear(facts.OPENED, facts.SUBMITTED)
        subject = frozen("desk").subject()
        await here.running.take([Heard(3, subject, {"ce-type": StandingsFrozen.type}, b"{broken")])
        here.position = 3
        await here.hear(HELD, unfrozen("interview"))
        assert await waiting(here) == [("received", ""), ("advanced", "desk")]

        await here.hear(unfrozen("desk"))
        assert await waiting(here) == [("received", ""), ("advanced", "")]


async def test_what_waited_behind_a_parked_message_is_held_back_when_it_is_taken(
    new_store: NewStore,
) -> None:
    async with at_work(new_store("notification")) as here:
        # The first result comes before notification has heard of the proposal: the next waits.
        await here.hear(facts.OPENED, facts.ADVANCED, facts.SUBMITTED, frozen("desk"), HELD)
        assert await waiting(here) == [("received", "")]
        await here.running.act_on_parked(MessageDiscarded, 2, by="Operator", reason="gladi")

        assert await waiting(here) == [("received", ""), ("advanced", "desk")]
