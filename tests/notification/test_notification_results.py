"""What is told of results and of rules: bands, limits, decisions, amended rulebooks."""

from decimal import Decimal
from typing import Any

import pytest
from contracts.event import Event
from contracts.ranking import Displaced, ProposalAdvanced, ProposalEliminated
from kit.testing import Given, given
from notification_service.app import SERVICE

from tests.notification import facts

KNOWN = (facts.OPENED, facts.SUBMITTED)
OTHER = facts.SUBMITTED.model_copy(
    update={"proposal": "p2", "title": "Kebun", "agency": "disdik", "agency_name": "Disdik"}
)


def told(so_far: Given) -> list[tuple[str, str]]:
    """Kind and party of every notice, in the order in which they were queued."""
    return [(row.kind, row.party) for row in reversed(so_far.store().notices())]


def lines(event: Event, *before: Event) -> list[str]:
    (notice, *_) = given(SERVICE, *KNOWN, *before, event).store().notices()
    return [line.strip() for line in notice.body.splitlines() if line.strip()]


def advanced(**other: Any) -> ProposalAdvanced:
    return ProposalAdvanced(**facts.RESULT, rank=2, score=Decimal("87.50"), **other)


def eliminated(**other: Any) -> ProposalEliminated:
    return ProposalEliminated(**facts.RESULT, rank=7, score=Decimal("81.25"), **other)


def displaced(limit: str, instead: str | None, margin: str | None) -> ProposalEliminated:
    by = Displaced(limit=limit, instead=instead, margin=None if margin is None else Decimal(margin))
    return eliminated(displaced=by, because="limit")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            advanced(band="high"),
            ["Kategori  : Sangat Inovatif (id)", "Class : Sangat Inovatif (en)"],
        ),
        (eliminated(band="medium"), ["Kategori  : medium", "Class : medium"]),
        (
            advanced(computed_rank=5),
            [
                "Peringkat ini ditetapkan dengan keputusan dewan juri; peringkat menurut nilai: 5.",
                "The panel decided this rank; the rank by the score is 5.",
            ],
        ),
        (
            eliminated(computed_rank=3, because="decision"),
            [
                "The panel decided this rank; the rank by the score is 3.",
                "Proposal ini tidak lolos dengan keputusan dewan juri.",
                "It does not go on by a decision of the panel.",
            ],
        ),
        (advanced(because="limit"), ["It goes on because of a limit in the rules of this stage."]),
        (advanced(because="wildcard"), ["It goes on as an additional choice of the panel."]),
        (advanced(because="decision"), ["Proposal ini lolos dengan keputusan dewan juri."]),
        (
            displaced("agencies", "p2", "1.50"),
            [
                "Menurut nilainya proposal ini lolos, tetapi aturan tahap ini membatasi:"
                " Paling banyak 2 (id).",
                'Yang lolos sebagai gantinya: "Kebun" (p2).',
                "Selisih nilai: 1,50.",
                "By its score the proposal would go on, but the rules of this stage set a limit:"
                " Paling banyak 2 (en).",
                'Instead goes on: "Kebun" (p2).',
                "Difference of the scores: 1.50.",
            ],
        ),
        (
            facts.BY_BAND,
            [
                "Dasar: kategori nilai yang dicapai, peringkat 2.",
                "Basis: the class of results that it reached, at rank 2.",
            ],
        ),
    ],
    ids=lambda given: getattr(given, "type", None),
)
def test_a_result_is_told_with_what_it_rests_on(event: Event, said: list[str]) -> None:
    found = lines(event, OTHER)

    assert [each for each in said if each not in found] == []


def test_a_plain_result_says_nothing_of_limits_and_decisions() -> None:
    for event in (facts.ADVANCED, facts.ELIMINATED):
        found = " ".join(lines(event))
        assert [word for word in ("Class", "limit", "panel", "juri") if word in found] == []


def test_whoever_nobody_went_instead_of_learns_the_limit_alone() -> None:
    found = " ".join(lines(displaced("unnamed", None, None)))

    assert "set a limit: unnamed." in found
    assert "Instead" not in found
    assert "Difference" not in found


def test_who_went_instead_is_named_by_its_id_where_it_was_not_heard_of() -> None:
    assert "Instead goes on: p7." in lines(displaced("agencies", "p7", "1"))


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("panel", "Why: by the rules the panel decides the result of this stage."),
        ("ties", "Why: by the rules the panel decides the order of proposals with equal scores."),
        ("wildcards", "Why: by the rules the panel may let more proposals go on."),
        ("infeasible", "Why: no choice of proposals meets all of the limits below."),
    ],
)
def test_the_secretariat_is_told_that_a_decision_is_awaited(why: str, said: str) -> None:
    so_far = given(SERVICE, *KNOWN, facts.asked(why))

    assert told(so_far)[1:] == [("decision-asked", "secretariat")]
    found = lines(facts.asked(why))
    assert said in found
    assert found[-1] == "POST /editions/kipp-2019/stages/desk/decision"


def test_a_decision_is_asked_about_these_proposals_and_limits() -> None:
    event = facts.asked("infeasible", proposals=("p1", "p9"), limits=("agencies", "unnamed"))

    found = lines(event)

    assert found.count(f'- "{facts.TITLE}" (p1)') == 2
    assert found.count("- p9") == 2
    assert [each for each in found if "Paling banyak 2" in each] == [
        "- Paling banyak 2 (id)",
        "- Paling banyak 2 (en)",
    ]
    assert "- unnamed" in found


def test_a_decision_asked_again_is_told_again() -> None:
    again = facts.asked("ties").model_copy(update={"position": 55})

    so_far = given(SERVICE, *KNOWN, facts.asked("ties"), facts.asked("ties"), again)

    assert len(told(so_far)[1:]) == 2


def test_the_secretariat_is_told_who_needs_how_many_sheets() -> None:
    so_far = given(SERVICE, *KNOWN, facts.called(3), facts.called(3), facts.called(0, 35))

    assert told(so_far)[1:] == [("review-called", "secretariat")]
    found = lines(facts.called(3))
    assert "(p1) needs 3 score sheets in all." in found
    assert "(p1) memerlukan 3 lembar nilai seluruhnya." in found


def test_an_amended_rulebook_is_told_to_the_secretariat_and_to_each_agency_once() -> None:
    third = OTHER.model_copy(update={"proposal": "p3"})
    so_far = given(SERVICE, *KNOWN, OTHER, third, facts.AMENDED, facts.AMENDED)

    assert told(so_far)[3:] == [
        ("rulebook-amended", "secretariat"),
        ("rulebook-amended", "dinkes"),
        ("rulebook-amended", "disdik"),
    ]
    newest = so_far.store().notices()[0].body.splitlines()
    assert newest[0] == "Yth. Disdik,"
    assert {
        "Decided by : Tim Panel Independen",
        "Minute     : BA-07/KIPP/2019",
        "Reason     : Kuorum kurang",
        f"Digest of the rules now    : {facts.AMENDED.rulebook_digest}",
    } <= set(newest)


def test_an_amended_rulebook_brings_its_names() -> None:
    renamed = facts.BOOK.model_copy(update={"name": facts.words("KIPP Baru"), "stages": ()})
    so_far = given(SERVICE, *KNOWN, facts.AMENDED.model_copy(update={"rulebook": renamed}))

    assert so_far.store().name_of(facts.EDITION) == facts.words("KIPP Baru")
    assert so_far.store().term(facts.EDITION, "desk", "band", "high").en == "high"
