"""A stage that waits for a panel: what is asked, what is refused meanwhile, what follows."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from contracts.cut import Band, Cut, Limit
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from contracts.ranking import (
    DecidedRank,
    DecisionAsked,
    Displaced,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    StageDecided,
    StageRanked,
)
from contracts.rulebook import Award, BandAward, Label, LabelValue, RankAward, Rulebook
from contracts.stage import Stage
from kit.testing import Given, given
from ranking_service import rules
from ranking_service.app import SERVICE
from ranking_service.handlers.decisions import decide_stage
from ranking_service.places import Place
from ranking_service.store import RankingStore

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    MINUTE,
    admitted,
    closed,
    opened,
    recused,
    rulebook,
    scored,
    sheet,
    stage,
    withdrawn,
    words,
)

SCORES = {"a": "90", "b": "80", "c": "80"}
REGION = Label(
    id="region",
    name=words("Region"),
    values=tuple(LabelValue(id=each, name=words(each)) for each in ("java", "east")),
    optional=True,
)
BEST = RankAward(by="rank", id="best", name=words("Best"), stage=DESK, top=1)
SECOND = RankAward(by="rank", id="second", name=words("Second"), stage=DESK, first=2, top=2)
GOLD = BandAward(by="band", id="gold-medal", name=words("Gold"), stage=DESK, band="gold")


def book(first: Stage, *awards: Award) -> Rulebook:
    made = rulebook(stage(DESK)).model_dump()
    stages = (first.model_dump(), stage(FIELD).model_dump())
    return Rulebook(**{**made, "labels": (REGION,), "stages": stages, "awards": awards})


def closed_stage(first: Stage, *awards: Award, scores: Mapping[str, str] = SCORES) -> Given:
    """The first stage of a, b, c (of the east) and d, who has no sheet, after it was closed."""
    three = (admitted("a"), admitted("b"), admitted("d"))
    east = admitted("c").model_copy(update={"labels": {"region": "east"}})
    made = book(first, *awards)
    return given(SERVICE, opened(made), *three, east, *scored(scores), closed())


def deciding(
    ranks: Mapping[str, int] = {}, advanced: Iterable[str] | None = None, at: str = DESK
) -> Callable[[RankingStore], Iterable[Event]]:
    return lambda store: decide_stage(
        store, EDITION, at, minute=MINUTE, ranks=ranks, advanced=advanced
    )


def outcomes(world: Given) -> list[tuple[str, int | None, int | None, str]]:
    found = [each for each in world.said if isinstance(each, ProposalAdvanced | ProposalEliminated)]
    return [(each.proposal, each.rank, each.computed_rank, each.because) for each in found]


def only(world: Given, kind: type[Any]) -> Any:
    (found,) = (each for each in world.said if isinstance(each, kind))
    return found


def test_close_of_scoring_asks_the_panel_with_the_computed_standing() -> None:
    rule = stage(DESK, cut=2, decision="ties")

    world = closed_stage(rule)

    places = [
        Place("a", 1, Decimal("90.00")),
        Place("b", 2, Decimal("80.00")),
        Place("c", 2, Decimal("80.00")),
        Place("d", None, None),
    ]
    digest = rules.digest(EDITION, DESK, book(rule).digest(), final=False, places=places)
    world.then(
        DecisionAsked(
            edition=EDITION,
            stage=DESK,
            position=9,
            digest=digest,
            why="ties",
            proposals=("b", "c"),
        )
    )


def test_closing_again_asks_nothing_new() -> None:
    closed_stage(stage(DESK, decision="panel")).heard(closed()).then()


@pytest.mark.parametrize(
    "late", [sheet("a", "juror-2", "10"), recused("a", "juror-1"), admitted("z")]
)
def test_nothing_changes_the_numbers_while_a_panel_decides(late: Event) -> None:
    world = closed_stage(stage(DESK, decision="panel"))

    with pytest.raises(Refused, match="waits for a decision"):
        world.heard(late)


def test_later_stage_waits_too() -> None:
    with pytest.raises(NotYet, match="is ranked after stage 'desk'"):
        closed_stage(stage(DESK, decision="panel")).heard(closed(FIELD))


def test_who_leaves_meanwhile_is_not_ranked() -> None:
    world = closed_stage(stage(DESK, cut=2, decision="ties")).heard(withdrawn("a"))

    world.when(deciding({"c": 1, "b": 2}))

    assert outcomes(world)[:2] == [("c", 1, None, "rank"), ("b", 2, 1, "rank")]


def test_decision_ranks_the_stage_and_keeps_what_was_computed() -> None:
    rule = stage(DESK, cut=2, decision="ties")
    world = closed_stage(rule, BEST, SECOND)

    world.when(deciding({"c": 2, "b": 3}))

    places = [
        Place("a", 1, Decimal("90.00"), advanced=True),
        Place("c", 2, Decimal("80.00"), advanced=True),
        Place("b", 3, Decimal("80.00"), advanced=False),
        Place("d", None, None, advanced=False),
    ]
    beside = {"a": 1, "b": 2, "c": 2, "d": None}
    locked = book(rule, BEST, SECOND).digest()
    digest = rules.digest(EDITION, DESK, locked, final=True, places=places, computed=beside)
    assert world.said[:2] == [
        StageDecided(
            edition=EDITION,
            stage=DESK,
            decision=MINUTE,
            ranks=(DecidedRank(proposal="b", rank=3), DecidedRank(proposal="c", rank=2)),
        ),
        StageRanked(
            edition=EDITION,
            stage=DESK,
            position=9,
            digest=digest,
            proposals=4,
            advanced=2,
            departures=1,
        ),
    ]
    assert outcomes(world) == [
        ("a", 1, None, "rank"),
        ("c", 2, None, "rank"),
        ("b", 3, 2, "decision"),
        ("d", None, None, "rank"),
    ]
    awards = [each for each in world.said if isinstance(each, ProposalAwarded)]
    assert [(each.award, each.proposal) for each in awards] == [("best", "a"), ("second", "c")]
    world.heard(*scored({"c": "70"}, FIELD))


def test_digest_says_the_computed_ranks_only_where_something_was_decided() -> None:
    places = [Place("a", 1, Decimal(1), advanced=True)]
    locked = rulebook().digest()
    plain = rules.digest(EDITION, DESK, locked, final=True, places=places)

    def beside(rank: int) -> str:
        return rules.digest(EDITION, DESK, locked, final=True, places=places, computed={"a": rank})

    assert len({plain, beside(1), beside(2)}) == 3


def test_same_decision_again_says_nothing() -> None:
    world = closed_stage(stage(DESK, cut=1, decision="panel")).done(deciding({}, ["b", "a"]))

    world.when(deciding({}, ["a", "b"])).then()
    world.when(deciding({}, ["a"])).then_refused("already_ranked")


@pytest.mark.parametrize(
    ("rule", "decide", "code"),
    [
        (stage(DESK, cut=1), deciding(), "already_ranked"),
        (stage(DESK, decision="panel"), deciding(at=FIELD), "not_waiting"),
        (stage(DESK, decision="panel"), deciding(at="x"), "unknown_stage"),
        (stage(DESK, decision="panel"), deciding({"x": 1}), "not_in_stage"),
    ],
)
def test_decision_is_refused(rule: Stage, decide: Any, code: str) -> None:
    closed_stage(rule).when(decide).then_refused(code)


def test_limits_of_the_cut_and_whom_they_displaced() -> None:
    east = Limit(id="east", where={"region": "east"}, at_least=1)

    world = closed_stage(stage(DESK, Cut(top=1, limits=(east,))))

    assert only(world, ProposalAdvanced).because == "limit"
    assert only(world, ProposalAdvanced).proposal == "c"
    displaced = [each.displaced for each in world.said if isinstance(each, ProposalEliminated)]
    assert displaced == [Displaced(limit="east", instead="c", margin=Decimal("10.00")), None, None]


def test_limits_in_conflict_ask_the_panel_who_goes_on() -> None:
    agency = Limit(id="agency", of="agency", at_most=0)
    east = Limit(id="east", where={"region": "east"}, at_least=1)
    world = closed_stage(stage(DESK, Cut(top=1, limits=(agency, east))))

    assert only(world, DecisionAsked).limits == ("agency", "east")
    world.when(deciding()).then_refused("advanced_missing")
    world.when(deciding({}, ["c"]))
    assert only(world, ProposalAdvanced).because == "decision"
    assert only(world, StageRanked).departures == 0


BANDS = (
    Band(id="gold", name=words("Gold"), least=Decimal(85)),
    Band(id="silver", name=words("Silver"), when="steady"),
    Band(id="rest", name=words("Rest")),
)
STEPS = {"score": "round(mean(weighted(mark), juror), 2)", "steady": "when(jurors > 0, 1, 0)"}


def test_bands_and_more_than_one_award_for_a_proposal() -> None:
    world = closed_stage(stage(DESK, steps=STEPS, bands=BANDS), BEST, GOLD)

    bands = {
        each.proposal: each.band
        for each in world.said
        if isinstance(each, ProposalAdvanced | ProposalEliminated)
    }
    assert bands == {"a": "gold", "b": "silver", "c": "silver", "d": "rest"}
    awards = [each for each in world.said if isinstance(each, ProposalAwarded)]
    assert [(each.award, each.proposal, each.basis) for each in awards] == [
        ("best", "a", "rank"),
        ("gold-medal", "a", "band"),
    ]


def test_proposals_that_are_short_of_sheets_are_named() -> None:
    steps = {"score": STEPS["score"], "more": "when(jurors > 0, 1, 0)"}

    world = closed_stage(stage(DESK, steps=steps, more_sheets="more"))

    assert only(world, StageRanked).short_of_sheets == ("a", "b", "c")
