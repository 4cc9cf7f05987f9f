"""Freezing, revealing and unfreezing: what is said, what is refused, and what everybody sees."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen
from contracts.ranking import RankingEvent
from kit.testing import Given, given
from ranking_service.api.bodies import Standings
from ranking_service.api.standings import edition_of, live_results, results_of, standings_of
from ranking_service.app import SERVICE
from ranking_service.handlers.freezing import (
    ALL_REVEALED,
    freeze,
    reveal,
    unfreeze,
)
from ranking_service.handlers.results import announce, give_award

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    OFFICE,
    REASON,
    admitted,
    closed,
    opened,
    scored,
    sheet,
    withdrawn,
)

WHY: Any = {"by": OFFICE, "reason": REASON}
HALFWAY = (opened(), *(admitted(each) for each in "abc"), *scored({"a": "70", "b": "80"}))


def half_judged() -> Given:
    return given(SERVICE, *HALFWAY)


def frozen(stage: str = DESK) -> Given:
    return half_judged().done(lambda store: freeze(store, EDITION, stage, **WHY))


def judged() -> Given:
    """The first stage is frozen, then turned around and ranked; the second is ranked too."""
    world = frozen().heard(*scored({"c": "90"}), sheet("a", "juror-2", "100"), closed())
    return world.heard(*scored({"c": "60", "a": "61"}, FIELD), closed(FIELD))


def shown(world: Given, stage: str = DESK) -> Standings:
    return standings_of(world.store(), EDITION, stage)


def places(world: Given, stage: str = DESK) -> dict[str, tuple[int | None, str | None]]:
    return {each.proposal: (each.rank, each.score) for each in shown(world, stage).rows}


def revealed(proposal: str, rank: int, score: str, remaining: int) -> PlaceRevealed:
    return PlaceRevealed(
        edition=EDITION,
        stage=DESK,
        proposal=proposal,
        title=f"Title of {proposal}",
        agency=f"agency-{proposal}",
        rank=rank,
        score=Decimal(score),
        remaining=remaining,
        by=OFFICE,
    )


def unfrozen(position: int, reason: str = REASON, stage: str = DESK) -> StandingsUnfrozen:
    return StandingsUnfrozen(
        edition=EDITION, stage=stage, position=position, by=OFFICE, reason=reason
    )


def test_a_stage_is_frozen_once_at_the_position_where_ranking_stands() -> None:
    world = half_judged().when(lambda store: freeze(store, EDITION, DESK, **WHY))

    world.then(StandingsFrozen(edition=EDITION, stage=DESK, position=6, **WHY))
    world.when(lambda store: freeze(store, EDITION, DESK, **WHY)).then()


def test_while_frozen_the_public_sees_the_same_bytes_whatever_comes() -> None:
    world = frozen()
    then = {each: shown(world, each).model_dump_json() for each in (DESK, FIELD)}

    for event in (*scored({"c": "90"}), sheet("a", "juror-2", "100"), closed()):
        world.heard(event)
        assert {each: shown(world, each).model_dump_json() for each in then} == then
    for event in (*scored({"c": "60", "a": "61"}, FIELD), closed(FIELD)):
        world.heard(event)
        assert {each: shown(world, each).model_dump_json() for each in then} == then


def test_the_frozen_answer_says_since_when_and_a_later_stage_is_empty() -> None:
    world = judged()

    desk, field = shown(world), shown(world, FIELD)
    assert desk.frozen is not None
    assert field.frozen is not None
    assert (desk.frozen.position, field.frozen.position) == (6, 6)
    assert places(world) == {"b": (1, "80.00"), "a": (2, "70.00"), "c": (None, None)}
    assert (desk.final, field.final, field.rows) == (False, False, [])


def test_everything_said_while_frozen_is_held_by_its_stage_and_those_before() -> None:
    world = frozen()
    said: dict[str, set[tuple[str, ...]]] = {}
    for event in (*scored({"c": "90"}), closed(), *scored({"c": "60"}, FIELD), closed(FIELD)):
        world.heard(event)
        for each in world.said:
            assert isinstance(each, RankingEvent)
            said.setdefault(each.type, set()).add(each.held_by)

    assert set().union(*said.values()) == {(DESK,)}
    world.done(lambda store: unfreeze(store, EDITION, DESK, **WHY))
    assert world.said == [unfrozen(10)]


def test_an_event_of_a_later_stage_is_held_by_both_and_one_before_by_none() -> None:
    world = frozen(FIELD)
    world.heard(*scored({"c": "90"}))
    assert [each.held_by for each in world.said] == [()]  # type: ignore[attr-defined] # ranking's own

    world.done(lambda store: freeze(store, EDITION, DESK, **WHY)).heard(closed())
    held = {(each.type, each.held_by) for each in world.said}  # type: ignore[attr-defined] # as above
    assert ("proposal.awarded.v1", (DESK, FIELD)) in held
    assert ("stage.ranked.v1", (DESK,)) in held
    world.heard(*scored({"c": "60"}, FIELD))
    held = {(each.type, each.held_by) for each in world.said}  # type: ignore[attr-defined] # as above
    assert held == {("standings.changed.v1", (DESK, FIELD))}


def test_nothing_that_is_said_while_nothing_is_frozen_has_a_mark() -> None:
    world = half_judged().heard(closed())

    assert all("held_by" not in each.model_fields_set for each in world.said)


def test_stages_and_awards_are_shown_as_they_were() -> None:
    world = judged()

    state = [(each.final, each.waiting, each.frozen) for each in _stages(world)]
    assert state == [(False, False, True), (False, False, True)]
    assert results_of(world.store(), EDITION).awards == []
    live = {(each.award, each.proposal) for each in live_results(world.store(), EDITION).awards}
    assert live == {("best-desk", "c"), ("top-2", "a"), ("top-2", "c")}
    world.done(lambda store: unfreeze(store, EDITION, DESK, **WHY))
    assert [(each.final, each.frozen) for each in _stages(world)] == [(True, False), (True, False)]
    assert len(results_of(world.store(), EDITION).awards) == 3


def _stages(world: Given) -> Any:
    return edition_of(world.store(), EDITION).stages


def test_places_are_revealed_from_below_and_the_last_one_unfreezes() -> None:
    world = judged()

    world.when(lambda store: reveal(store, EDITION, DESK, by=OFFICE))
    world.then(revealed("b", 3, "80.00", 2))
    assert places(world) == {"a": (None, None), "b": (3, "80.00"), "c": (None, None)}
    assert shown(world).frozen.revealed == ["b"]  # type: ignore[union-attr] # it is frozen
    assert shown(world).digest != frozen_digest()
    world.when(lambda store: reveal(store, EDITION, DESK, by=OFFICE, count=5))
    world.then(
        revealed("a", 2, "85.00", 1), revealed("c", 1, "90.00", 0), unfrozen(12, ALL_REVEALED)
    )
    assert shown(world).final
    assert shown(world).frozen is None


def frozen_digest() -> str:
    return shown(frozen()).digest


def test_who_shares_a_place_is_revealed_together_and_who_has_none_first() -> None:
    world = frozen().heard(sheet("b", "juror-2", "60"), closed())

    world.when(lambda store: reveal(store, EDITION, DESK, by=OFFICE))
    assert [(each.proposal, each.rank) for each in world.said] == [("c", None)]  # type: ignore[attr-defined] # revealed
    world.when(lambda store: reveal(store, EDITION, DESK, by=OFFICE))
    told = [each.type for each in world.said]
    assert told == ["place.revealed.v1", "place.revealed.v1", "standings.unfrozen.v1"]


def test_the_live_standings_of_a_later_stage_stay_hidden_while_places_are_revealed() -> None:
    world = judged().done(lambda store: reveal(store, EDITION, DESK, by=OFFICE))

    assert shown(world, FIELD).rows == []


def test_revealing_needs_a_ranking_and_goes_through_the_stages_in_order() -> None:
    world = frozen().when(lambda store: reveal(store, EDITION, DESK, by=OFFICE))
    world.then_refused("not_ranked_yet")

    world = judged().done(lambda store: freeze(store, EDITION, FIELD, **WHY))
    world.when(lambda store: reveal(store, EDITION, FIELD, by=OFFICE))
    world.then_refused("frozen_before")
    world.done(lambda store: reveal(store, EDITION, DESK, by=OFFICE, count=3))
    assert shown(world, FIELD).rows == [], "what the public had not seen of it stays hidden"
    world.done(lambda store: reveal(store, EDITION, FIELD, by=OFFICE))
    assert places(world, FIELD) == {"c": (2, "60.00"), "a": (None, None)}


@pytest.mark.parametrize("decide", [unfreeze, reveal])
def test_what_is_not_frozen_is_neither_unfrozen_nor_revealed(decide: Any) -> None:
    more = WHY if decide is unfreeze else {"by": OFFICE}
    world = half_judged().when(lambda store: decide(store, EDITION, DESK, **more))
    world.then_refused("not_frozen")


def test_what_everybody_has_seen_is_not_frozen() -> None:
    world = half_judged().heard(closed()).when(lambda store: freeze(store, EDITION, DESK, **WHY))
    world.then_refused("already_shown")


def test_an_edition_or_a_stage_that_is_not_there() -> None:
    world = half_judged()
    world.when(lambda store: freeze(store, "nowhere", DESK, **WHY)).then_refused("unknown_edition")
    world.when(lambda store: freeze(store, EDITION, "x", **WHY)).then_refused("unknown_stage")


def test_results_are_announced_once_nothing_is_frozen() -> None:
    world = judged().when(lambda store: announce(store, EDITION, by=OFFICE))
    world.then_refused("frozen")
    assert DESK in str(world.refusal)

    world.done(
        lambda store: unfreeze(store, EDITION, DESK, **WHY),
        lambda store: announce(store, EDITION, by=OFFICE),
    )


def test_an_award_by_decision_is_held_back_too() -> None:
    world = judged().done(
        lambda store: give_award(store, EDITION, award="special", proposal="a", **WHY)
    )

    assert [each.held_by for each in world.said] == [(DESK,)]  # type: ignore[attr-defined] # ranking's own
    assert results_of(world.store(), EDITION).awards == []


def test_a_stage_is_frozen_again_after_it_was_unfrozen_as_it_is_then() -> None:
    world = frozen().heard(*scored({"c": "90"}))
    world.done(
        lambda store: unfreeze(store, EDITION, DESK, **WHY),
        lambda store: freeze(store, EDITION, DESK, **WHY),
    )
    world.heard(withdrawn("b"))

    assert places(world) == {"c": (1, "90.00"), "b": (2, "80.00"), "a": (3, "70.00")}
