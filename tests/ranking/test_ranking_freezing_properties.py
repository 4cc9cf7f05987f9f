"""Whatever comes in whatever order: what is frozen changes by reveals alone, and then is live."""

from collections.abc import Callable
from typing import Any

from contracts.freezing import StandingsUnfrozen
from contracts.ranking import RankingEvent
from hypothesis import given as over
from hypothesis import settings, strategies
from kit.testing import Given, given
from ranking_service.api.inside import live_standings
from ranking_service.api.standings import results_of, standings_of
from ranking_service.app import SERVICE
from ranking_service.handlers.freezing import freeze, reveal, unfreeze

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    OFFICE,
    REASON,
    admitted,
    amended,
    closed,
    opened,
    sheet,
    withdrawn,
)

STAGES = (DESK, FIELD)
Step = tuple[str, str, str, int]
STEPS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(
            ("sheet", "sheet", "sheet", "close", "withdraw", "freeze", "reveal", "unfreeze")
        ),
        strategies.sampled_from(STAGES),
        strategies.sampled_from("abc"),
        strategies.integers(0, 100),
    ),
    max_size=25,
)


class Play:
    """An edition of two stages; a step that is refused changes nothing."""

    def __init__(self) -> None:
        self.world: Given = given(SERVICE, opened(), *(admitted(each) for each in "abc"))
        self._versions: dict[tuple[str, str], int] = {}

    def do(self, step: Step) -> None:
        what, stage, proposal, number = step
        if what in ("freeze", "reveal", "unfreeze"):
            self.world.when(self._decision(what, stage, number))
        else:
            self._hear(what, stage, proposal, number)

    def _decision(self, what: str, stage: str, number: int) -> Callable[[Any], Any]:
        why: Any = {"by": OFFICE, "reason": REASON}
        if what == "freeze":
            return lambda store: freeze(store, EDITION, stage, **why)
        if what == "unfreeze":
            return lambda store: unfreeze(store, EDITION, stage, **why)
        return lambda store: reveal(store, EDITION, stage, by=OFFICE, count=1 + number % 2)

    def _hear(self, what: str, stage: str, proposal: str, number: int) -> None:
        if what == "close":
            event: Any = closed(stage)
        elif what == "withdraw":
            event = withdrawn(proposal)
        else:
            version = self._versions.get((stage, proposal), 0) + 1
            kind = sheet if version == 1 else amended
            event = kind(proposal, "j", str(number), version=version, stage=stage)
        self.world.when(lambda store: self.world.service.handlers[type(event)](event, store))
        self.world.position += 1
        if what == "sheet" and self.world.refusal is None:
            self._versions[stage, proposal] = version

    def frozen(self) -> frozenset[str]:
        found: frozenset[str] = self.world.store().frozen_stages(EDITION)
        return found

    def shown(self, stage: str) -> str:
        return standings_of(self.world.store(), EDITION, stage).model_dump_json()

    def live(self, stage: str) -> str:
        return live_standings(self.world.store(), EDITION, stage).model_dump_json()

    def hidden(self) -> set[str]:
        first = next((each for each in STAGES if each in self.frozen()), None)
        return set(STAGES[STAGES.index(first) :]) if first else set()


@settings(max_examples=60, deadline=None)
@over(steps=STEPS)
def test_what_the_public_sees_of_a_frozen_stage_changes_by_reveals_alone(steps: list[Step]) -> None:
    play = Play()
    for step in steps:
        before = {each: play.shown(each) for each in play.hidden()}
        awards = results_of(play.world.store(), EDITION)
        frozen = play.frozen()
        play.do(step)
        for stage in STAGES:
            if stage not in play.hidden():
                assert play.shown(stage) == play.live(stage)
            elif stage in before and step[0] not in ("reveal", "unfreeze"):
                assert play.shown(stage) == before[stage]
        if frozen and play.frozen() >= frozen:
            assert results_of(play.world.store(), EDITION) == awards


@settings(max_examples=60, deadline=None)
@over(steps=STEPS)
def test_each_event_is_held_by_what_was_frozen_when_it_was_said(steps: list[Step]) -> None:
    play = Play()
    for step in steps:
        frozen = play.frozen()
        play.do(step)
        for each in play.world.said if play.world.refusal is None else ():
            if isinstance(each, StandingsUnfrozen):
                frozen -= {each.stage}
            assert isinstance(each, RankingEvent)
            stage = getattr(each, "stage", STAGES[-1])
            before = STAGES[: STAGES.index(stage) + 1]
            right = tuple(name for name in before if name in frozen)
            assert each.held_by == (() if step[0] in ("freeze", "reveal", "unfreeze") else right)


@settings(max_examples=40, deadline=None)
@over(steps=STEPS)
def test_after_everything_is_unfrozen_everybody_sees_what_is(steps: list[Step]) -> None:
    play = Play()
    for step in [*steps, *(("unfreeze", each, "a", 0) for each in STAGES)]:
        play.do(step)

    assert play.frozen() == frozenset()
    assert all(play.shown(each) == play.live(each) for each in STAGES)
