"""An amended rulebook: what moves, what is kept, and what stays as it was published."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from contracts.event import Event, Minute
from contracts.outcomes import NotYet, Refused
from contracts.ranking import (
    DecisionAsked,
    PlacesMoved,
    ReviewCalled,
    StageRanked,
    StandingsChanged,
)
from contracts.rulebook import Rulebook
from contracts.submission import RulebookAmended
from kit import tables
from kit.database import Database
from kit.testing import Given, given
from ranking_service.app import SERVICE
from ranking_service.store import Amendment, RankingStore
from sqlalchemy import Connection

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    OFFICE,
    REASON,
    admitted,
    closed,
    marked,
    marks,
    opened,
    rulebook,
    sheet,
    stage,
)
from tests.ranking.test_ranking_standings import together

DECISION = Minute(by=OFFICE, minute="BA-7/2020", reason=REASON)
NOVELTY = {"score": "round(mean(mark.novelty, juror), 2)"}
FIRST = rulebook()


def two(first: Any = None, second: Any = None) -> Rulebook:
    """The usual rulebook with other formulas."""
    stages = (stage(DESK, cut=2, steps=first), stage(FIELD, steps=second))
    return FIRST.model_copy(update={"stages": stages})


def amended(book: Rulebook, before: Rulebook = FIRST) -> RulebookAmended:
    return RulebookAmended(
        edition=EDITION,
        rulebook=book,
        rulebook_digest=book.digest(),
        before=before.digest(),
        decision=DECISION,
    )


def both(proposal: str, benefit: str, novelty: str, juror: str = "j1") -> Event:
    return marked(sheet(proposal, juror, "0"), marks=marks(benefit=benefit, novelty=novelty))


WORLD = (
    opened(),
    *(admitted(each) for each in "abc"),
    both("a", "90", "10"),
    both("b", "60", "60"),
    both("c", "90", "10"),
)


def moved(world: Given) -> dict[str, dict[str, tuple[int | None, int | None]]]:
    return {
        each.stage: {move.proposal: (move.before, move.after) for move in each.moves}
        for each in world.said
        if isinstance(each, PlacesMoved)
    }


def score(world: Given, proposal: str, stage: str = DESK) -> Decimal | None:
    tally = world.store().tally(EDITION, stage, proposal)
    return tally.score if tally else None


def test_places_that_move_are_told_with_the_decision() -> None:
    book = two(NOVELTY)
    world = given(SERVICE, *WORLD, amended(book))

    told, standings = world.said
    assert isinstance(told, PlacesMoved)
    assert [(each.proposal, each.before, each.after) for each in told.moves] == [
        ("b", 3, 1),
        ("a", 1, 2),
        ("c", 1, 2),
    ]
    assert (told.rulebook_digest, told.decision, told.position) == (book.digest(), DECISION, 8)
    assert isinstance(standings, StandingsChanged)
    assert {row.proposal: (row.rank, row.score) for row in standings.rows} == {
        "a": (2, Decimal(10)),
        "c": (2, Decimal(10)),
    }


def test_later_sheets_are_scored_and_placed_by_the_new_rules() -> None:
    book = FIRST.model_copy(
        update={"stages": (stage(DESK, cut=2, ties="dense", first="smallest"), FIRST.stages[1])}
    )
    world = given(SERVICE, *WORLD)
    assert moved(world.heard(amended(book))) == {DESK: {"a": (1, 2), "b": (3, 1), "c": (1, 2)}}

    world.heard(both("b", "100", "100", "j2"))
    (changed,) = world.said
    assert isinstance(changed, StandingsChanged)
    assert [(row.proposal, row.rank) for row in changed.rows] == [("b", 2)]


def test_what_moves_nobody_is_told_to_nobody_and_kept() -> None:
    book = two({"score": "round(mean(weighted(mark), juror), 3)"})
    world = given(SERVICE, *WORLD, amended(book))

    assert moved(world) == {}
    assert world.store().rulebook_digest(EDITION) == book.digest()
    assert world.store().rulebook(EDITION) == book
    assert world.store().amendments(EDITION) == [
        Amendment(8, book.digest(), FIRST.digest(), OFFICE, "BA-7/2020", REASON)
    ]


def test_a_score_that_comes_or_goes_has_no_place_before_or_after() -> None:
    none = two({"score": "round(mean(mark.novelty, juror) / (jurors - 1), 2)"})
    world = given(SERVICE, *WORLD, amended(none))
    assert moved(world) == {DESK: {"a": (1, None), "b": (3, None), "c": (1, None)}}

    world.heard(amended(FIRST, none))
    assert moved(world) == {DESK: {"a": (None, 1), "b": (None, 3), "c": (None, 1)}}
    assert len(world.store().amendments(EDITION)) == 2


def test_sheets_of_the_same_transaction_count_before_and_after() -> None:
    world = together(given(SERVICE, *WORLD[:4]), *WORLD[4:], amended(two(NOVELTY)))

    assert moved(world) == {DESK: {"b": (3, 1), "a": (1, 2), "c": (1, 2)}}


RANKED = (*WORLD, closed(), *(sheet(each, "j1", "50", stage=FIELD) for each in "ac"))


def test_a_stage_that_is_ranked_stays_by_the_rules_of_its_time() -> None:
    world = given(SERVICE, *RANKED)
    before = world.store().scored(EDITION, DESK)

    world.heard(amended(two(NOVELTY, NOVELTY)))
    assert moved(world) == {}
    store: RankingStore = world.store()
    assert store.scored(EDITION, DESK) == before
    assert store.plan(EDITION, DESK).stage == FIRST.stages[0]
    assert store.plan(EDITION, FIELD).stage.steps[0].formula == NOVELTY["score"]

    world.heard(amended(FIRST, two(NOVELTY, NOVELTY)))
    assert world.store().plan(EDITION, DESK).stage == FIRST.stages[0]


def test_a_later_stage_may_ask_for_what_was_not_kept_of_a_ranked_one() -> None:
    carried = {"score": "round(stage.desk.score + mean(mark.benefit, juror), 2)"}
    world = given(SERVICE, *RANKED, amended(two(None, carried)))

    assert score(world, "a", FIELD) == Decimal("120.00")
    assert score(world, "a") == Decimal("70.00")
    assert [each.stage for each in world.said if isinstance(each, StandingsChanged)] == [FIELD]


def test_a_call_for_more_sheets_that_the_rules_no_longer_make_is_taken_back() -> None:
    steps = {"more": "when(jurors < 3, 1, 0)", "score": "round(jurors, 0)"}
    calling = rulebook(stage(DESK, steps=steps, more_sheets="more", quorum=2))
    silent = rulebook(stage(DESK, steps=steps, quorum=2))
    world = given(SERVICE, opened(calling), admitted("a"))
    assert world.store().dossier((EDITION, DESK, "a")).asked == 3

    world.heard(amended(silent, calling))
    assert [each.sheets for each in world.said if isinstance(each, ReviewCalled)] == [0]


def test_an_amendment_heard_twice_is_one() -> None:
    book = two(NOVELTY)
    world = given(SERVICE, *WORLD, amended(book), amended(book)).then()

    assert len(world.store().amendments(EDITION)) == 1


def test_an_amendment_before_its_edition_comes_later() -> None:
    with pytest.raises(NotYet):
        given(SERVICE, amended(two(NOVELTY)))


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (amended(two(NOVELTY), two(None, NOVELTY)), "other_rulebook"),
        (amended(rulebook(stage(DESK), stage("other"))), "other_stages"),
        (amended(rulebook(stage(DESK))), "other_stages"),
    ],
)
def test_an_amendment_of_something_else_is_refused(event: Event, code: str) -> None:
    with pytest.raises(Refused) as refused:
        given(SERVICE, *WORLD, event)

    assert refused.value.code == code


async def test_an_amendment_is_kept_on_every_store(new_store: Callable[[str], str]) -> None:
    """And the board that was held of the stage is made anew."""
    database = Database(new_store("ranking"))

    def heard(connection: Connection, *events: Event) -> list[Event]:
        return Given(SERVICE, connection).heard(*events).said

    def prepare(connection: Connection) -> None:
        for metadata in (tables.metadata, SERVICE.metadata):
            metadata.create_all(connection)
        heard(connection, *WORLD)

    await database.write(prepare)
    await database.write(lambda connection: heard(connection, amended(two(NOVELTY))))
    said = await database.write(lambda connection: heard(connection, both("b", "0", "0", "j2")))
    kept = await database.read(
        lambda connection: RankingStore(connection, given(SERVICE).now).amendments(EDITION)
    )
    database.close()

    assert [(row.proposal, row.rank) for each in said for row in each.rows] == [("b", 1)]  # type: ignore[attr-defined] # standings.changed
    assert [each.by for each in kept] == [OFFICE]


def asking(**changes: Any) -> Rulebook:
    first = stage(DESK, cut=2).model_copy(update={"decision": "ties", **changes})
    return FIRST.model_copy(update={"stages": (first, FIRST.stages[1])})


def test_a_stage_that_waits_for_a_panel_is_asked_about_the_new_numbers() -> None:
    before, after = asking(), asking(ties="dense")
    world = given(SERVICE, opened(before), *WORLD[1:], closed())
    first = world.store().question(EDITION, DESK)

    world.heard(amended(after, before))

    (asked,) = (each for each in world.said if isinstance(each, DecisionAsked))
    assert (first.proposals, asked.proposals) == (("a", "c"), ("a", "c"))
    assert asked.digest != first.digest
    assert world.store().question(EDITION, DESK) == asked


def test_a_stage_that_waits_is_ranked_where_the_new_rules_leave_nothing_to_decide() -> None:
    before = asking()
    world = given(
        SERVICE, opened(before), *WORLD[1:], closed(), amended(asking(decision="none"), before)
    )

    assert world.store().question(EDITION, DESK) is None
    assert [each.stage for each in world.said if isinstance(each, StageRanked)] == [DESK]
