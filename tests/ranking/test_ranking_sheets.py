"""What formulas may name of sheets, panels, groups and parts, and where a number is expected."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from contracts.rulebook import Stage
from contracts.steps import known_to
from ranking_service.engine.exact import Fraction
from ranking_service.engine.plan import Marks, Plan, Seat, plans_of
from ranking_service.engine.sheets import counts_named, marks_named
from ranking_service.engine.values import Value

from tests.ranking.facts import words

JURY = ("ana", "budi")
SEATS = {
    "ana": Seat("jury", "kota-a"),
    "budi": Seat("jury", "kota-b"),
    "citra": Seat("public", "kota-b"),
    "dewi": Seat("public", "kota-b"),
    "eko": Seat("jury", "kota-c"),
}


def stage(steps: Mapping[str, str], **said: Any) -> Stage:
    """Two panels; the jury marks benefit and both parts, the public votes, both look at style."""
    panels = [{"id": each, "name": words(each)} for each in ("jury", "public")]
    criteria: list[dict[str, Any]] = [
        {"id": "benefit", "panel": "jury", "weight": 3},
        {"id": "vote", "panel": "public"},
        {"id": "style", "optional": True},
        {"id": "run", "panel": "jury", "per": "part"},
        {"id": "start-value", "panel": "jury", "per": "part", "weight": 2},
    ]
    named = [{"name": words(str(each["id"])), **each} for each in criteria]
    formulas = [{"id": name, "formula": text} for name, text in steps.items()]
    formulas.append({"id": "score", "formula": "round(jurors, 0)"})
    given = {"panels": panels, "parts": ["run-1", "run-2"], "criteria": named, **said}
    return Stage.model_validate({"id": "s", "name": words("S"), "steps": formulas, **given})


def of(**marks: int) -> Marks:
    return {name.replace("_", "-"): Decimal(mark) for name, mark in marks.items()}


WHOLE = {
    "ana": of(benefit=80, style=7),
    "budi": of(benefit=60),
    "citra": of(vote=1),
    "dewi": of(vote=0, style=9),
}
OF_PARTS = {
    ("ana", "run-1"): of(run=5, start_value=2),
    ("budi", "run-1"): of(run=6, start_value=2),
    ("ana", "run-2"): of(run=8, start_value=3),
}


def plan_of(stage: Stage) -> Plan:
    return plans_of([stage])[stage.id]


def worked(
    formula: str,
    whole: Mapping[str, Marks] = WHOLE,
    of_parts: Mapping[tuple[str, str], Marks] = OF_PARTS,
    **said: Any,
) -> Value:
    """What the formula comes to; eko sits on the jury and has marked nothing."""
    plan = plan_of(stage({"worked": formula}, **said))
    entry = plan.entry(whole, {}, of_parts, SEATS, {"eko", "dewi", "guest"} - whole.keys())
    plan.work_out({"p": entry})
    return entry.known["worked"]


def cells(formula: str, **more: Any) -> dict[str, Fraction]:
    """The cells of what it comes to, each by its indexes with blanks between."""
    return {" ".join(cell): number for cell, number in worked(formula, **more).cells.items()}


def number(formula: str, **more: Any) -> Fraction | None:
    return worked(formula, **more).single


@pytest.mark.parametrize("said", [{}, {"groups": True}, {"parts": [], "open_parts": True}])
def test_every_name_of_the_language_is_known_with_its_axes(said: dict[str, Any]) -> None:
    rules = stage({}, **said)
    known = known_to(rules)

    assert {**marks_named(rules), **counts_named(rules)}.keys() | {"weight"} == known.keys()
    assert {each: frozenset(it.axes) for each, it in marks_named(rules).items()} == {
        each: axes for each, axes in known.items() if axes and each != "weight"
    }


def test_marks_of_the_whole_and_of_parts_are_apart() -> None:
    assert cells("mark") == {
        "ana benefit": 80,
        "ana style": 7,
        "budi benefit": 60,
        "citra vote": 1,
        "dewi vote": 0,
        "dewi style": 9,
    }
    assert cells("mark.style") == {"ana": 7, "dewi": 9}
    assert cells("mark.start_value") == {"ana run-1": 2, "budi run-1": 2, "ana run-2": 3}
    assert cells("sum(part.mark, criterion)") == {"ana run-1": 7, "budi run-1": 8, "ana run-2": 11}


def test_weights_are_those_of_the_criteria_that_are_marked() -> None:
    assert cells("weighted(part.mark)") == {
        "ana run-1": 3,
        "budi run-1": Fraction(10, 3),
        "ana run-2": Fraction(14, 3),
    }


def test_a_panel_has_marks_of_its_own() -> None:
    assert cells("panel.jury.mark.style") == {"ana": 7}
    assert cells("panel.public.mark.style") == {"dewi": 9}
    assert cells("panel.public.mark") == {"citra vote": 1, "dewi vote": 0, "dewi style": 9}
    assert cells("panel.jury.part.mark - panel.jury.mark.start_value") == {
        "ana run-1 run": 3,
        "ana run-1 start-value": 0,
        "budi run-1 run": 4,
        "budi run-1 start-value": 0,
        "ana run-2 run": 5,
        "ana run-2 start-value": 0,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jurors", 4),
        ("panel.jury.jurors", 2),
        ("panel.public.jurors", 2),
        ("seated", 5),
        ("panel.jury.seated", 3),
        ("recused", 2),
        ("panel.jury.recused", 1),
        ("panel.public.recused", 0),
        ("parts", 2),
    ],
)
def test_who_and_what_there_is_is_counted(name: str, expected: int) -> None:
    """Eko of the jury stepped aside, and somebody who has no seat at all."""
    assert number(name) == expected


def test_a_juror_who_marked_only_a_part_is_a_juror() -> None:
    assert number("jurors", whole={}) == 2
    assert number("parts", of_parts={}) == 0


def test_jurors_of_one_agency_are_a_group() -> None:
    assert cells("mean(mark, juror)", groups=True) == {
        "kota-a benefit": 80,
        "kota-a style": 7,
        "kota-b benefit": 60,
        "kota-b vote": Fraction(1, 2),
        "kota-b style": 9,
    }
    assert number("sum(max(panel.public.mark.vote, juror), group)", groups=True) == 1
    assert cells("sum(part.mark, criterion)", groups=True) == {
        "kota-a ana run-1": 7,
        "kota-b budi run-1": 8,
        "kota-a ana run-2": 11,
    }


def test_of_everyone_is_expected_what_its_panel_is_asked_for() -> None:
    found = cells("default(mark, 100)")

    assert found == {
        "ana benefit": 80,
        "ana style": 7,
        "budi benefit": 60,
        "budi style": 100,
        "citra vote": 1,
        "citra style": 100,
        "dewi vote": 0,
        "dewi style": 9,
    }


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("default(panel.jury.mark.style, 1)", {"ana": 7, "budi": 1}),
        ("default(mark.vote, 5)", {"citra": 1, "dewi": 0}),
        ("default(mark.benefit - 80, -1)", {"ana": 0, "budi": -20}),
        ("default(mark.style / mark.vote, -1)", {"ana": -1, "budi": -1, "citra": -1, "dewi": -1}),
        ("default(mark.start_value, 0)", {"ana run-1": 2, "ana run-2": 3} | {
            "budi run-1": 2, "budi run-2": 0,
        }),
        ("default(max(mark.run, juror), 0)", {"run-1": 6, "run-2": 8}),
        ("default(mean(mean(part.mark, juror), part), 0)", {"run": Fraction(27, 4)} | {
            "start-value": Fraction(5, 2),
        }),
        ("default(mark.run * mark.style, 0)", {
            "ana run-1": 35, "ana run-2": 56, "budi run-1": 0, "budi run-2": 0,
        } | {"citra run-1": 0, "citra run-2": 0, "dewi run-1": 0, "dewi run-2": 0}),
        ("default(mark.vote * weight, 9)", {
            f"{juror} {name}": weight * vote
            for juror, vote in (("citra", 1), ("dewi", 0))
            for name, weight in (("benefit", 3), ("vote", 1), ("style", 1), ("run", 1))
        } | {"citra start-value": 2, "dewi start-value": 0}),
        ("default(weight, 0)", {
            "benefit": 3, "vote": 1, "style": 1, "run": 1, "start-value": 2,
        }),
        ("default(jurors - 9, mark.benefit)", {"ana": -5, "budi": -5}),
        ("default(1 / (jurors - 4), mark.benefit)", {"ana": 80, "budi": 60}),
        ("default(mark.vote, weighted(mark))", {"citra": 1, "dewi": 0}),
        ("default(mark.benefit - 80, mark * 0)", {
            "ana benefit": 0, "ana style": 0, "budi benefit": -20, "budi style": -20,
        }),
    ],
)  # fmt: skip
def test_where_a_number_is_expected(formula: str, expected: dict[str, Any]) -> None:
    assert cells(formula) == expected


def test_parts_that_are_declared_are_expected_though_nobody_marked_them() -> None:
    none: dict[Any, Any] = {}

    assert cells("default(max(mark.run, juror), 0)", of_parts=none) == {"run-1": 0, "run-2": 0}
    assert number("sum(default(max(mark.run, juror), 0), part)", of_parts=none) == 0
    open_parts = {"parts": [], "open_parts": True}
    assert cells("default(max(mark.run, juror), 0)", of_parts=none, **open_parts) == {}


def test_open_parts_are_expected_where_somebody_marked_them() -> None:
    found = cells("default(mark.run, 0)", parts=[], open_parts=True)

    assert found == {"ana run-1": 5, "ana run-2": 8, "budi run-1": 6, "budi run-2": 0}


def test_a_step_expects_what_it_goes_back_to() -> None:
    plan = plan_of(stage({"each": "panel.jury.mark.style * 2", "worked": "default(each, 0)"}))
    entry = plan.entry(WHOLE, {}, OF_PARTS, SEATS)
    plan.work_out({"p": entry})

    assert entry.known["worked"].cells == {("ana",): 14, ("budi",): 0}


def test_groups_are_expected_with_their_own_jurors() -> None:
    said = {"groups": True}

    assert cells("default(panel.jury.mark.style, 0)", **said) == {"kota-a ana": 7, "kota-b budi": 0}
    assert cells("default(max(mark.vote, juror), 0)", **said) == {"kota-b": 1}
    assert cells("default(max(panel.jury.mark, juror), 0)", **said) == {
        "kota-a benefit": 80,
        "kota-a style": 7,
        "kota-b benefit": 60,
        "kota-b style": 0,
    }


def test_what_asks_for_seats_says_so() -> None:
    plain = Stage.model_validate(
        {"id": "s", "name": words("S"), "criteria": [{"id": "seated", "name": words("Seated")}]}
    )
    named = [{"id": "score", "formula": "round(mean(mark.seated, juror) / seated, 2)"}]
    counting = Stage.model_validate(plain.model_dump() | {"steps": named})

    assert not plan_of(plain).needs_seats
    assert (plan_of(counting).needs_seats, plan_of(counting).of_seats) == (True, False)
    assert plan_of(stage({}, groups=True)).of_seats
    assert plan_of(stage({})).of_seats
    assert not plan_of(stage({})).counts_seats
    assert plan_of(stage({"worked": "panel.public.seated"})).counts_seats


@pytest.mark.parametrize(("more", "expected"), [("2", 5), ("1/2", 4), ("0", 0), ("-1", 0)])
def test_more_sheets_are_called_for_beyond_the_quorum(more: str, expected: int) -> None:
    plan = plan_of(stage({"more": "jurors"}, more_sheets="more", quorum=3))

    assert plan.kept == ("more",)
    assert plan.sheets_asked({"more": Fraction(more)}) == expected
    assert plan.sheets_asked({}) == 0
    assert plan.sheets_asked({"more": Fraction(10**100)}) == 1003


def test_what_bands_look_at_is_kept() -> None:
    band = {"id": "gold", "name": words("Gold"), "when": "full"}

    assert plan_of(stage({"full": "jurors"}, bands=[band])).kept == ("full",)
