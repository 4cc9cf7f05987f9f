"""The arithmetic of ranking: exact scores, rounding, ranks, the cut, the digest, awards."""

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from hashlib import sha256

import pytest
from contracts.evaluation import Mark
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import Criterion, DecisionAward, Rounding, Scale
from ranking_service import rules
from ranking_service.rules import Place

from tests.ranking import facts

CRITERIA = (facts.criterion("benefit", "3"), facts.criterion("novelty", "1"))
RULEBOOK = "sha256:" + "0" * 64


def marks_of(benefit: str, novelty: str) -> dict[str, Decimal]:
    return {"benefit": Decimal(benefit), "novelty": Decimal(novelty)}


def test_score_is_the_weighted_mean_exactly() -> None:
    assert rules.mean_score(CRITERIA, [marks_of("70", "81")]) == Fraction(291, 4)


def test_score_weighs_exactly_when_weights_do_not_add_to_100() -> None:
    thirds = (facts.criterion("benefit", "0.1"), facts.criterion("novelty", "0.2"))

    assert rules.mean_score(thirds, [marks_of("70", "71")]) == Fraction(212, 3)


def test_score_of_several_jurors_is_their_exact_mean() -> None:
    sheets = [marks_of("1", "1"), marks_of("1", "1"), marks_of("2", "2")]

    assert rules.mean_score(CRITERIA, sheets) == Fraction(4, 3)


def test_score_keeps_more_digits_than_a_decimal_usually_has() -> None:
    tiny = "0." + "0" * 48 + "1"

    assert rules.mean_score(CRITERIA, [marks_of("70", "70"), marks_of(f"70{tiny[1:]}", "70")]) == (
        70 + Fraction(tiny) * Fraction(CRITERIA[0].weight) / 2 / weights()
    )


def weights() -> Fraction:
    return sum((Fraction(each.weight) for each in CRITERIA), Fraction())


def test_score_of_no_sheets_is_nothing() -> None:
    assert rules.mean_score(CRITERIA, []) is None


@pytest.mark.parametrize(
    ("score", "mode", "expected"),
    [
        ("2.345", "half_up", "2.35"),
        ("-2.345", "half_up", "-2.35"),
        ("2.3449999999999999999999999999999999999", "half_up", "2.34"),
        ("2.345", "half_even", "2.34"),
        ("2.355", "half_even", "2.36"),
        ("2.3450000000000000000000000000000000001", "half_even", "2.35"),
        ("2.349", "down", "2.34"),
        ("-2.349", "down", "-2.34"),
        ("-0.001", "down", "0.00"),
        ("-0.001", "half_up", "0.00"),
        ("7", "half_up", "7.00"),
    ],
)
def test_rounding(score: str, mode: str, expected: str) -> None:
    rounding = Rounding.model_validate({"places": 2, "mode": mode})

    assert rules.score_text(rules.rounded(Fraction(score), rounding)) == expected


def test_rounding_to_whole_numbers() -> None:
    assert rules.score_text(rules.rounded(Fraction(5, 2), Rounding(places=0))) == "3"


def test_zero_with_many_decimals_has_no_exponent() -> None:
    zero = rules.rounded(Fraction(0), Rounding(places=12))

    assert rules.score_text(zero) == "0.000000000000"


def test_rounding_does_not_depend_on_the_decimal_context() -> None:
    with localcontext(prec=2):
        score = rules.rounded(Fraction(1_234_567, 100), Rounding(places=2))

    assert rules.score_text(score) == "12345.67"


def test_stage_score_rounds_the_mean_not_the_sheets() -> None:
    """70.25 and 70.50 have the mean 70.375; rounding each of them first would come to 71."""
    stage = facts.stage("desk", rounding=Rounding(places=0))
    sheets = [marks_of("70", "71"), marks_of("70", "72")]

    assert rules.stage_score(stage, sheets) == Decimal(70)


def test_stage_score_without_sheets_is_nothing() -> None:
    assert rules.stage_score(facts.stage("desk"), []) is None


def test_sheets_of_recused_jurors_do_not_count() -> None:
    mine, theirs = marks_of("1", "2"), marks_of("3", "4")

    assert rules.counted({"a": mine, "b": theirs}, {"b", "c"}) == [mine]


def test_equal_scores_share_a_rank_and_the_next_is_left_out() -> None:
    scores = {"d": "70", "c": "80", "b": "80.0", "a": "90", "f": None, "e": None}
    places = rules.rank_all({p: None if s is None else Decimal(s) for p, s in scores.items()})

    assert [(each.proposal, each.rank) for each in places] == [
        ("a", 1),
        ("b", 2),
        ("c", 2),
        ("d", 4),
        ("e", None),
        ("f", None),
    ]


def test_nobody_to_rank() -> None:
    assert rules.rank_all({}) == ()


def cut_of(last_rank: int | None, *ranks: int | None) -> list[bool | None]:
    places = [
        Place(f"p{number}", rank, None if rank is None else Decimal(1))
        for number, rank in enumerate(ranks)
    ]
    return [each.advanced for each in rules.cut(places, last_rank)]


def test_cut_lets_through_everyone_up_to_its_rank() -> None:
    assert cut_of(2, 1, 2, 3, None) == [True, True, False, False]


def test_ties_at_the_cut_go_on_together() -> None:
    assert cut_of(7, 6, 7, 7, 7, 10) == [True, True, True, True, False]


def test_ties_over_the_cut_leave_it_short() -> None:
    assert cut_of(2, 1, 3, 3) == [True, False, False]


def test_without_a_cut_all_scored_advance() -> None:
    assert cut_of(None, 1, 2, 3, None) == [True, True, True, False]


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
    award = DecisionAward(id="mention", name=facts.words("Mention"), count=2)

    with pytest.raises(Refused) as refused:
        rules.check_award(award, "a", given)

    assert refused.value.code == code


def test_award_that_is_left_may_be_given() -> None:
    award = DecisionAward(id="mention", name=facts.words("Mention"), count=2)

    rules.check_award(award, "a", ["b"])
