"""Which frozen stages hold an event back; and that a service marks everything that it says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from contracts.event import Event
from contracts.freezing import StandingsFrozen, StandingsUnfrozen, held_by, hiding, holding
from contracts.ranking import RankingEvent, ResultsAnnounced, StageRanked, StandingsChanged
from kit.testing import given

from tests.shared.toy import TOY, decide, sheet

STAGES = ("desk", "visit", "final")
WHERE: Any = {"edition": "e1", "position": 1}


def changed(stage: str) -> StandingsChanged:
    return StandingsChanged(**WHERE, stage=stage, rows=())


@pytest.mark.parametrize(
    ("event", "frozen", "held_by"),
    [
        (changed("visit"), (), ()),
        (changed("visit"), ("visit",), ("visit",)),
        (changed("visit"), ("desk", "final"), ("desk",)),
        (changed("final"), ("final", "desk"), ("desk", "final")),
        (changed("desk"), ("visit", "final"), ()),
        (ResultsAnnounced(edition="e1", awards=1, by="x"), ("visit", "final"), ("visit", "final")),
        (StandingsFrozen(**WHERE, stage="final"), STAGES, ()),
        (StandingsUnfrozen(**WHERE, stage="final", by="x", reason="why"), STAGES, ()),
    ],
)
def test_an_event_is_held_by_its_stage_and_those_before_it(
    event: RankingEvent, frozen: Sequence[str], held_by: Sequence[str]
) -> None:
    assert holding(event, STAGES, frozen) == held_by


@pytest.mark.parametrize(
    ("stage", "hides"),
    [
        ("desk", ()),
        ("visit", ("visit",)),
        ("final", ("visit", "final")),
        (None, ("visit", "final")),
    ],
)
def test_a_stage_is_hidden_by_itself_and_those_before_it(
    stage: str | None, hides: Sequence[str]
) -> None:
    assert hiding(stage, STAGES, {"final", "visit"}) == hides


def test_only_results_name_what_holds_them_back() -> None:
    mark = {"held_by": ("desk",)}
    frozen = StandingsFrozen(**WHERE, stage="final")

    assert held_by(changed("visit").model_copy(update=mark)) == ("desk",)
    assert held_by(frozen.model_copy(update=mark)) == ()
    assert held_by(sheet("p1")) == ()


def mark(_: Any, event: Event) -> Event:
    return event.model_copy(update={"held_by": ("desk",)})


def test_all_that_a_service_says_is_marked_and_its_reactions_are_given_the_mark() -> None:
    world = given(replace(TOY, mark=mark)).heard(sheet("p1"))
    assert [(type(each), each.held_by) for each in said(world)] == [(StandingsChanged, ("desk",))]

    world.done(decide)
    kinds = [(type(each), each.held_by) for each in said(world)]
    assert kinds == [(ResultsAnnounced, ("desk",)), (StageRanked, ("desk",))]


def test_a_service_that_says_nothing_of_it_leaves_its_events_as_they_are() -> None:
    world = given(TOY).heard(sheet("p1"))

    assert ["held_by" in each.model_fields_set for each in said(world)] == [False]


def said(world: Any) -> list[RankingEvent]:
    found: list[RankingEvent] = world.said
    return found
