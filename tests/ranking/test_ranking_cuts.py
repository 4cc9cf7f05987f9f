"""Cuts with limits: the best choice that meets them, held equal to trying every choice."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from contracts.cut import Cut, Limit
from contracts.ranking import Displaced
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_service.cuts.choice import Choice, choose
from ranking_service.cuts.conflict import limit_text
from ranking_service.cuts.field import Bound, Field, Kind
from ranking_service.cuts.solver import Solver
from ranking_service.places import Order, Scored, rank_all

from tests.ranking.facts import DESK, stage

Labels = dict[str, dict[str, str]]
Entries = Sequence[tuple[str, str | None, Mapping[str, str]]]


def limit(name: str, **rules: Any) -> Limit:
    return Limit(id=name, **rules)


def chosen_of(entries: Entries, rule: Cut | None, **order: Any) -> Choice:
    """The choice among entries of (name, score, labels)."""
    rules = stage(DESK, rule, **order)
    scored = {name: Scored(None if s is None else Decimal(s)) for name, s, _ in entries}
    labels = {name: {"agency": f"agency-{name}", **given} for name, _, given in entries}
    return choose(rules, rank_all(scored, Order.of(rules)), labels)


def advanced(choice: Choice) -> str:
    return "".join(each.proposal for each in choice.places if each.advanced)


JAVA, EAST = {"region": "java"}, {"region": "east"}
FIVE: Entries = (
    ("a", "90", JAVA),
    ("b", "80", JAVA),
    ("c", "70", JAVA),
    ("d", "60", EAST),
    ("e", "50", EAST),
)


def test_without_a_cut_everyone_with_a_score_goes_on() -> None:
    assert advanced(chosen_of((*FIVE, ("f", None, {})), None)) == "abcde"


def test_nobody_below_the_least_goes_on() -> None:
    assert advanced(chosen_of(FIVE, Cut(least=Decimal(70)))) == "abc"
    assert advanced(chosen_of(FIVE, Cut(top=2, least=Decimal(70)))) == "ab"
    limits = (limit("many", at_most=9),)
    assert advanced(chosen_of(FIVE, Cut(least=Decimal(70), limits=limits))) == "abc"


def test_most_of_an_agency_is_named_where_one_of_them_went_for_another_limit() -> None:
    one, east = {"agency": "x", "region": "java"}, {"agency": "x", "region": "east"}
    entries = [("a", "90", one), ("b", "80", one), ("c", "70", one), ("d", "60", JAVA)]
    most = limit("most", of="agency", at_most=2)
    rule = Cut(top=3, limits=(most, limit("east", where=EAST, at_least=1)))

    choice = chosen_of((*entries, ("e", "50", east)), rule)

    # The east needs e, who takes the seat of b; c would have none of agency x in any case.
    assert advanced(choice) == "ade"
    assert choice.displaced == {
        "b": Displaced(limit="east", instead="e", margin=Decimal(30)),
        "c": Displaced(limit="most", instead="d", margin=Decimal(10)),
    }


def test_who_lost_the_seat_of_the_own_agency_is_told_of_the_one_who_took_it() -> None:
    java, east, arts = ({"agency": "x", "region": each} for each in ("java", "east", "arts"))
    entries = [("a", "90", java), ("b", "80", java), ("g", "75", JAVA), ("h", "70", JAVA)]
    late = [("f", "60", {**arts, "agency": "y"}), ("e", "50", east)]
    limits = (
        limit("most", of="agency", where={"agency": "x"}, at_most=2),
        limit("arts", where={"region": "arts"}, at_least=1),
        limit("east", where=EAST, at_least=1),
    )

    choice = chosen_of((*entries, *late), Cut(top=4, limits=limits))

    assert advanced(choice) == "agfe"
    assert choice.displaced == {
        "b": Displaced(limit="east", instead="e", margin=Decimal(30)),
        "h": Displaced(limit="arts", instead="f", margin=Decimal(10)),
    }


def test_at_least_takes_the_last_seats_from_the_last_who_had_them() -> None:
    rule = Cut(top=3, limits=(limit("east", where=EAST, at_least=2),))

    choice = chosen_of(FIVE, rule)

    assert advanced(choice) == "ade"
    assert choice.let_in == {"d", "e"}
    assert choice.displaced == {
        "b": Displaced(limit="east", instead="d", margin=Decimal(20)),
        "c": Displaced(limit="east", instead="e", margin=Decimal(20)),
    }


def test_at_most_of_each_lets_the_next_ones_in() -> None:
    same = {"agency": "x"}
    entries: Entries = (("a", "9", same), ("b", "8", same), ("c", "7", same), ("d", "6", {}))
    rule = Cut(top=3, limits=(limit("agency", of="agency", at_most=1),))

    choice = chosen_of(entries, rule)

    assert advanced(choice) == "ad"
    assert choice.displaced == {
        "b": Displaced(limit="agency", instead="d", margin=Decimal(2)),
        "c": Displaced(limit="agency", instead=None, margin=None),
    }


def test_each_displaced_is_told_the_limit_and_the_one_that_it_let_in() -> None:
    entries = (
        ("a", "9", {"agency": "x", **JAVA}),
        ("b", "8", {"agency": "x", **JAVA}),
        ("c", "7", JAVA),
        ("d", "6", JAVA),
        ("e", "5", EAST),
    )
    limits = (limit("agency", of="agency", at_most=1), limit("east", where=EAST, at_least=1))

    choice = chosen_of(entries, Cut(top=3, limits=limits))
    fewer = chosen_of(entries, Cut(top=2, limits=limits))

    assert advanced(choice) == "ace"
    assert choice.displaced == {"b": Displaced(limit="agency", instead="e", margin=Decimal(3))}
    assert advanced(fewer) == "ae"
    assert fewer.displaced == {"b": Displaced(limit="agency", instead="e", margin=Decimal(3))}


def test_limit_that_is_not_full_stands_against_nobody() -> None:
    limits = (limit("java", where=JAVA, at_most=3), limit("east", where=EAST, at_least=1))

    choice = chosen_of(FIVE, Cut(top=2, limits=limits))

    assert advanced(choice) == "ad"
    assert choice.displaced == {"b": Displaced(limit="east", instead="d", margin=Decimal(20))}


BOTH = (limit("east", where=EAST, at_least=1), limit("new", where={"kind": "new"}, at_least=1))


def test_one_who_meets_two_limits_leaves_the_other_seats_to_the_best() -> None:
    entries = (("a", "9", JAVA), ("b", "8", JAVA), ("c", "7", {"kind": "new", **EAST}))

    assert advanced(chosen_of(entries, Cut(top=2, limits=BOTH))) == "ac"


def test_of_equal_ones_as_many_go_on_as_can() -> None:
    entries = (("a", "9", {"kind": "mid", **JAVA}), ("b", "9", {"kind": "new", **EAST}))

    assert advanced(chosen_of(entries, Cut(top=2, limits=BOTH))) == "ab"


def test_displaced_by_the_limit_that_it_does_not_meet() -> None:
    entries = (
        ("a", "9", JAVA),
        ("b", "8", {"kind": "mid", **EAST}),
        ("c", "7", {"kind": "new", **EAST}),
    )

    choice = chosen_of(entries, Cut(top=2, limits=BOTH))

    assert advanced(choice) == "ac"
    assert choice.displaced == {"b": Displaced(limit="new", instead="c", margin=Decimal(1))}


def test_equal_ones_of_the_same_kind_go_on_together_beyond_the_limit() -> None:
    entries = (("a", "9", EAST), ("b", "8", JAVA), ("c", "8", JAVA), ("d", "7", EAST))
    rule = Cut(top=2, limits=(limit("java", where=JAVA, at_most=1),))

    assert advanced(chosen_of(entries, rule)) == "abc"


def test_no_id_decides_between_equal_ones_of_other_kinds() -> None:
    entries = (("a", "9", JAVA), ("b", "9", EAST))
    rule = Cut(top=1, limits=(limit("many", of="region", at_most=5),))

    assert advanced(chosen_of(entries, rule)) == "ab"


def test_with_dense_ranks_the_top_counts_places() -> None:
    entries = (("a", "9", JAVA), ("b", "9", JAVA), ("c", "8", JAVA), ("d", "7", JAVA))
    rule = Cut(top=2, limits=(limit("many", at_most=9),))

    assert advanced(chosen_of(entries, rule, ties="dense")) == "abc"
    assert advanced(chosen_of(entries, Cut(top=2), ties="dense")) == "abc"


@pytest.mark.parametrize(
    ("limits", "conflict", "why"),
    [
        (
            (limit("java", where=JAVA, at_least=1), limit("east", where=EAST, at_least=3)),
            ["east"],
            "no choice of at most 3 among 5 meets this limit: east: at least 3 with region = east",
        ),
        (
            (
                limit("java", where=JAVA, at_least=2, at_most=3),
                limit("all", at_most=5),
                limit("east", where=EAST, at_least=2),
            ),
            ["java", "east"],
            "no choice of at most 3 among 5 meets these 2 limits together: java: at least 2 and at"
            " most 3 with region = java; east: at least 2 with region = east",
        ),
    ],
)
def test_limits_that_cannot_be_met_are_named(
    limits: tuple[Limit, ...], conflict: list[str], why: str
) -> None:
    choice = chosen_of(FIVE, Cut(top=3, limits=limits))

    assert [each.id for each in choice.conflict] == conflict
    assert choice.why == why
    assert {each.advanced for each in choice.places} == {None}


def test_limit_in_words() -> None:
    each = limit("agency", of="agency", at_most=10, where=EAST)

    assert limit_text(each) == "agency: at most 10 of each agency with region = east"


def test_at_least_of_a_value_that_only_the_unscored_have_cannot_be_met() -> None:
    rule = Cut(limits=(limit("each", of="region", at_least=1),))

    assert chosen_of((*FIVE, ("f", None, {"region": "west"})), rule).conflict == rule.limits
    assert advanced(chosen_of((*FIVE, ("f", None, {})), rule)) == "abcde"


@pytest.mark.parametrize("rule", [Cut(limits=(limit("all", at_most=2),)), Cut(top=2)])
def test_nobody_to_choose_from(rule: Cut) -> None:
    assert advanced(chosen_of((("a", None, {}),), rule)) == ""


def test_solver_knows_what_was_decided() -> None:
    field = Field((Kind(1, {}, ("a", "b")),), (Bound(None, frozenset([0]), 0, 1),), 1)
    solver = Solver(field)
    solver.decide([0], 1)

    assert solver.choice(()) == [1]
    assert solver.choice_with((), [0], 2) is None


# Every choice is tried.

VALUES = {"region": ["java", "east"], "kind": ["old", "new"], "agency": ["x", "y", "z"]}


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    name = draw(st.sampled_from("lmnopqrst"))
    least = draw(st.none() | st.integers(0, 3))
    most = draw(st.integers(least or 0, 4) | (st.none() if least is not None else st.nothing()))
    of = draw(st.none() | st.sampled_from(sorted(VALUES)))
    asked = draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=2))
    where = {each: draw(st.sampled_from(VALUES[each])) for each in sorted(asked)}
    return Limit(id=name, of=of, where=where, at_least=least, at_most=most)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Entries, Cut]:
    size = draw(st.integers(1, 7))
    entries: list[tuple[str, str | None, Mapping[str, str]]] = []
    for name in "abcdefg"[:size]:
        score = draw(st.none() | st.integers(1, 4).map(str))
        given = {each: draw(st.sampled_from(some)) for each, some in sorted(VALUES.items())}
        if draw(st.booleans()):
            given.pop("kind")
        entries.append((name, score, given))
    some = draw(st.lists(limits(), min_size=1, max_size=4, unique_by=lambda each: each.id))
    top = draw(st.none() | st.integers(1, 5))
    least = draw(st.none() | st.just(Decimal(2)))
    return entries, Cut(top=top, least=least, limits=tuple(some))


def meets(limit: Limit, some: Iterable[str], labels: Labels) -> bool:
    def among(names: Iterable[str], value: str | None) -> int:
        wanted = {**limit.where}
        return sum(
            all(labels[each].get(k) == v for k, v in wanted.items())
            and (limit.of is None or (limit.of in labels[each] and labels[each][limit.of] == value))
            for each in names
        )

    values = {None} if limit.of is None else {each.get(limit.of) for each in labels.values()}
    asked = [value for value in values if limit.of is None or among(labels, value)]
    least, most = limit.at_least or 0, 99 if limit.at_most is None else limit.at_most
    return all(least <= among(some, value) <= most for value in asked)


def feasible(
    ranks: Mapping[str, int], rule: Cut, labels: Labels, limits: Iterable[Limit]
) -> list[tuple[str, ...]]:
    seats = min(rule.top or 99, len(ranks))
    every = (some for size in range(seats + 1) for some in combinations(sorted(ranks), size))
    wanted = tuple(limits)
    return [some for some in every if all(meets(each, some, labels) for each in wanted)]


def tried(choice: Choice, rule: Cut, labels: Labels) -> tuple[set[str], tuple[Limit, ...]]:
    """Who is in one of the best choices, or the fewest limits that cannot be met together."""
    low = rule.least or Decimal(0)
    ranks = {p.proposal: p.rank for p in choice.places if p.rank and (p.score or 0) >= low}
    found = feasible(ranks, rule, labels, rule.limits)
    if not found:
        for size in range(1, len(rule.limits) + 1):
            for some in combinations(rule.limits, size):
                if not feasible(ranks, rule, labels, some):
                    return set(), some

    def goodness(some: tuple[str, ...]) -> list[int]:
        return [sum(ranks[each] == rank for each in some) for rank in range(1, 8)]

    best = max(goodness(some) for some in found)
    return {each for some in found if goodness(some) == best for each in some}, ()


@settings(max_examples=300, deadline=None)
@given(cases())
def test_choice_is_the_best_of_all_that_can_be_made(case: tuple[Entries, Cut]) -> None:
    entries, rule = case
    labels = {name: {"agency": f"agency-{name}", **given} for name, _, given in entries}

    choice = chosen_of(entries, rule)

    expected, conflict = tried(choice, rule, labels)
    assert choice.conflict == conflict
    assert set(advanced(choice)) == expected
    plain = chosen_of(entries, rule.model_copy(update={"limits": ()}))
    if not conflict:
        assert choice.displaced.keys() == set(advanced(plain)) - expected
        assert choice.let_in == expected - set(advanced(plain))
        told = [each.instead for each in choice.displaced.values() if each.instead]
        assert len(set(told)) == len(told)
        assert set(told) <= choice.let_in


@pytest.mark.parametrize("least", [4, 9])
def test_limits_of_a_large_field_are_met(least: int) -> None:
    regions = [f"region-{each}" for each in range(10)]
    entries = [
        (
            f"p{number}",
            str(10_000 - number // 2),
            {"agency": f"agency-{number * 7 % 300}", "region": regions[(number // 40) % 10]},
        )
        for number in range(1500)
    ]
    each_region = [limit(name, where={"region": name}, at_least=least) for name in regions]
    most = [limit("agency", of="agency", at_most=1), limit("all", of="region", at_most=30)]

    choice = chosen_of(entries, Cut(top=99, limits=(*each_region, *most)))

    assert 99 <= sum(each.advanced is True for each in choice.places) <= 110
