"""The live standings: who stands in a stage, which sheets count, what is told of it."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from contracts.ranking import StageRanked, Standing, StandingsChanged
from kit.testing import Given, given
from ranking_service.app import SERVICE
from ranking_service.store import RankingStore, Tally

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    admitted,
    amended,
    closed,
    disqualified,
    marked,
    marks,
    opened,
    recused,
    rulebook,
    scored,
    sheet,
    stage,
    withdrawn,
)

TWO = (opened(), admitted("a"), admitted("b"))


def changed(
    position: int, *rows: tuple[str, str | None, int | None, int], removed: tuple[str, ...] = ()
) -> StandingsChanged:
    standings = tuple(
        Standing(
            proposal=proposal,
            score=None if score is None else Decimal(score),
            rank=rank,
            sheets=sheets,
        )
        for proposal, score, rank, sheets in rows
    )
    return StandingsChanged(
        edition=EDITION, stage=DESK, position=position, rows=standings, removed=removed
    )


def tally(world: Given, proposal: str, stage: str = DESK) -> Tally | None:
    store: RankingStore = world.store()
    return store.tally(EDITION, stage, proposal)


def of_one_sheet(score: str) -> Tally:
    return Tally(Decimal(score), 1)


def refusal(world: Given, event: Event) -> str:
    with pytest.raises(Refused) as refused:
        world.heard(event)
    return refused.value.code


def together(world: Given, *events: Event) -> Given:
    """These events arrive in one transaction."""

    def take(store: RankingStore) -> Iterable[Event]:
        for event in events:
            store.position += 1
            yield from SERVICE.handlers[type(event)](event, store) or ()

    return world.when(take)


def test_admitted_proposal_stands_in_the_first_stage_without_a_score() -> None:
    world = given(SERVICE, *TWO).then()

    assert tally(world, "a") == Tally(None, 0)
    assert tally(world, "a", FIELD) is None


def test_proposal_before_its_edition_comes_later() -> None:
    with pytest.raises(NotYet):
        given(SERVICE, admitted("a"))


def test_edition_heard_twice_is_one_edition() -> None:
    given(SERVICE, opened(), opened()).then()


def test_edition_opened_with_another_rulebook_is_refused() -> None:
    other = rulebook(stage(DESK))

    assert refusal(given(SERVICE, opened()), opened(other)) == "other_rulebook"


def test_proposal_admitted_twice_keeps_its_score() -> None:
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"), admitted("a")).then()

    assert tally(world, "a") == of_one_sheet("70.00")


def test_proposal_admitted_after_the_first_stage_is_ranked_is_refused() -> None:
    world = given(SERVICE, *TWO, closed())

    assert refusal(world, admitted("c")) == "scoring_closed"


def test_sheet_changes_the_standings() -> None:
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"))

    world.then(changed(4, ("a", "70.00", 1, 1)))


def test_score_is_the_mean_of_the_sheets() -> None:
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"), sheet("a", "juror-2", "71"))

    world.then(changed(5, ("a", "70.50", 1, 2)))


def test_marks_are_kept_exactly() -> None:
    weighed = marked(sheet("a", "juror-1", "70"), marks=marks(benefit="70", novelty="71"))

    given(SERVICE, *TWO, weighed).then(changed(4, ("a", "70.25", 1, 1)))


def test_changes_that_arrive_together_are_told_together_with_their_ranks() -> None:
    world = given(SERVICE, *TWO, admitted("c"), sheet("c", "juror-1", "60"))

    together(world, *scored({"a": "50", "b": "80"})).then(
        changed(7, ("b", "80.00", 1, 1), ("a", "50.00", 3, 1))
    )


def test_amendment_replaces_the_sheet() -> None:
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"), amended("a", "juror-1", "80"))

    world.then(changed(5, ("a", "80.00", 1, 1)))


def test_amendment_that_leaves_the_score_tells_nothing() -> None:
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"), amended("a", "juror-1", "70"))

    world.then()


def test_amendment_and_its_reversal_together_tell_nothing() -> None:
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"))

    together(world, amended("a", "juror-1", "80"), amended("a", "juror-1", "70", version=3)).then()


@pytest.mark.parametrize("version", [1, 2])
def test_version_that_is_not_newer_is_refused(version: int) -> None:
    world = given(SERVICE, *TWO, amended("a", "juror-1", "80"))

    assert refusal(world, sheet("a", "juror-1", "70", version=version)) == "stale_version"
    assert tally(world, "a") == of_one_sheet("80.00")


def test_recusal_removes_the_sheet_that_came_before() -> None:
    world = given(
        SERVICE,
        *TWO,
        sheet("a", "juror-1", "70"),
        sheet("a", "juror-2", "90"),
        recused("a", "juror-2"),
    )

    world.then(changed(6, ("a", "70.00", 1, 1)))


def test_recusal_of_the_only_juror_takes_the_score_away() -> None:
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"), recused("a", "juror-1"))

    world.then(changed(5, ("a", None, None, 0)))


def test_sheet_after_the_recusal_does_not_count() -> None:
    world = given(SERVICE, *TWO, recused("a", "juror-1"), sheet("a", "juror-1", "70")).then()

    assert tally(world, "a") == Tally(None, 0)


def test_recusal_is_for_one_proposal() -> None:
    world = given(SERVICE, *TWO, recused("a", "juror-1"), sheet("b", "juror-1", "70"))

    world.then(changed(5, ("b", "70.00", 1, 1)))


def test_recusal_before_the_admission_counts() -> None:
    early = (opened(), recused("a", "juror-1"), admitted("a"))
    world = given(SERVICE, *early, sheet("a", "juror-1", "70")).then()

    assert tally(world, "a") == Tally(None, 0)


def test_recusal_twice_is_one() -> None:
    given(SERVICE, *TWO, recused("a", "juror-1"), recused("a", "juror-1")).then()


@pytest.mark.parametrize("leave", [withdrawn, disqualified])
def test_proposal_that_leaves_is_removed(leave) -> None:  # type: ignore[no-untyped-def]  # two kinds of event
    world = given(SERVICE, *TWO, sheet("a", "juror-1", "70"), leave("a"))

    world.then(changed(5, removed=("a",)))
    assert tally(world, "a") is None


def test_proposal_that_was_never_admitted_leaves_without_effect() -> None:
    given(SERVICE, *TWO, withdrawn("c")).then()


def test_proposal_that_comes_and_goes_at_once_is_not_told() -> None:
    together(given(SERVICE, *TWO), admitted("c"), withdrawn("c")).then()


def test_proposal_that_left_does_not_come_back() -> None:
    assert refusal(given(SERVICE, *TWO, withdrawn("a")), admitted("a")) == "proposal_gone"


def test_sheet_for_a_proposal_that_left_is_done_without_effect() -> None:
    given(SERVICE, *TWO, withdrawn("a"), sheet("a", "juror-1", "70")).then()


@pytest.mark.parametrize(
    "early", [sheet("c", "juror-1", "70"), sheet("a", "juror-1", "70", stage=FIELD)]
)
def test_sheet_for_a_proposal_not_in_the_stage_comes_later(early: Event) -> None:
    with pytest.raises(NotYet):
        given(SERVICE, *TWO, early)


@pytest.mark.parametrize(
    "early", [sheet("a", "juror-1", "70"), recused("a", "juror-1"), withdrawn("a"), closed()]
)
def test_what_comes_before_its_edition_comes_later(early: Event) -> None:
    with pytest.raises(NotYet):
        given(SERVICE, early)


@pytest.mark.parametrize(
    "lost", [sheet("a", "juror-1", "70", stage="x"), recused("a", "juror-1", "x"), closed("x")]
)
def test_stage_that_the_rulebook_does_not_have_is_refused(lost: Event) -> None:
    assert refusal(given(SERVICE, *TWO), lost) == "unknown_stage"


def test_marks_that_do_not_fit_the_criteria_are_refused() -> None:
    wrong = marked(sheet("a", "juror-1", "70"), marks=marks(benefit="70"))

    assert refusal(given(SERVICE, *TWO), wrong) == "marks_do_not_fit"


@pytest.mark.parametrize(
    "late", [sheet("a", "juror-1", "70"), recused("a", "juror-1"), sheet("c", "juror-1", "70")]
)
def test_nothing_changes_a_stage_after_its_scoring_is_closed(late: Event) -> None:
    assert refusal(given(SERVICE, *TWO, closed()), late) == "scoring_closed"


def test_withdrawal_after_the_ranking_leaves_the_ranked_stage_as_it_is() -> None:
    world = given(SERVICE, *TWO, *scored({"a": "80", "b": "70"}), closed(), withdrawn("a"))

    assert tally(world, "a") == of_one_sheet("80.00")
    assert tally(world, "a", FIELD) is None


def test_sheet_and_close_that_arrive_together_tell_only_the_final_ranking() -> None:
    world = together(given(SERVICE, *TWO), sheet("a", "juror-1", "70"), closed())

    assert [each for each in world.said if isinstance(each, StandingsChanged)] == []
    assert isinstance(world.said[0], StageRanked)
