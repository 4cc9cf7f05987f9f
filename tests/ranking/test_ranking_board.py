"""The board that ranking holds between transactions says what ranking everyone anew would say."""

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from contracts.ranking import StandingsChanged
from hypothesis import given as for_any
from hypothesis import strategies
from kit import tables
from kit.database import Database
from kit.testing import given
from ranking_service import rules
from ranking_service.app import SERVICE
from ranking_service.store import RankingStore
from sqlalchemy import Connection

from tests.ranking.facts import (
    DESK,
    EDITION,
    admitted,
    amended,
    opened,
    recused,
    scored,
    sheet,
    withdrawn,
)

PROPOSALS = ("a", "b", "c", "d", "e")
PROPOSAL = strategies.sampled_from(PROPOSALS)
JUROR = strategies.sampled_from(("j1", "j2"))
MARK = strategies.sampled_from(("50", "60", "70", "71"))
EVENTS = strategies.one_of(
    strategies.builds(sheet, PROPOSAL, JUROR, MARK),
    strategies.builds(amended, PROPOSAL, JUROR, MARK, version=strategies.integers(2, 9)),
    strategies.builds(recused, PROPOSAL, JUROR),
    strategies.builds(withdrawn, PROPOSAL),
    strategies.builds(admitted, PROPOSAL),
)
SCORES = strategies.none() | strategies.integers(0, 9).map(Decimal)


def take(events: Iterable[Event], store: RankingStore) -> Iterable[Event]:
    SERVICE.prepare(store, tuple(events))
    for event in events:
        yield from SERVICE.handlers[type(event)](event, store) or ()


@for_any(batches=strategies.lists(strategies.lists(EVENTS, max_size=4), max_size=8))
def test_told_ranks_are_those_of_the_whole_table_after_any_batches(
    batches: list[list[Event]],
) -> None:
    world = given(SERVICE, opened(), *map(admitted, PROPOSALS[:3]))
    for batch in batches:
        world.when(partial(take, batch))
        places = rules.rank_all(world.store().scores(EDITION, DESK))
        ranks = {each.proposal: each.rank for each in places}
        for event in world.said:
            assert isinstance(event, StandingsChanged)
            assert {row.proposal: row.rank for row in event.rows}.items() <= ranks.items()
    world.connection.engine.dispose()


@for_any(
    scores=strategies.dictionaries(PROPOSAL, SCORES),
    changes=strategies.lists(strategies.tuples(PROPOSAL, SCORES)),
)
def test_board_ranks_as_ranking_everyone_does(
    scores: dict[str, Decimal | None], changes: list[tuple[str, Decimal | None]]
) -> None:
    board = rules.Board(scores.values())
    for proposal, score in changes:
        board.replace(scores.get(proposal), score)
        scores[proposal] = score

    ranks = {each.proposal: each.rank for each in rules.rank_all(scores)}
    assert {each: board.rank(score) for each, score in scores.items()} == ranks


async def test_board_of_a_transaction_that_failed_is_forgotten(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ranking.db'}")

    def prepare(connection: Connection) -> None:
        for metadata in (tables.metadata, SERVICE.metadata):
            metadata.create_all(connection)
        change(connection, opened(), *map(admitted, PROPOSALS), *scored({"a": "50", "b": "60"}))

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
