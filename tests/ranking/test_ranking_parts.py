"""Sheets of parts, seats on panels, and calls for more sheets, as ranking hears of them."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from contracts.ranking import ReviewCalled, StandingsChanged
from kit.testing import Given, given
from ranking_service.app import SERVICE
from ranking_service.store import RankingStore, Tally

from tests.ranking import facts
from tests.ranking.facts import DESK, EDITION, admitted, closed, opened, recused, rulebook
from tests.ranking.panels import STEPS, instead, of, seated, stage
from tests.ranking.test_ranking_standings import together

BENCH = (seated("ana"), seated("budi"), seated("citra", "public"))
WORLD = (opened(rulebook(stage())), admitted("a"), admitted("b"), *BENCH)


def tally(world: Given, proposal: str = "a") -> Tally:
    store: RankingStore = world.store()
    found = store.tally(EDITION, DESK, proposal)
    assert found is not None
    return found


def refusal(event: Event) -> str:
    with pytest.raises(Refused) as refused:
        given(SERVICE, *WORLD, event)
    return refused.value.code


def test_sheets_of_parts_and_of_panels_make_one_score() -> None:
    world = given(
        SERVICE,
        *WORLD,
        of("a", "ana", "run-1", run=70),
        of("a", "ana", "run-2", run=80),
        of("a", "budi", "run-1", run=71),
        of("a", "citra", vote=5),
    )

    assert tally(world)[:2] == (Decimal("80.25"), 3)


def test_a_sheet_of_a_part_is_replaced_by_itself() -> None:
    sheets = (of("a", "ana", "run-1", run=70), of("a", "ana", "run-2", run=80))
    world = given(SERVICE, *WORLD, *sheets, instead("a", "ana", "run-2", run=90))

    assert tally(world).score == 80
    with pytest.raises(Refused, match="not newer"):
        world.heard(instead("a", "ana", "run-2", run=10))
    world.heard(instead("a", "ana", "run-1", run=90), of("a", "ana", style=2))
    assert tally(world)[:2] == (Decimal(92), 1)


def test_a_recusal_is_for_the_parts_too() -> None:
    world = given(
        SERVICE,
        *WORLD,
        of("a", "ana", "run-1", run=70),
        of("a", "budi", "run-2", run=50),
        recused("a", "budi"),
        of("a", "budi", "run-1", run=10),
    )

    assert tally(world)[:2] == (Decimal(70), 1)


def test_sheets_that_arrive_together_are_scored_once_and_told_together() -> None:
    sheets = [of("a", "ana", f"run-{each}", run=60 + each) for each in (1, 2)]
    world = together(given(SERVICE, *WORLD), *sheets, of("b", "budi", "run-1", run=5))

    (told,) = world.said
    assert isinstance(told, StandingsChanged)
    assert [(row.proposal, row.score, row.rank) for row in told.rows] == [
        ("a", Decimal("61.50"), 1),
        ("b", Decimal(5), 2),
    ]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (of("a", "ana", "run-9", run=1), "unknown_part"),
        (of("a", "ana", "run-1", style=1), "marks_do_not_fit"),
        (of("a", "ana", run=1), "marks_do_not_fit"),
        (of("a", "ana", vote=1), "marks_do_not_fit"),
        (of("a", "citra", "run-1", run=1), "marks_do_not_fit"),
        (of("a", "citra", style=1), "marks_do_not_fit"),
    ],
)
def test_a_sheet_that_the_panel_is_not_asked_for_is_refused(event: Event, code: str) -> None:
    assert refusal(event) == code


def test_a_stage_without_parts_takes_no_sheet_of_one() -> None:
    plain = given(SERVICE, opened(), admitted("a"))

    with pytest.raises(Refused, match="its parts are: none"):
        plain.heard(of("a", "ana", "run-1", benefit=1, novelty=2))


def test_open_parts_are_whatever_they_are() -> None:
    book = rulebook(stage(parts=[], open_parts=True))
    world = given(SERVICE, opened(book), *WORLD[1:], of("a", "ana", "kantin-sehat", run=7))

    assert tally(world).score == 7


def test_a_sheet_before_its_jurors_seat_comes_later() -> None:
    with pytest.raises(NotYet, match="has no seat"):
        given(SERVICE, *WORLD, of("a", "dewi", "run-1", run=7))


@pytest.mark.parametrize(("where", "error"), [("nowhere", Refused), ("desk", NotYet)])
def test_a_seat_where_there_is_no_stage(where: str, error: type[Exception]) -> None:
    begun = WORLD[:1] if where == "nowhere" else ()

    with pytest.raises(error):
        given(SERVICE, *begun, seated("ana", stage=where))


def test_a_seat_in_a_plain_stage_changes_nothing() -> None:
    world = given(SERVICE, opened(), admitted("a"), facts.sheet("a", "ana", "70"))
    world.heard(seated("ana", None), seated("budi", None)).then()

    store: RankingStore = world.store()
    assert set(store.seats(EDITION, DESK)) == {"ana", "budi"}


def test_another_seat_counts_where_seats_are_counted() -> None:
    steps = {"score": "round(sum(mark.vote, juror) / panel.public.seated, 2)"}
    world = given(SERVICE, opened(rulebook(stage(steps))), *WORLD[1:], of("a", "citra", vote=9))
    assert tally(world).score == 9

    world.heard(seated("dewi", "public"))
    assert tally(world).score == Decimal("4.50")
    world.heard(closed(), seated("eko", "public"))
    assert tally(world).score == Decimal("4.50")


def test_a_juror_who_sits_elsewhere_now_counts_there() -> None:
    steps = {"score": "round(default(sum(panel.public.mark.vote, juror), 0), 0)"}
    world = given(SERVICE, opened(rulebook(stage(steps))), *WORLD[1:], of("a", "citra", vote=9))

    world.heard(seated("citra", "jury"))
    assert tally(world).score == 0


def test_seats_of_the_same_transaction_are_known() -> None:
    world = together(given(SERVICE, *WORLD[:3]), *BENCH, of("a", "ana", "run-1", run=7))

    assert tally(world).score == 7
    read_first = together(
        given(SERVICE, *WORLD), seated("dewi"), of("a", "dewi", "run-1", run=7), seated("eko")
    )
    assert tally(read_first).score == 7
    assert len(read_first.store().seats(EDITION, DESK)) == 5


def called(world: Given) -> list[tuple[str, int]]:
    calls = [each for each in world.said if isinstance(each, ReviewCalled)]
    return [(each.proposal, each.sheets) for each in calls]


def third_rater() -> Given:
    """Two may differ by 5; then a third one is asked."""
    book = rulebook(stage(STEPS, more_sheets="more", quorum=2))
    begun = given(SERVICE, opened(book), *WORLD[1:], seated("dewi"))
    return begun.heard(*(of(each, juror, "run-1", run=7) for each in "ab" for juror in ("ana",)))


def test_more_sheets_are_called_for_where_two_differ_and_once() -> None:
    world = third_rater().heard(of("a", "ana", style=10), of("b", "ana", style=10))
    world.heard(of("a", "budi", style=3))
    assert called(world) == [("a", 3)]
    assert world.store().dossier((EDITION, DESK, "a")).asked == 3

    world.heard(of("b", "budi", style=9), instead("a", "budi", style=2))
    assert called(world) == []

    world.heard(instead("a", "budi", style=9, version=3))
    assert called(world) == [("a", 0)]


def test_a_call_is_told_with_the_position_of_what_changed_it() -> None:
    world = third_rater().heard(of("a", "ana", style=10), of("a", "budi", style=3))

    (call,) = (each for each in world.said if isinstance(each, ReviewCalled))
    assert (call.stage, call.position) == (DESK, world.position)


def test_nothing_is_called_for_once_the_stage_is_ranked() -> None:
    world = third_rater().heard(of("a", "ana", style=10))
    differs: Any = of("a", "budi", style=3)

    assert called(together(world, differs, closed())) == []
