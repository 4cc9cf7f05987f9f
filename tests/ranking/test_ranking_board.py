"""The board that ranking holds between transactions says what ranking everyone anew would say."""

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from contracts.ranking import Standing, StandingsChanged
from contracts.rulebook import Stage
from hypothesis import given as for_any
from hypothesis import strategies
from kit import tables
from kit.database import Database
from kit.testing import given
from ranking_service.app import SERVICE
from ranking_service.engine.plan import plans_of
from ranking_service.places import Board, Order, Scored, rank_all
from ranking_service.rules import counted
from ranking_service.store import RankingStore, Tally
from sqlalchemy import Connection

from tests.ranking.facts import (
    DESK,
    EDITION,
    admitted,
    amended,
    opened,
    recused,
    rulebook,
    sheet,
    stage,
    withdrawn,
)
from tests.ranking.facts import scored as one_sheet_each

PROPOSALS = ("a", "b", "c", "d", "e")
PROPOSAL = strategies.sampled_from(PROPOSALS)
ENTERED = strategies.sampled_from((*PROPOSALS[:3] * 4, *PROPOSALS))
"""Mostly those who are there from the start: what is refused takes its whole batch with it."""
SEATED = strategies.sampled_from(("j0", "j1", "j2"))
JUROR = strategies.sampled_from(("j1", "j2"))
MARK = strategies.sampled_from(("50", "60", "70", "71"))
EVENTS = strategies.one_of(
    strategies.builds(sheet, ENTERED, JUROR, MARK),
    strategies.builds(amended, ENTERED, SEATED, MARK, version=strategies.integers(2, 9)),
    strategies.builds(recused, PROPOSAL, SEATED),
    strategies.builds(withdrawn, PROPOSAL),
    strategies.builds(admitted, PROPOSAL),
)
SCORES = strategies.none() | strategies.integers(0, 9).map(Decimal)
SCORED = strategies.builds(Scored, SCORES, strategies.tuples(strategies.sampled_from((0, 1))))
ORDERS = strategies.builds(
    Order,
    strategies.sampled_from(("greatest", "smallest")),
    strategies.sampled_from(("shared", "dense")),
    strategies.sampled_from((Decimal(0), Decimal("1.5"), Decimal(2))),
)
MEAN = {"score": "round(mean(weighted(mark), juror), 2)"}
POINTS = {
    "place": "rank(weighted(mark))",
    "givers": "count(place == 1, juror)",
    "score": "round(sum(points(place, [12, 10, 8]), juror), 0)",
}
BEHIND = {
    "middle": "mean(weighted(mark), juror)",
    "givers": "-jurors",
    "score": "round(top(middle) - middle, 1)",
}
DEFAULT = {"score": "round(default(mean(weighted(mark), juror), 0), 2)"}
STAGES = (
    stage(DESK, cut=2),
    stage(DESK, cut=2, steps=DEFAULT),
    stage(DESK, cut=2, steps=MEAN, ties="dense", tolerance=Decimal(5)),
    stage(DESK, cut=2, steps=POINTS),
    stage(DESK, cut=2, steps=POINTS, ties="dense", tie_breaks=("givers",)),
    stage(DESK, cut=2, steps=BEHIND, first="smallest", tie_breaks=("givers", "middle")),
    stage(DESK, cut=2, steps=BEHIND, first="smallest", tolerance=Decimal(5)),
)
"""In the last four a sheet of one proposal changes the scores of others."""


def take(events: Iterable[Event], store: RankingStore) -> Iterable[Event]:
    SERVICE.prepare(store, tuple(events))
    for event in events:
        yield from SERVICE.handlers[type(event)](event, store) or ()


def worked_out_anew(rules: Stage, store: RankingStore) -> dict[str, Tally]:
    """What everyone who stands in the stage comes to, from the sheets alone."""
    plan = plans_of([rules])[DESK]
    entries = {}
    for proposal in store.entrants(EDITION, DESK):
        kept = store.dossier((EDITION, DESK, proposal))
        sheets = {giver: sheet.marks for giver, sheet in kept.sheets.items()}
        whole, of_parts = counted(sheets, kept.recused)
        entries[proposal] = plan.entry(whole, {}, of_parts)
    plan.work_out(entries)
    return {
        proposal: Tally(plan.score(entry), entry.sheets, plan.numbers(entry))
        for proposal, entry in entries.items()
    }


@for_any(
    rules=strategies.sampled_from(STAGES),
    batches=strategies.lists(strategies.lists(EVENTS, max_size=3), max_size=12),
)
def test_told_standings_are_those_of_the_whole_stage_after_any_batches(
    rules: Stage, batches: list[list[Event]]
) -> None:
    world = given(SERVICE, opened(rulebook(rules)), *map(admitted, PROPOSALS[:3]))
    begun: list[Event] = [
        sheet(each, "j0", mark) for each, mark in {"a": "50", "b": "60", "c": "70"}.items()
    ]
    told: dict[str, Standing] = {}
    for batch in [begun, *batches]:
        world.when(partial(take, batch))
        tallies = worked_out_anew(rules, world.store())
        scored = {proposal: tally.scored(rules) for proposal, tally in tallies.items()}
        assert world.store().scored(EDITION, DESK) == scored
        ranks = {each.proposal: each.rank for each in rank_all(scored, Order.of(rules))}
        for event in world.said:
            assert isinstance(event, StandingsChanged)
            assert {row.proposal: row.rank for row in event.rows}.items() <= ranks.items()
            told = {each: row for each, row in told.items() if each not in event.removed}
            told.update({row.proposal: row for row in event.rows})
        scores = {proposal: (row.score, row.sheets) for proposal, row in told.items()}
        nothing = dict.fromkeys(tallies, (None, 0))
        assert nothing | scores == {each: tally[:2] for each, tally in tallies.items()}
    world.connection.engine.dispose()


@pytest.mark.parametrize(
    ("event", "scores"),
    [
        (withdrawn("b"), {"a": 12, "c": 10}),
        (recused("b", "j1"), {"a": 12, "c": 10, "b": None}),
        (amended("b", "j1", "60"), {"a": 12, "b": 10}),
        (amended("b", "j1", "40"), {"a": 12, "c": 10, "b": 8}),
        (sheet("c", "j2", "50"), {"c": 20}),
        (admitted("d"), {}),
    ],
)
def test_what_happens_to_one_proposal_tells_the_scores_of_others(
    event: Event, scores: dict[str, int | None]
) -> None:
    sheets = [sheet(each, "j1", mark) for each, mark in {"a": "70", "b": "80", "c": "50"}.items()]
    book = rulebook(stage(DESK, steps=POINTS))
    world = given(SERVICE, opened(book), *map(admitted, PROPOSALS[:3]), *sheets)
    world.heard(event)

    told = [row for each in world.said if isinstance(each, StandingsChanged) for row in each.rows]
    assert {row.proposal: row.score for row in told} == scores


@for_any(
    order=ORDERS,
    scored=strategies.dictionaries(PROPOSAL, SCORED),
    changes=strategies.lists(strategies.tuples(PROPOSAL, SCORED)),
)
def test_board_ranks_as_ranking_everyone_does(
    order: Order, scored: dict[str, Scored], changes: list[tuple[str, Scored]]
) -> None:
    board = Board(order, [each.merit(order) for each in scored.values()])
    for proposal, now in changes:
        before = scored.get(proposal, Scored(None))
        board.replace(before.merit(order), now.merit(order))
        scored[proposal] = now
        ranks = {each.proposal: each.rank for each in rank_all(scored, order)}
        assert {each: board.rank(it.merit(order)) for each, it in scored.items()} == ranks


async def test_board_of_a_transaction_that_failed_is_forgotten(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ranking.db'}")

    def prepare(connection: Connection) -> None:
        for metadata in (tables.metadata, SERVICE.metadata):
            metadata.create_all(connection)
        sheets = one_sheet_each({"a": "50", "b": "60"})
        change(connection, opened(), *map(admitted, PROPOSALS), *sheets)

    def change(connection: Connection, *events: Event) -> list[Any]:
        store = RankingStore(connection, given(SERVICE).now)
        list(take(events, store))
        return [row for event in SERVICE.finish(store) for row in event.rows]  # type: ignore[attr-defined] # standings.changed

    def fail(connection: Connection) -> None:
        change(connection, sheet("c", "j1", "71"), sheet("d", "j1", "71"))
        raise RuntimeError("the disk is full")

    await database.write(prepare)
    with pytest.raises(RuntimeError):
        await database.write(fail)
    rows = await database.write(lambda connection: change(connection, sheet("e", "j1", "55")))
    database.close()

    assert [(row.proposal, row.rank) for row in rows] == [("e", 2)]


@pytest.mark.parametrize("early", [sheet("x", "j1", "50"), sheet("a", "j1", "50", stage="field")])
def test_what_is_held_back_is_dropped_with_its_savepoint(early: Event) -> None:
    world = given(SERVICE, opened(), admitted("a"))
    world.when(partial(take, [sheet("a", "j1", "70"), early]))

    assert isinstance(world.refusal, NotYet | Refused)
    assert world.store().tally(EDITION, DESK, "a").sheets == 0
