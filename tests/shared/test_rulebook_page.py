"""The page on writing rulebooks: what it shows is in order, and gives what it says."""

import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from contracts.formula import MODES, parse
from contracts.functions import FUNCTIONS
from contracts.stage import Stage
from contracts.steps import axes_of_steps
from ranking_service.engine import exact
from ranking_service.engine.calculate import Entry, column
from ranking_service.engine.plan import Marks, plans_of
from ranking_service.places import Order, Place, Scored, cut, rank_all

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rulebook.md").read_text(encoding="utf-8")
BASE, *_ = re.findall(
    r"```toml\n(\[\[stages\]\].*?)```", PAGE.partition("## Recipes")[2], re.DOTALL
)
RECIPES = dict(re.findall(r"^### (.+?)\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE))


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in the text, without the lines under the headers."""
    lines = [line for line in text.splitlines() if line.startswith("|") and "|---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def sheets() -> dict[str, dict[str, Marks]]:
    """The marks on which the recipes are worked out, by proposal and juror."""
    (_, *jurors), *given = rows(section("Recipes").partition("\n### ")[0])
    return {
        proposal: {juror: _marks(cell) for juror, cell in zip(jurors, cells, strict=True)}
        for proposal, *cells in given
    }


def _marks(cell: str) -> Marks:
    kebaruan, dampak = cell.split("/")
    return {"kebaruan": Decimal(kebaruan), "dampak": Decimal(dampak)}


def stages_of(recipe: str) -> list[Stage]:
    """The stages that the recipe shows, or the common one with what the recipe adds."""
    text = "".join(re.findall(r"```toml\n(.*?)```", recipe, re.DOTALL))
    whole = text if "[[stages]]" in text else BASE + text
    return [
        Stage.model_validate(each) for each in tomllib.loads(whole, parse_float=Decimal)["stages"]
    ]


def played(stages: list[Stage]) -> tuple[Place, ...]:
    """Where the proposals stand after the last of these stages."""
    plans, going, earlier = plans_of(stages), sheets(), dict[str, dict[str, Fraction]]()
    places: tuple[Place, ...] = ()
    for stage in stages:
        plan = plans[stage.id]
        entries = {each: plan.entry(going[each], earlier.get(each, {})) for each in going}
        plan.work_out(entries)
        places = cut(rank_all(_scored(plan, entries), Order.of(stage)), stage.cut)
        going = {each.proposal: going[each.proposal] for each in places if each.advanced}
        for each in going:
            named = {f"stage.{stage.id}.{k}": v for k, v in plan.numbers(entries[each]).items()}
            earlier[each] = earlier.get(each, {}) | named
    return places


def _scored(plan: Any, entries: dict[str, Entry]) -> dict[str, Scored]:
    found = {}
    for each, entry in entries.items():
        numbers = plan.numbers(entry)
        breaks = tuple(numbers.get(step, Fraction(0)) for step in plan.stage.tie_breaks)
        found[each] = Scored(plan.score(entry), breaks)
    return found


def gives(places: tuple[Place, ...]) -> str:
    told = ", ".join(f"{each.proposal} {each.score} (place {each.rank})" for each in places)
    return f"Gives {told}."


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_in_order_and_gives_what_it_says(name: str) -> None:
    stages = stages_of(RECIPES[name])

    assert axes_of_steps(stages)
    if "layak" not in RECIPES[name]:
        assert gives(played(stages)) in RECIPES[name]


def test_the_page_has_the_recipes_that_are_asked_for_most() -> None:
    formulas = " ".join(
        step.formula
        for name in RECIPES
        for stage in stages_of(RECIPES[name])
        for step in stage.steps
    )

    for function in ("weighted", "sum", "median", "trim", "clamp", "points", "0.9 **", "count"):
        assert function in formulas
    assert len(RECIPES) == 11


def test_every_key_of_a_stage_is_told() -> None:
    told = {row[0].strip("`") for row in rows(section("A stage"))[1:]}

    assert told == set(Stage.model_fields)


def test_every_function_is_told_in_its_own_words() -> None:
    told = {
        name: words
        for names, words in rows(section("Functions"))[1:]
        for name in names.strip("`").split("` `")
    }
    asked = {
        f"{name}({', '.join(function.given)})" if name.isidentifier() else name: function.words
        for name, function in FUNCTIONS.items()
        if name not in ("and", "or", "not")
    }
    asked |= {name: FUNCTIONS[name].words for name in ("and", "or", "not")}

    assert told == asked


def test_every_mode_of_rounding_is_told_with_what_it_does() -> None:
    (_, *numbers, _), *told = rows(section("Rounding"))

    assert [row[0].strip("`") for row in told] == list(MODES) == list(get_args(exact.Mode))
    for mode, *found, _ in told:
        for number, cell in zip(numbers, found, strict=True):
            assert exact.rounded(Fraction(number), 0, mode.strip("`")) == int(cell)  # type: ignore[arg-type] # one of the modes


def test_the_table_of_the_axes_adds_up() -> None:
    plan = plans_of(stages_of(RECIPES["Weighted mean"]))["presentasi"]
    (_, *criteria, _), *jurors, (_, *means, corner) = rows(section("One number or many"))
    entry = {"p01": plan.entry(sheets()["p01"], {})}
    cells = {
        formula: column(parse(formula), entry)["p01"].cells
        for formula in (
            "mark",
            "weighted(mark)",
            "mean(mark, juror)",
            "mean(weighted(mark), juror)",
        )
    }

    parts = [each.split()[0].strip("`") for each in criteria]
    for juror, *marks, mean in jurors:
        assert [cells["mark"][juror, each] for each in parts] == [int(each) for each in marks]
        assert cells["weighted(mark)"][juror,] == Fraction(mean)
    assert [cells["mean(mark, juror)"][each,] for each in parts] == [
        Fraction(each) for each in means
    ]
    assert cells["mean(weighted(mark), juror)"][()] == Fraction(corner)


@pytest.mark.parametrize(
    ("formula", "number"),
    [
        ("sum(mark.dampak, juror)", None),
        ("count(mark.dampak, juror)", None),
        ("1 + mean(mark.dampak, juror)", None),
        ("jurors", 0),
        ("1 / jurors", None),
        ("when(jurors == 0, 5, 1 / jurors)", 5),
        ("when(1 / jurors, 5, 6)", None),
        ("default(count(mark.dampak, juror), 0)", 0),
        ("2 ** 101", None),
    ],
)
def test_without_sheets_there_is_what_the_page_says(formula: str, number: int | None) -> None:
    asked, score = (
        f'{{ id = "{name}", formula = "{text}" }}'
        for name, text in (("asked", formula), ("score", "round(1, 0)"))
    )
    plan = plans_of(stages_of(f"```toml\nsteps = [{asked}, {score}]\n```"))["presentasi"]
    entry = plan.entry({}, {})
    plan.work_out({"p01": entry})

    assert entry.known["asked"].single == number


def test_the_list_of_keys_beside_the_examples_is_whole_and_its_defaults_are_true() -> None:
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    told = rows(text.partition("`[[stages]]`")[2].partition("`[[stages.criteria]]`")[0])[1:]
    keys = {name.strip("`") for row in told for name in row[0].split(", ")}
    plain = {key: field.get_default() for key, field in Stage.model_fields.items()}

    assert keys == set(Stage.model_fields) - {"criteria", "source"}
    for name, meaning, example in told:
        if "as shown" in meaning:
            shown = tomllib.loads(BASE + example.strip("`"))["stages"][0]
            key = name.strip("`")
            assert getattr(Stage.model_validate(shown), key) == plain[key]
