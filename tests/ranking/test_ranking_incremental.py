"""With panels, parts, seats and amended rules, ranking holds what working out everything gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest
from contracts.evaluation import JurorRecused, JurorSeated, SheetEvent
from contracts.event import Event
from contracts.ranking import PlacesMoved, ReviewCalled, StandingsChanged
from contracts.rulebook import Rulebook, Stage
from contracts.submission import ProposalWithdrawn
from hypothesis import given as for_any
from hypothesis import settings, strategies
from kit.testing import Given, given
from ranking_service.app import SERVICE
from ranking_service.engine.plan import Seat, plans_of
from ranking_service.handlers.scoring import tally_of
from ranking_service.places import Order, rank_all
from ranking_service.store import RankingStore, Tally

from tests.ranking import panels
from tests.ranking.facts import DESK, EDITION, admitted, opened, recused, rulebook, withdrawn
from tests.ranking.test_ranking_amendments import amended
from tests.ranking.test_ranking_board import take

PROPOSALS = ("a", "b", "c")
SEATS = {"ana": "jury", "budi": "jury", "citra": "public", "dewi": "public"}
LATE = ("eko", "fajar")
RUNS = {
    "finest": "mean(max(mark.run, part), juror)",
    "share": "default(panel.public.jurors / panel.public.seated, 0)",
    "missing": "sum(sum(default(mark.run, 5) - default(mark.run, 0), juror), part)",
    "more": "when(max(mark.style, juror) - min(mark.style, juror) > 2, recused + 1, 0)",
    "score": "round(default(finest, 0) + share - missing / 10, 3)",
}
PLACED = {
    "place": "rank(mean(part.mark, part))",
    "votes": "sum(panel.public.mark.vote, juror)",
    "score": "round(sum(sum(points(place, [9, 5]), juror), criterion) + default(votes, 0), 1)",
}
GROUPED = {
    "each": "default(mean(weighted(panel.jury.mark), juror), 1)",
    "score": "round(sum(each, group) + parts, 2)",
}
STAGES = (
    panels.stage(),
    panels.stage(RUNS, more_sheets="more", quorum=2, tie_breaks=("share",)),
    panels.stage(PLACED, ties="dense"),
    panels.stage(PLACED, first="smallest", tolerance=Decimal(2)),
    panels.stage(GROUPED, groups=True),
)
VERSIONS = count(1)
PROPOSAL = strategies.sampled_from(PROPOSALS)
PART = strategies.sampled_from(("run-1", "run-2"))
MARK = strategies.integers(0, 6)
IN_TIME = strategies.sampled_from(("ana", "budi"))
PUBLIC = strategies.just("citra")


def newer(proposal: str, juror: str, part: str | None = None, **marks: int) -> SheetEvent:
    return panels.instead(proposal, juror, part, version=next(VERSIONS), **marks)


def agency(juror: str) -> str:
    return "kota-a" if juror in ("ana", "citra", "eko") else "kota-b"


EVENTS = strategies.one_of(
    strategies.builds(
        lambda p, j, part, run: newer(p, j, part, run=run), PROPOSAL, IN_TIME, PART, MARK
    ),
    strategies.builds(lambda p, j, style: newer(p, j, style=style), PROPOSAL, IN_TIME, MARK),
    strategies.builds(lambda p, vote: newer(p, "citra", vote=vote), PROPOSAL, MARK),
    strategies.builds(recused, PROPOSAL, strategies.sampled_from((*SEATS, *LATE, "nobody"))),
    strategies.sampled_from([panels.seated("eko"), panels.seated("fajar", "public")]),
    strategies.builds(withdrawn, strategies.just("c")),
    strategies.sampled_from(STAGES).map(rulebook),
)


@dataclass
class World:
    """Everything that was heard, in plain dictionaries."""

    book: Rulebook
    sheets: dict[tuple[str, str, str], Mapping[str, Decimal]] = field(default_factory=dict)
    recused: set[tuple[str, str]] = field(default_factory=set)
    seats: dict[str, Seat] = field(default_factory=dict)
    here: set[str] = field(default_factory=lambda: set(PROPOSALS))

    def hear(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case SheetEvent():
                    place = (event.proposal, event.juror, event.part or "")
                    self.sheets[place] = {each.criterion: each.value for each in event.marks}
                case JurorRecused():
                    self.recused.add((event.proposal, event.juror))
                case JurorSeated():
                    self.seats[event.juror] = Seat(event.panel, event.agency)
                case ProposalWithdrawn():
                    self.here.discard(event.proposal)

    def worked_out(self) -> dict[str, Tally]:
        stage = self.book.stages[0]
        plan = plans_of([stage])[DESK]
        entries = {each: self._entry(plan, each) for each in self.here}
        plan.work_out(entries)
        return {each: tally_of(plan, entry) for each, entry in entries.items()}

    def _entry(self, plan: Any, proposal: str) -> Any:
        gone = {juror for name, juror in self.recused if name == proposal}
        mine = {
            (juror, part): marks
            for (name, juror, part), marks in self.sheets.items()
            if name == proposal and juror not in gone
        }
        whole = {juror: marks for (juror, part), marks in mine.items() if not part}
        of_parts = {giver: marks for giver, marks in mine.items() if giver[1]}
        return plan.entry(whole, {}, of_parts, self.seats, gone)


def ranks_of(stage: Stage, tallies: Mapping[str, Tally]) -> dict[str, int | None]:
    scored = {each: tally.scored(stage) for each, tally in tallies.items()}
    return {each.proposal: each.rank for each in rank_all(scored, Order.of(stage))}


def begun(stage: Stage) -> tuple[Given, World]:
    seats = [panels.seated(each, panel, agency(each)) for each, panel in SEATS.items()]
    world = World(rulebook(stage))
    world.hear(seats)
    first = opened(rulebook(stage))
    return given(SERVICE, first, *map(admitted, PROPOSALS), *seats), world


def as_amendments(batch: Iterable[Any], world: World) -> list[Event]:
    """The rulebooks among these, each as an amendment of the one before it."""
    events: list[Event] = []
    for each in batch:
        if isinstance(each, Rulebook):
            events.append(amended(each, world.book))
            world.book = each
        else:
            events.append(each)
    return events


@settings(max_examples=25)
@for_any(
    first=strategies.sampled_from(STAGES),
    batches=strategies.lists(strategies.lists(EVENTS, max_size=4), max_size=6),
)
def test_what_is_held_is_what_working_out_everything_gives(
    first: Stage, batches: list[list[Any]]
) -> None:
    ranking, world = begun(first)
    asked: dict[str, int] = {}
    told: dict[str, int | None] = {}
    for batch in batches:
        before = ranks_of(world.book.stages[0], world.worked_out())
        events = as_amendments(batch, world)
        world.hear(events)
        ranking.when(partial(take, events))
        assert ranking.refusal is None, ranking.refusal
        stage, tallies = world.book.stages[0], world.worked_out()
        store: RankingStore = ranking.store()
        assert {each: store.tally(EDITION, DESK, each) for each in world.here} == tallies
        ranks = ranks_of(stage, tallies)
        told = {}
        for said in ranking.said:
            if isinstance(said, StandingsChanged):
                told.update({row.proposal: row.rank for row in said.rows})
            elif isinstance(said, ReviewCalled):
                asked[said.proposal] = said.sheets
            else:
                assert isinstance(said, PlacesMoved)
                if len(events) == 1:
                    moves = {each.proposal: (each.before, each.after) for each in said.moves}
                    assert moves == {
                        each: (before[each], rank)
                        for each, rank in ranks.items()
                        if rank != before[each]
                    }
        assert told.items() <= ranks.items()
        plan = store.plan(EDITION, DESK)
        for each, tally in tallies.items():
            assert asked.get(each, 0) == plan.sheets_asked(tally.numbers)
    ranking.connection.engine.dispose()


SHEETS = strategies.lists(
    strategies.one_of(
        strategies.tuples(PROPOSAL, IN_TIME, PART, strategies.just("run"), MARK),
        strategies.tuples(PROPOSAL, IN_TIME, strategies.none(), strategies.just("style"), MARK),
        strategies.tuples(PROPOSAL, PUBLIC, strategies.none(), strategies.just("vote"), MARK),
    ),
    unique_by=lambda each: each[:3],
    max_size=8,
)


def heard(stage: Stage, events: Iterable[Event]) -> dict[str, Tally | None]:
    ranking, _ = begun(stage)
    ranking.heard(*events)
    store: RankingStore = ranking.store()
    found = {each: store.tally(EDITION, DESK, each) for each in PROPOSALS}
    ranking.connection.engine.dispose()
    return found


def sheets_of(given: Iterable[tuple[Any, ...]]) -> list[SheetEvent]:
    return [panels.of(p, juror, part, **{name: mark}) for p, juror, part, name, mark in given]


@settings(max_examples=25)
@for_any(stage=strategies.sampled_from(STAGES), sheets=SHEETS, random=strategies.randoms())
def test_order_of_arrival_never_changes_what_parts_come_to(
    stage: Stage, sheets: list[tuple[Any, ...]], random: Random
) -> None:
    events: list[Event] = [*sheets_of(sheets), recused("a", "ana"), recused("b", "citra")]

    assert heard(stage, random.sample(events, len(events))) == heard(stage, events)


@settings(max_examples=25)
@for_any(
    stage=strategies.sampled_from([each for each in STAGES if each != STAGES[1]]), sheets=SHEETS
)
def test_recusal_equals_never_having_had_the_sheets_of_any_part(
    stage: Stage, sheets: list[tuple[Any, ...]]
) -> None:
    """But where a formula asks how many stepped aside."""
    never = [each for each in sheets if each[:2] != ("a", "ana")]

    assert heard(stage, [*sheets_of(sheets), recused("a", "ana")]) == heard(stage, sheets_of(never))


@pytest.mark.parametrize("stage", [STAGES[2], STAGES[4]])
@settings(max_examples=10)
@for_any(sheets=SHEETS, factor=strategies.integers(2, 1000))
def test_scaling_all_weights_changes_nothing_of_panels_and_parts(
    stage: Stage, sheets: list[tuple[Any, ...]], factor: int
) -> None:
    heavier = stage.model_copy(
        update={
            "criteria": tuple(
                each.model_copy(update={"weight": each.weight * factor}) for each in stage.criteria
            )
        }
    )

    assert heard(heavier, sheets_of(sheets)) == heard(stage, sheets_of(sheets))
