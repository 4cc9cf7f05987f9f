"""What a panel is asked, what it may decide, and what follows: the rules alone."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from contracts.cut import Cut, Limit
from contracts.outcomes import Refused
from contracts.ranking import DecidedRank, StageDecided
from contracts.stage import Stage
from ranking_service.cuts.choice import Choice, choose
from ranking_service.cuts.decisions import (
    Question,
    Result,
    decided,
    decided_places,
    question,
    undecided,
)
from ranking_service.places import Order, Scored, rank_all

from tests.ranking.facts import DESK, EDITION, MINUTE, stage

EAST = Limit(id="east", where={"region": "east"}, at_least=1)
IMPOSSIBLE = Limit(id="many", where={"region": "east"}, at_least=3)
LABELS = {each: {"region": "east" if each in "cd" else "java"} for each in "abcde"}
SCORES = {"a": "90", "b": "80", "c": "80", "d": "70", "e": None}


def choice_of(rules: Stage, scores: Mapping[str, str | None] = SCORES) -> Choice:
    scored = {each: Scored(None if s is None else Decimal(s)) for each, s in scores.items()}
    return choose(rules, rank_all(scored, Order.of(rules)), LABELS)


def asked(rules: Stage, *tops: int, scores: Mapping[str, str | None] = SCORES) -> Question | None:
    return question(rules, choice_of(rules, scores), tops)


def decision(ranks: Mapping[str, int], advanced: str | None) -> StageDecided:
    return StageDecided(
        edition=EDITION,
        stage=DESK,
        decision=MINUTE,
        ranks=tuple(DecidedRank(proposal=each, rank=rank) for each, rank in ranks.items()),
        advanced=None if advanced is None else tuple(advanced),
    )


def results(rules: Stage, ranks: Mapping[str, int], advanced: str | None) -> tuple[Result, ...]:
    return decided(rules, choice_of(rules), LABELS, decision(ranks, advanced))


def told(results: tuple[Result, ...]) -> list[tuple[str, int | None, bool | None, str]]:
    return [
        (each.place.proposal, each.place.rank, each.place.advanced, each.because)
        for each in results
    ]


@pytest.mark.parametrize(
    ("rules", "tops", "expected"),
    [
        (stage(DESK, cut=2), (), None),
        (stage(DESK, cut=2, decision="panel"), (), Question("panel")),
        (stage(DESK, cut=2, decision="ties"), (), Question("ties", ("b", "c"))),
        (stage(DESK, cut=1, decision="ties"), (), None),
        (stage(DESK, cut=1, decision="ties"), (2,), Question("ties", ("b", "c"))),
        (stage(DESK, decision="ties"), (), Question("ties", ("b", "c"))),
        (stage(DESK, decision="ties"), (1,), None),
        (stage(DESK, Cut(top=1, wildcards=1)), (), Question("wildcards")),
        (stage(DESK, Cut(limits=(IMPOSSIBLE,))), (), Question("infeasible", limits=("many",))),
        (
            stage(DESK, Cut(limits=(IMPOSSIBLE,)), decision="panel"),
            (),
            Question("infeasible", limits=("many",)),
        ),
    ],
)
def test_what_a_stage_asks_a_panel(
    rules: Stage, tops: tuple[int, ...], expected: Question | None
) -> None:
    assert asked(rules, *tops) == expected


def test_nothing_is_asked_where_nobody_has_a_score() -> None:
    nobody = {"a": None, "b": None}

    assert asked(stage(DESK, decision="panel"), scores=nobody) is None
    assert asked(stage(DESK, Cut(top=1, wildcards=1)), scores={}) is None


def test_results_that_follow_from_the_numbers() -> None:
    rules = stage(DESK, Cut(top=1, limits=(EAST,)))
    found = undecided(choice_of(rules))

    assert told(found) == [
        ("a", 1, False, "limit"),
        ("b", 2, False, "rank"),
        ("c", 2, True, "limit"),
        ("d", 4, False, "rank"),
        ("e", None, False, "rank"),
    ]
    assert [each.displaced.instead for each in found if each.displaced] == ["c"]
    assert not any(each.departs for each in found)


def test_order_of_equal_ones_decides_who_goes_on() -> None:
    found = results(stage(DESK, cut=2, decision="ties"), {"c": 2, "b": 3}, None)

    assert told(found) == [
        ("a", 1, True, "rank"),
        ("c", 2, True, "rank"),
        ("b", 3, False, "decision"),
        ("d", 4, False, "rank"),
        ("e", None, False, "rank"),
    ]
    assert [each.place.proposal for each in found if each.departs] == ["b"]


def test_equal_ones_may_stay_equal() -> None:
    found = results(stage(DESK, cut=2, decision="ties"), {}, None)

    assert [(each, advanced) for each, _, advanced, _ in told(found)][:3] == [
        ("a", True),
        ("b", True),
        ("c", True),
    ]


def test_with_dense_ranks_those_after_them_move_down() -> None:
    rules = stage(DESK, decision="ties", ties="dense")
    places = decided_places(rules, choice_of(rules).places, {"b": 3})

    ranks = {each.proposal: each.rank for each in places}
    assert ranks == {"a": 1, "c": 2, "b": 3, "d": 4, "e": None}


@pytest.mark.parametrize("ranks", [{"b": 1}, {"b": 4}, {"d": 3}, {"b": 3, "c": 3}])
def test_only_equal_ones_are_put_in_order(ranks: dict[str, int]) -> None:
    refused(stage(DESK, cut=2, decision="ties"), ranks, None, "not_between_equal_ones")


def refused(rules: Stage, ranks: Mapping[str, int], advanced: str | None, code: str) -> Any:
    with pytest.raises(Refused) as found:
        results(rules, ranks, advanced)
    assert found.value.code == code
    return found.value


def test_panel_decides_everything() -> None:
    found = results(stage(DESK, cut=2, decision="panel"), {"d": 1, "a": 4}, "db")

    assert told(found) == [
        ("d", 1, True, "decision"),
        ("b", 2, True, "rank"),
        ("c", 2, False, "decision"),
        ("a", 4, False, "decision"),
        ("e", None, False, "rank"),
    ]
    assert [each.computed.rank for each in found] == [4, 2, 2, 1, None]
    assert sum(each.departs for each in found) == 3


def test_panel_that_decides_ranks_alone_leaves_the_cut_to_them() -> None:
    found = results(stage(DESK, cut=1, decision="panel"), {"d": 1, "a": 2}, None)

    assert told(found)[:2] == [("d", 1, True, "decision"), ("a", 2, False, "decision")]


def test_wildcards_go_on_beside_those_of_the_cut() -> None:
    found = results(stage(DESK, Cut(top=1, wildcards=2)), {}, "acd")

    assert [each[3] for each in told(found) if each[2]] == ["rank", "wildcard", "wildcard"]


def test_panel_may_let_nobody_in_beside() -> None:
    found = results(stage(DESK, Cut(top=1, wildcards=2)), {}, None)

    assert [each[0] for each in told(found) if each[2]] == ["a"]


def test_limits_that_cannot_be_met_leave_it_to_the_panel() -> None:
    rules = stage(DESK, Cut(top=2, limits=(IMPOSSIBLE,)))

    found = results(rules, {}, "cd")

    assert [each[0] for each in told(found) if each[2]] == ["c", "d"]
    assert {each[3] for each in told(found)} == {"decision"}
    assert not any(each.departs for each in found)
    assert "at least 3" in refused(rules, {}, None, "advanced_missing").text


@pytest.mark.parametrize(
    ("rules", "ranks", "advanced", "code"),
    [
        (stage(DESK, decision="panel"), {"x": 1}, None, "not_in_stage"),
        (stage(DESK, decision="panel"), {}, "ax", "not_in_stage"),
        (stage(DESK, decision="panel"), {}, "ae", "not_scored"),
        (stage(DESK, Cut(top=1, wildcards=1)), {"a": 1}, None, "ranks_not_asked"),
        (stage(DESK, Cut(top=1, wildcards=1)), {}, "bc", "passed_the_cut"),
        (stage(DESK, Cut(top=1, wildcards=1)), {}, "abc", "too_many_wildcards"),
        (stage(DESK, decision="ties"), {}, "ab", "passed_the_cut"),
        (stage(DESK, cut=1, decision="ties"), {}, "ab", "too_many_wildcards"),
    ],
)
def test_what_no_panel_may_decide(
    rules: Stage, ranks: dict[str, int], advanced: str | None, code: str
) -> None:
    refused(rules, ranks, advanced, code)


def test_ranks_decided_where_there_is_no_cut() -> None:
    found = results(stage(DESK, decision="ties"), {"b": 3}, None)

    assert all(each[2] for each in told(found)[:-1])
