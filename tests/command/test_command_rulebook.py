"""The rulebook file on the command line: mistakes with their lines, doubts, the schema."""

import json
import tomllib
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from sayembara import rulebook
from sayembara.documents.schemas import rulebook_schema
from sayembara.trouble import Trouble
from tests.command.edition import write_edition

EXAMPLE = Path("examples/kipp-luwu-utara-2019/rulebook.toml")
FORMULA = "round(mean(weighted(mark), juror), 2)"
SCORE = f'{{ id = "score", formula = "{FORMULA}" }}'


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    text = EXAMPLE.read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file = folder / "rulebook.toml"
    file.write_text(text, "utf-8")
    return file


def told(file: Path) -> list[str]:
    out = StringIO()
    rulebook.check(Console(file=out, width=200), file)
    return out.getvalue().splitlines()


def test_a_rulebook_in_order_is_told_with_its_digest() -> None:
    first, second = told(EXAMPLE)

    assert first == f"{EXAMPLE}: 'kipp-luwu-utara-2019' is in order; stages: presentasi"
    assert second.startswith("rulebook digest: sha256:")


def test_every_mistake_has_its_file_and_line(tmp_path: Path) -> None:
    file = changed(tmp_path, ("weight = 10\n", "weight = 0\n"), ("cut = 7 ", "cut = 0 "))
    lines = file.read_text("utf-8").splitlines()

    with pytest.raises(Trouble) as trouble:
        told(file)

    first, *mistakes = str(trouble.value).splitlines()
    assert first == "2 to correct"
    numbers = [int(each.split(":")[1]) for each in mistakes]
    assert [lines[number - 1].split(" ")[0] for number in numbers] == ["cut", "weight"]


def test_a_formula_that_does_not_fit_is_told_with_line_and_column(tmp_path: Path) -> None:
    file = changed(tmp_path, ("weighted(mark)", "weighted(mork)"))
    lines = file.read_text("utf-8").splitlines()

    with pytest.raises(Trouble, match="column 21: there is no value 'mork' here") as trouble:
        told(file)

    number = int(str(trouble.value).splitlines()[1].split(":")[1])
    assert lines[number - 1].startswith("steps = ")


def test_a_step_needs_a_name_that_formulas_can_say(tmp_path: Path) -> None:
    file = changed(tmp_path, ('{ id = "score"', '{ id = "nilai-akhir"'))

    with pytest.raises(Trouble, match="'nilai-akhir' is no name for formulas: use a-z, 0-9 and _"):
        told(file)


def test_what_is_hardly_meant_is_doubted(tmp_path: Path) -> None:
    only_one = '{ id = "score", formula = "round(mean(mark.kebaruan, juror), 2)" }'
    unused = '{ id = "unused", formula = "count(mark.kebaruan, juror)" }'
    file = changed(tmp_path, (SCORE, f"{only_one}, {unused}"))

    said = [each.split(": ", 1)[1] for each in told(file)[:-2]]

    assert "stage 'presentasi': no formula uses the marks for 'signifikansi'" in said
    assert "stage 'presentasi': nothing uses the step 'unused'" in said
    assert not any("'kebaruan'" in each for each in said)


def test_cuts_and_awards_that_cannot_be_met_are_doubted(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8")
    stage = text[text.index("[[stages]]") : text.index("[[awards]]")]
    again = stage.replace('id = "presentasi"', 'id = "final"')
    award = '[[awards]]\nby = "rank"\nid = "ten"\nname = { id = "x", en = "x" }\nstage = "final"\n'
    file = tmp_path / "rulebook.toml"
    file.write_text(text.replace(stage, f"{stage}\n{again}\n{award}top = 10\n\n"), "utf-8")

    said = [each.split(": ", 1)[1] for each in told(file)[:-2]]

    assert said == [
        "stage 'final': its cut of 7 lets all 7 through that came in",
        "award 'ten' goes to 10; 7 come into 'final'",
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No such file"):
        told(tmp_path / "nowhere.toml")


def test_the_schema_takes_the_example_and_refuses_a_misspelt_key() -> None:
    example = json.loads(json.dumps(tomllib.loads(EXAMPLE.read_text("utf-8")), default=str))
    jsonschema.validate(example, rulebook_schema())
    example["stages"][0]["sccore"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example, rulebook_schema())


def test_unknown_numbers_are_open_questions_beside_the_mistakes(tmp_path: Path) -> None:
    file = changed(
        tmp_path, ("weight = 10\n", 'weight = "?"\n'), ("closes_at = ", 'closes_at = "?" # ')
    )

    with pytest.raises(Trouble) as trouble:
        told(file)

    weight = file.read_text("utf-8").splitlines().index('weight = "?"') + 1
    assert str(trouble.value).splitlines()[0] == "2 not known"
    first, second = str(trouble.value).splitlines()[1:]
    assert first.endswith(": intake.closes_at: is not known yet: the organiser must say it")
    assert second.startswith(f"{file}:{weight}: stages.presentasi.criteria.")

    file = changed(tmp_path, ("weight = 10\n", 'weight = "?"\n'), ("cut = 7 ", "cut = 0 "))
    with pytest.raises(Trouble, match=r"^1 to correct, 1 not known\n"):
        told(file)


def test_a_file_that_is_not_toml_has_no_questions(tmp_path: Path) -> None:
    file = changed(tmp_path, ("weight = 10\n", 'weight = "?\n'))

    with pytest.raises(Trouble, match=r"^1 to correct\n"):
        told(file)


def test_with_answers_beside_it_the_rest_is_looked_at_as_well(tmp_path: Path) -> None:
    folder = write_edition(tmp_path)
    file = folder / "rulebook.toml"
    text = file.read_text("utf-8").replace("panel.publik.mark.suka", "panel.publik.mark.none")

    with pytest.raises(Trouble, match=r"^2 not known\n"):
        told(file)

    file.write_text(text, "utf-8")
    with pytest.raises(Trouble, match=r"^1 to correct, 2 not known\n") as trouble:
        told(file)
    assert text.splitlines()[_line(str(trouble.value)) - 1] == "steps = ["

    (folder / "answers.toml").unlink()
    with pytest.raises(Trouble, match=r"^2 not known\n"):
        told(file)


def _line(trouble: str) -> int:
    return int(trouble.splitlines()[1].split(":")[1])
