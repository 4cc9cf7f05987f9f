"""What ranking decides beside the calculation: marks, sheets that count, the digest, awards."""

import json
from decimal import Decimal
from hashlib import sha256

import pytest
from contracts.cut import Band
from contracts.evaluation import Mark
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import BandAward, Criterion, DecisionAward, RankAward, Scale
from ranking_service import rules
from ranking_service.engine.exact import Fraction
from ranking_service.places import Place

from tests.ranking import facts

CRITERIA = (facts.criterion("benefit", "3"), facts.criterion("novelty", "1"))
RULEBOOK = "sha256:" + "0" * 64


def marks_of(benefit: str, novelty: str) -> dict[str, Decimal]:
    return {"benefit": Decimal(benefit), "novelty": Decimal(novelty)}


def test_sheets_of_recused_jurors_do_not_count() -> None:
    mine, theirs = marks_of("1", "2"), marks_of("3", "4")

    sheets = {("a", ""): mine, ("a", "run-1"): theirs, ("b", ""): theirs, ("b", "run-1"): mine}

    assert rules.counted(sheets, {"b", "c"}) == ({"a": mine}, {("a", "run-1"): theirs})


def test_digest_is_of_the_canonical_form() -> None:
    places = [Place("b", None, None, advanced=False), Place("a", 1, Decimal("70.50"), True)]
    canonical = (
        '{"edition":"e","final":true,"rows":['
        '{"advanced":true,"proposal":"a","rank":1,"score":"70.50"},'
        '{"advanced":false,"proposal":"b","rank":null,"score":null}],'
        f'"rulebook":"{RULEBOOK}","stage":"s"}}'
    )
    expected = f"sha256:{sha256(canonical.encode()).hexdigest()}"

    assert json.loads(canonical)["rows"][0]["proposal"] == "a"
    assert rules.digest("e", "s", RULEBOOK, final=True, places=places) == expected


@pytest.mark.parametrize(
    ("edition", "stage", "rulebook", "final", "place"),
    [
        ("x", "s", RULEBOOK, False, Place("a", 1, Decimal("70.5"))),
        ("e", "x", RULEBOOK, False, Place("a", 1, Decimal("70.5"))),
        ("e", "s", "sha256:" + "1" * 64, False, Place("a", 1, Decimal("70.5"))),
        ("e", "s", RULEBOOK, True, Place("a", 1, Decimal("70.5"))),
        ("e", "s", RULEBOOK, False, Place("b", 1, Decimal("70.5"))),
        ("e", "s", RULEBOOK, False, Place("a", 2, Decimal("70.5"))),
        ("e", "s", RULEBOOK, False, Place("a", 1, Decimal("70.50"))),
        ("e", "s", RULEBOOK, False, Place("a", 1, Decimal("70.5"), advanced=True)),
    ],
)
def test_digest_depends_on_every_part(
    edition: str, stage: str, rulebook: str, final: bool, place: Place
) -> None:
    before = rules.digest("e", "s", RULEBOOK, final=False, places=[Place("a", 1, Decimal("70.5"))])

    assert rules.digest(edition, stage, rulebook, final=final, places=[place]) != before


def test_fitting_marks_are_taken_as_they_are() -> None:
    marks = facts.marks(novelty="100", benefit="70")

    assert rules.fitting_marks(CRITERIA, marks) == marks_of("70", "100")


@pytest.mark.parametrize(
    "values",
    [
        {"benefit": "70"},
        {"benefit": "70", "novelty": "70", "other": "70"},
        {"benefit": "70", "other": "70"},
        {"benefit": "70", "novelty": "101"},
        {"benefit": "70", "novelty": "-1"},
        {"benefit": "70", "novelty": "70.5"},
        {"benefit": "70", "novelty": "70." + "0" * 40 + "1"},
        {"benefit": "70", "novelty": "1E-999999999"},
        {"benefit": "70", "novelty": "1E+999999999"},
        {"benefit": "70", "novelty": "NaN"},
    ],
)
def test_marks_that_do_not_fit_are_refused(values: dict[str, str]) -> None:
    given = [mark for name, value in values.items() for mark in unchecked(name, value)]

    with pytest.raises(Refused) as refused:
        rules.fitting_marks(CRITERIA, given)

    assert refused.value.code == "marks_do_not_fit"


def unchecked(name: str, value: str) -> list[Mark]:
    return [Mark.model_construct(criterion=name, value=Decimal(value))]


def test_one_criterion_marked_twice_is_refused() -> None:
    twice = [*facts.marks(benefit="70", novelty="70"), *facts.marks(novelty="71")]

    with pytest.raises(Refused, match="the sheet marks benefit, novelty, novelty"):
        rules.fitting_marks(CRITERIA, twice)


def test_marks_on_a_scale_with_an_odd_start_and_step() -> None:
    scale = Scale(min=Decimal("0.1"), max=Decimal(1), step=Decimal("0.3"))
    only = (Criterion(id="benefit", name=facts.words("b"), weight=Decimal(1), scale=scale),)

    assert rules.fitting_marks(only, facts.marks(benefit="0.7")) == {"benefit": Decimal("0.7")}
    with pytest.raises(Refused, match=r"0\.6 for 'benefit': from 0\.1 to 1 by 0\.3"):
        rules.fitting_marks(only, facts.marks(benefit="0.6"))


def test_winners_are_ranked_top_or_better_with_ties_and_only_in_their_stage() -> None:
    places = [
        Place("c", 2, Decimal(80)),
        Place("b", 2, Decimal(80)),
        Place("d", 4, Decimal(70)),
        Place("a", 1, Decimal(90)),
        Place("e", None, None),
    ]

    found = rules.winners(facts.rulebook(), facts.FIELD, places)

    assert [(award.id, place.proposal) for award, place in found] == [
        ("top-2", "a"),
        ("top-2", "b"),
        ("top-2", "c"),
    ]


BANDS = (
    Band(id="gold", name=facts.words("Gold"), least=Decimal(90), when="steady"),
    Band(id="silver", name=facts.words("Silver"), least=Decimal(70)),
    Band(id="steady", name=facts.words("Steady"), when="steady"),
)
STEPS = {"score": "round(mean(weighted(mark), juror), 2)", "steady": "jurors"}


@pytest.mark.parametrize(
    ("score", "steady", "band"),
    [
        ("90", "1", "gold"),
        ("90", "0", "silver"),
        ("90", None, "silver"),
        ("69.99", "-1", "steady"),
        ("69.99", "0", None),
        (None, "1", "steady"),
        (None, None, None),
    ],
)
def test_band_is_the_first_that_fits(
    score: str | None, steady: str | None, band: str | None
) -> None:
    stage = facts.stage(facts.DESK, steps=STEPS, bands=BANDS)
    numbers = {} if steady is None else {"steady": Fraction(steady)}

    assert rules.band_of(stage, None if score is None else Decimal(score), numbers) == band


def test_everyone_is_in_a_band_that_asks_for_nothing() -> None:
    stage = facts.stage(facts.DESK, bands=(Band(id="rest", name=facts.words("Rest")),))

    assert rules.band_of(stage, None, {}) == "rest"


SECOND = RankAward(by="rank", id="second", name=facts.words("2"), stage=facts.DESK, first=2, top=3)
GOLD = BandAward(by="band", id="gold", name=facts.words("G"), stage=facts.DESK, band="gold")


def test_winners_by_band_and_from_a_first_rank() -> None:
    book = facts.rulebook().model_copy(update={"awards": (SECOND, GOLD)})
    places = [Place(name, rank, Decimal(1)) for rank, name in enumerate("abcd", start=1)]

    found = rules.winners(book, facts.DESK, places, {"a": "gold", "b": "gold", "c": "silver"})

    assert [(award.id, place.proposal) for award, place in found] == [
        ("second", "b"),
        ("second", "c"),
        ("gold", "a"),
        ("gold", "b"),
    ]
    with pytest.raises(Refused, match="'gold' follows from the bands of stage 'desk'"):
        rules.decision_award(book, "gold")


def test_decision_award_is_found() -> None:
    assert rules.decision_award(facts.rulebook(), "special").count == 1


def test_unknown_award() -> None:
    with pytest.raises(NotFound) as refused:
        rules.decision_award(facts.rulebook(), "nothing")

    assert refused.value.code == "unknown_award"


def test_rank_award_cannot_be_decided() -> None:
    with pytest.raises(Refused) as refused:
        rules.decision_award(facts.rulebook(), "top-2")

    assert refused.value.code == "award_by_rank"


@pytest.mark.parametrize(
    ("given", "code"), [(["a"], "award_given"), (["b", "c"], "award_count_reached")]
)
def test_award_is_refused(given: list[str], code: str) -> None:
    award = DecisionAward(by="decision", id="mention", name=facts.words("Mention"), count=2)

    with pytest.raises(Refused) as refused:
        rules.check_award(award, "a", given)

    assert refused.value.code == code


def test_award_that_is_left_may_be_given() -> None:
    award = DecisionAward(by="decision", id="mention", name=facts.words("Mention"), count=2)

    rules.check_award(award, "a", ["b"])
