"""The final ranking, who advances, awards, and the announcement."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from contracts.envelope import Envelope, encode
from contracts.event import Event
from contracts.outcomes import NotYet
from contracts.ranking import (
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ResultsAnnounced,
    StageRanked,
)
from kit import parking
from kit.heard import Heard
from kit.testing import NOON, Given, given
from ranking_service import rules
from ranking_service.app import SERVICE
from ranking_service.handlers.results import announce, give_award
from ranking_service.places import Place
from ranking_service.store import RankingStore

from tests.ranking.facts import (
    AWARDS,
    DESK,
    EDITION,
    FIELD,
    OFFICE,
    REASON,
    admitted,
    closed,
    opened,
    recused,
    rulebook,
    scored,
    sheet,
    stage,
    withdrawn,
)

FOUR = (opened(), *(admitted(each) for each in "abcd"))
DESK_DONE = (*FOUR, *scored({"a": "90", "b": "80", "c": "70"}), closed())
ALL_DONE = (*DESK_DONE, *scored({"a": "60", "b": "65"}, FIELD), closed(FIELD))


def ranked(position: int, places: list[Place], stage: str = DESK) -> StageRanked:
    digest = rules.digest(EDITION, stage, rulebook().digest(), final=True, places=places)
    return StageRanked(
        edition=EDITION,
        stage=stage,
        position=position,
        digest=digest,
        proposals=len(places),
        advanced=sum(each.advanced is True for each in places),
    )


def advanced(
    proposal: str, rank: int, score: str, *, stage: str = DESK, into: str | None = FIELD
) -> ProposalAdvanced:
    return ProposalAdvanced(
        edition=EDITION,
        stage=stage,
        proposal=proposal,
        title=f"Title of {proposal}",
        agency=f"agency-{proposal}",
        rank=rank,
        score=Decimal(score),
        next_stage=into,
    )


def eliminated(proposal: str, rank: int | None, score: str | None) -> ProposalEliminated:
    return ProposalEliminated(
        edition=EDITION,
        stage=DESK,
        proposal=proposal,
        title=f"Title of {proposal}",
        agency=f"agency-{proposal}",
        rank=rank,
        score=None if score is None else Decimal(score),
    )


def awarded(award: str, proposal: str, **facts: Any) -> ProposalAwarded:
    return ProposalAwarded(
        edition=EDITION,
        proposal=proposal,
        title=f"Title of {proposal}",
        agency=f"agency-{proposal}",
        award=award,
        award_name={each.id: each.name for each in AWARDS}[award],
        **facts,
    )


def by_rank(award: str, proposal: str, rank: int) -> ProposalAwarded:
    return awarded(award, proposal, basis="rank", rank=rank)


def decided(award: str, proposal: str) -> ProposalAwarded:
    return awarded(award, proposal, basis="decision", reason=REASON, by=OFFICE)


def awarding(
    award: str, proposal: str, reason: str = REASON
) -> Callable[[RankingStore], Iterable[Event]]:
    return lambda store: give_award(
        store, EDITION, award=award, proposal=proposal, by=OFFICE, reason=reason
    )


def announcing(store: RankingStore) -> Iterable[Event]:
    return announce(store, EDITION, by=OFFICE)


def test_close_of_scoring_ranks_the_stage() -> None:
    places = [
        Place("a", 1, Decimal("90.00"), advanced=True),
        Place("b", 2, Decimal("80.00"), advanced=True),
        Place("c", 3, Decimal("70.00"), advanced=False),
        Place("d", None, None, advanced=False),
    ]

    given(SERVICE, *DESK_DONE).then(
        ranked(9, places),
        advanced("a", 1, "90.00"),
        advanced("b", 2, "80.00"),
        eliminated("c", 3, "70.00"),
        eliminated("d", None, None),
        by_rank("best-desk", "a", 1),
    )


def test_ties_at_the_cut_advance_together_and_share_the_award() -> None:
    world = given(SERVICE, *FOUR, *scored(dict.fromkeys("abcd", "70")), closed())

    said = [(type(each), getattr(each, "proposal", None)) for each in world.said[1:]]
    assert said == [
        *((ProposalAdvanced, each) for each in "abcd"),
        *((ProposalAwarded, each) for each in "abcd"),
    ]


def test_scores_that_only_the_rounding_makes_equal_share_a_rank() -> None:
    book = rulebook(stage(DESK))
    jurors = [sheet("a", f"juror-{number}", "70") for number in range(300)]
    world = given(SERVICE, opened(book), admitted("a"), admitted("b"), *jurors)
    world.heard(sheet("a", "juror-x", "71"), sheet("b", "juror-1", "70"), closed())

    assert [(each.proposal, each.rank, each.score) for each in world.said[1:]] == [  # type: ignore[attr-defined]  # both are advanced
        ("a", 1, Decimal("70.00")),
        ("b", 1, Decimal("70.00")),
    ]


def test_last_stage_has_no_next_and_gives_its_awards() -> None:
    places = [
        Place("b", 1, Decimal("65.00"), advanced=True),
        Place("a", 2, Decimal("60.00"), advanced=True),
    ]

    given(SERVICE, *ALL_DONE).then(
        ranked(12, places, FIELD),
        advanced("b", 1, "65.00", stage=FIELD, into=None),
        advanced("a", 2, "60.00", stage=FIELD, into=None),
        by_rank("top-2", "b", 1),
        by_rank("top-2", "a", 2),
    )


def test_who_was_eliminated_is_not_in_the_next_stage() -> None:
    with pytest.raises(NotYet):
        given(SERVICE, *DESK_DONE, sheet("c", "juror-1", "90", stage=FIELD))


def test_closing_twice_says_nothing_new() -> None:
    given(SERVICE, *DESK_DONE, closed()).then()


def test_later_stage_is_not_ranked_before_the_one_before_it() -> None:
    with pytest.raises(NotYet, match="stage 'field' is ranked after stage 'desk'"):
        given(SERVICE, *FOUR, closed(FIELD))


def test_stage_without_proposals_is_ranked_empty() -> None:
    given(SERVICE, opened(), closed()).then(ranked(2, []))


def test_withdrawn_proposal_and_recused_juror_have_no_part_in_the_ranking() -> None:
    world = given(SERVICE, *FOUR, *scored({"a": "90", "b": "80", "c": "70"}))
    world.heard(withdrawn("a"), withdrawn("d"), recused("b", "juror-1"), closed())

    places = [
        Place("c", 1, Decimal("70.00"), advanced=True),
        Place("b", None, None, advanced=False),
    ]
    assert world.said[0] == ranked(12, places)


def park(world: Given, event: Event, outcome: parking.Outcome, edition: str = EDITION) -> None:
    event = event.model_copy(update={"edition": edition})
    envelope = Envelope.around(event, id="x", time=NOON, correlation="c", causation=None)
    heard = Heard(99, event.subject(), envelope.headers(), encode(event))
    later = NOON + timedelta(seconds=1)
    parking.park(
        world.connection, heard, outcome=outcome, reason="r", tries=1, now=NOON, retry_at=later
    )


@pytest.mark.parametrize("outcome", ["not_yet", "bug"])
@pytest.mark.parametrize("event", [sheet("d", "juror-1", "99"), admitted("e"), withdrawn("a")])
def test_stage_is_not_ranked_while_a_message_waits_that_may_change_it(
    event: Event, outcome: parking.Outcome
) -> None:
    world = given(SERVICE, *FOUR)
    park(world, event, outcome)

    with pytest.raises(NotYet, match="parked, at positions 99: retry or discard them"):
        world.heard(closed())


@pytest.mark.parametrize(
    ("event", "outcome", "edition"),
    [
        (sheet("d", "juror-1", "99"), "refused", EDITION),
        (sheet("d", "juror-1", "99", stage=FIELD), "not_yet", EDITION),
        (sheet("d", "juror-1", "99"), "not_yet", "elsewhere"),
        (closed(), "not_yet", EDITION),
    ],
)
def test_stage_is_ranked_when_nothing_waits_that_may_change_it(
    event: Event, outcome: parking.Outcome, edition: str
) -> None:
    world = given(SERVICE, *FOUR)
    park(world, event, outcome, edition)

    world.heard(closed())

    assert isinstance(world.said[0], StageRanked)


def test_award_by_decision() -> None:
    world = given(SERVICE, *ALL_DONE)

    world.when(awarding("mention", "c")).then(decided("mention", "c"))
    world.when(awarding("special", "c")).then(decided("special", "c"))


def test_same_decision_again_says_nothing_even_when_announced() -> None:
    world = given(SERVICE, *ALL_DONE).done(awarding("special", "c"), announcing)

    world.when(awarding("special", "c")).then()


@pytest.mark.parametrize(
    ("award", "proposal", "code"),
    [
        ("special", "d", "award_count_reached"),
        ("nothing", "c", "unknown_award"),
        ("top-2", "c", "award_by_rank"),
        ("mention", "x", "unknown_proposal"),
    ],
)
def test_award_is_refused(award: str, proposal: str, code: str) -> None:
    world = given(SERVICE, *ALL_DONE).done(awarding("special", "c"))

    world.when(awarding(award, proposal)).then_refused(code)


def test_other_reason_for_the_same_award_is_refused() -> None:
    world = given(SERVICE, *ALL_DONE).done(awarding("mention", "c"))

    world.when(awarding("mention", "c", "another reason")).then_refused("award_given")


def test_proposal_that_left_receives_no_award() -> None:
    world = given(SERVICE, *ALL_DONE, withdrawn("c"))

    world.when(awarding("mention", "c")).then_refused("proposal_gone")


@pytest.mark.parametrize("decide", [awarding("mention", "c"), announcing])
def test_nothing_is_decided_before_every_stage_is_ranked(
    decide: Callable[[RankingStore], Iterable[Event]],
) -> None:
    given(SERVICE, *DESK_DONE).when(decide).then_refused("not_ranked_yet")


@pytest.mark.parametrize("decide", [awarding("mention", "c"), announcing])
def test_edition_that_is_not_open(decide: Callable[[RankingStore], Iterable[Event]]) -> None:
    given(SERVICE).when(decide).then_refused("unknown_edition")


def test_announcement_counts_the_awards_and_is_made_once() -> None:
    world = given(SERVICE, *ALL_DONE).done(awarding("special", "c"))

    world.when(announcing).then(ResultsAnnounced(edition=EDITION, awards=4, by=OFFICE))
    world.when(announcing).then()


def test_no_award_follows_the_announcement() -> None:
    world = given(SERVICE, *ALL_DONE).done(announcing)

    world.when(awarding("mention", "c")).then_refused("results_announced")
