"""The sheets of an edition under other rules: compared, and without any effect."""

from typing import Any

from contracts.cut import Limit
from contracts.rulebook import Cut, Rulebook, Stage, Step
from kit.testing import Given, given
from ranking_service.api.what_if import WhatIf, what_if
from ranking_service.app import SERVICE

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    admitted,
    closed,
    criterion,
    marked,
    marks,
    opened,
    recused,
    rulebook,
    sheet,
)

WORLD = (
    opened(),
    *(admitted(each) for each in "abc"),
    *(
        marked(sheet(each, "j1", "0"), marks=marks(benefit=benefit, novelty=novelty))
        for each, benefit, novelty in (("a", "90", "10"), ("b", "60", "60"), ("c", "20", "80"))
    ),
    sheet("c", "j2", "100"),
    recused("c", "j2"),
)


def other(**changed: Any) -> Rulebook:
    mine = rulebook()
    stages = (mine.stages[0].model_copy(update=changed), *mine.stages[1:])
    return mine.model_copy(update={"stages": stages})


def asked(world: Given, book: Rulebook) -> WhatIf:
    return what_if(world.store(), EDITION, book)


def places(found: WhatIf, stage: str = DESK) -> dict[str, tuple[Any, Any]]:
    compared = next(each for each in found.stages if each.stage == stage)
    return {each.proposal: (each.now.rank, each.then.rank) for each in compared.rows}


def test_the_same_rules_move_nobody() -> None:
    found = asked(given(SERVICE, *WORLD), rulebook())

    assert [each.moved for each in found.stages] == [0, 0]
    assert all(now == then for now, then in places(found).values())


def test_other_weights_move_who_they_move_and_nothing_is_changed() -> None:
    heavy = (criterion("benefit", "1"), criterion("novelty", "9"))
    world = given(SERVICE, *WORLD)
    before, said = world.store().scored(EDITION, DESK), list(world.said)

    found = asked(world, other(criteria=heavy))

    assert places(found) == {"c": (3, 1), "b": (2, 2), "a": (1, 3)}
    assert found.stages[0].moved == 2
    assert world.store().scored(EDITION, DESK) == before
    assert world.said == said


def test_recused_jurors_do_not_count_there_either() -> None:
    (row,) = (each for each in asked(given(SERVICE, *WORLD), rulebook()).stages[0].rows[2:])

    assert (row.proposal, row.then.score) == ("c", "35.00")


def test_a_criterion_that_was_never_marked_leaves_no_score() -> None:
    unknown = (criterion("benefit"), criterion("other"))
    steps = (Step(id="score", formula="round(mean(mark.other, juror), 2)"),)

    found = asked(given(SERVICE, *WORLD), other(criteria=unknown, steps=steps))

    assert {each.then.score for each in found.stages[0].rows} == {None}


def test_later_stages_follow_from_the_other_rules_as_far_as_they_were_judged() -> None:
    """Now a and b came in; then it is c and b."""
    sheets = (sheet(each, "j1", "50", stage=FIELD) for each in "ab")
    world = given(SERVICE, *WORLD, closed(), *sheets)
    heavy = (criterion("benefit", "1"), criterion("novelty", "9"))
    carried = Step(id="score", formula="round(stage.desk.score + mean(weighted(mark), juror), 2)")
    book = other(criteria=heavy, cut=Cut(top=2))
    stages = (book.stages[0], book.stages[1].model_copy(update={"steps": (carried,)}))

    found = asked(world, book.model_copy(update={"stages": stages}))

    field = found.stages[1]
    assert (field.unjudged, field.shut_out) == (["c"], ["a"])
    assert {each.proposal: each.then.score for each in field.rows} == {"b": "110.00"}


def test_limits_that_cannot_be_met_are_told() -> None:
    limit = Limit(id="one-agency", where={"agency": "agency-a"}, at_least=2)

    found = asked(given(SERVICE, *WORLD), other(cut=Cut(top=2, limits=(limit,))))

    assert "one-agency" in found.stages[0].conflict
    assert not any(each.then.advanced for each in found.stages[0].rows)
    assert found.stages[1].conflict == ""


def test_limits_say_who_would_go_on() -> None:
    limit = Limit(id="one-agency", where={"agency": "agency-c"}, at_least=1)

    found = asked(given(SERVICE, *WORLD), other(cut=Cut(top=1, limits=(limit,))))

    assert {each.proposal: each.then.advanced for each in found.stages[0].rows} == {
        "a": False,
        "b": False,
        "c": True,
    }


def test_a_stage_that_only_one_rulebook_has_is_left_out() -> None:
    book = rulebook()
    renamed: Stage = book.stages[0].model_copy(update={"id": "other"})

    found = asked(
        given(SERVICE, *WORLD), book.model_copy(update={"stages": (renamed, book.stages[1])})
    )

    assert [each.stage for each in found.stages] == [FIELD]
