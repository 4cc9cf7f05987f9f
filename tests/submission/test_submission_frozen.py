"""What came of a proposal is shown once no stage that holds it back is frozen any more."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.envelope import Envelope, encode
from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.ranking import ProposalAdvanced, ProposalAwarded, ProposalEliminated, StageRanked
from contracts.rulebook import Words
from kit import parking
from kit.batch import Batch
from kit.heard import Heard
from kit.settings import Settings
from kit.testing import Given, given
from submission_service.app import SERVICE
from submission_service.store import views

from tests.submission.facts import EDITION, OFFICE, TITLE, closed, withdrawal

ABOUT: dict[str, Any] = {
    "edition": EDITION,
    "proposal": "p01",
    "title": TITLE,
    "agency": "dinas-pendidikan",
}
ADVANCED = ProposalAdvanced(
    **ABOUT, stage="presentasi", rank=1, score=Decimal("87.50"), held_by=("presentasi",)
)
ELIMINATED = ProposalEliminated(
    **ABOUT, stage="final", rank=3, score=Decimal(60), held_by=("presentasi", "final")
)
AWARDED = ProposalAwarded(
    **ABOUT,
    award="terbaik",
    award_name=Words(id="Terbaik", en="Best"),
    basis="rank",
    rank=1,
    held_by=("presentasi", "final"),
)
RANKED = StageRanked(
    edition=EDITION,
    stage="presentasi",
    position=9,
    digest=f"sha256:{'0' * 64}",
    proposals=1,
    advanced=1,
    held_by=("presentasi",),
)


def frozen(stage: str) -> StandingsFrozen:
    return StandingsFrozen(edition=EDITION, stage=stage, position=1)


def unfrozen(stage: str) -> StandingsUnfrozen:
    return StandingsUnfrozen(
        edition=EDITION, stage=stage, position=2, by=OFFICE, reason="pengumuman"
    )


def world() -> Given:
    return closed("p01").heard(frozen("presentasi"), frozen("final"))


def shown(so_far: Given) -> tuple[str | None, list[str]]:
    """The outcome and the awards of the proposal, as its agency sees them."""
    view = views.one_proposal(so_far.store(), EDITION, "p01")
    (listed,) = views.all_proposals(so_far.store(), EDITION)
    assert (listed.result, listed.awards) == (view.result, view.awards)
    return view.result.outcome if view.result else None, [each.award for each in view.awards]


def test_a_held_result_is_shown_at_the_unfreezing_and_not_before() -> None:
    so_far = world().heard(ADVANCED)
    assert shown(so_far) == (None, [])

    assert shown(so_far.heard(unfrozen("presentasi"))) == ("advanced", [])


def test_what_two_stages_hold_waits_for_both_and_comes_in_its_order() -> None:
    so_far = world().heard(ADVANCED, ELIMINATED, AWARDED)
    assert shown(so_far.heard(unfrozen("final"))) == (None, [])

    assert shown(so_far.heard(unfrozen("presentasi"))) == ("eliminated", ["terbaik"])
    store = so_far.store()
    assert not store.is_held(EDITION, "p01")


def test_what_is_taken_after_the_unfreezing_is_shown_at_once() -> None:
    so_far = closed("p01").heard(ADVANCED)

    assert shown(so_far) == ("advanced", [])


def test_that_a_stage_is_ranked_is_known_at_once_so_that_its_rules_stand() -> None:
    so_far = world().heard(RANKED)

    assert so_far.store().ranked(EDITION) == frozenset({"presentasi"})


@pytest.mark.parametrize("result", [ADVANCED, ELIMINATED])
def test_a_proposal_with_a_held_result_is_refused_its_withdrawal_alike(result: Any) -> None:
    so_far = world().heard(result).when(withdrawal()).then_refused("results_known")

    assert "cannot be withdrawn" in str(so_far.refusal)


def test_freezing_again_what_is_frozen_changes_nothing() -> None:
    store = given(SERVICE, frozen("final"), frozen("final"), unfrozen("final")).store()

    assert not store.is_any_frozen(EDITION, ("final",))


@pytest.mark.parametrize("result", [AWARDED, ELIMINATED], ids=["award", "later stage"])
def test_what_a_freeze_holds_back_waits_behind_it_where_that_cannot_be_taken(result: Any) -> None:
    so_far = closed("p01")
    around = Envelope.around(
        frozen("presentasi"), id="f", time=so_far.now, correlation="c", causation=None
    )
    subject, headers = frozen("presentasi").subject(), around.headers()
    marked = result.model_copy(update={"held_by": ("presentasi",)})
    then = Envelope.around(marked, id="r", time=so_far.now, correlation="c", causation=None)
    messages = (
        Heard(so_far.position + 1, subject, headers, b"{broken"),
        Heard(so_far.position + 2, marked.subject(), then.headers(), encode(marked)),
    )
    settings = Settings.model_construct(database_url="sqlite://")
    batch = Batch(SERVICE, settings, so_far.now)
    batch.take_each(so_far.connection, messages, messages[-1].position)

    assert shown(so_far) == (None, [])
    assert [row.outcome for row in parking.waiting(so_far.connection)] == ["refused", "behind"]
