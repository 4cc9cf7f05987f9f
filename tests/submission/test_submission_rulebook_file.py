"""A rulebook file: read exactly, and every mistake told with its line."""

from decimal import Decimal
from pathlib import Path

import pytest
from contracts.outcomes import Invalid
from contracts.rulebook import Rulebook
from submission_service.rules.rulebook_file import read_rulebook
from submission_service.rules.toml_lines import line_of, lines_of

from tests.submission.facts import EDITION, RULEBOOK, TOML

EXAMPLE = Path(__file__).parents[2] / "examples" / "kipp-luwu-utara-2019"


def changed(*pairs: tuple[str, str]) -> str:
    text = TOML
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} must stand once in the file"
        text = text.replace(old, new)
    return text


def mistakes(text: str | bytes) -> list[str]:
    file = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(Invalid) as refusal:
        read_rulebook(file, EDITION)
    assert refusal.value.code == "rulebook_wrong"
    return refusal.value.text.split("\n")


def test_numbers_stay_exact_however_they_are_written() -> None:
    weights = [criterion.weight for criterion in RULEBOOK.stages[0].criteria]

    assert [str(weight) for weight in weights] == ["12.1", "15"]
    assert RULEBOOK.stages[0].criteria[1].scale.max == Decimal(10)


def test_awards_are_told_apart_by_how_they_are_given() -> None:
    assert [(award.by, award.id) for award in RULEBOOK.awards] == [
        ("rank", "top-1"),
        ("decision", "partisipatif"),
    ]


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    file = b"\xef\xbb\xbf" + TOML.replace("\n", "\r\n").encode()

    assert read_rulebook(file, EDITION) == RULEBOOK


def test_the_example_is_a_rulebook_whose_digest_survives_the_log() -> None:
    book = read_rulebook((EXAMPLE / "rulebook.toml").read_bytes(), EXAMPLE.name)

    assert [len(book.sections), len(book.stages[0].criteria), len(book.awards)] == [8, 7, 2]
    assert Rulebook.model_validate_json(book.model_dump_json()).digest() == book.digest()


STAGE = 'name = { id = "Presentasi", en = "Presentation" }\n'


def step(formula: str) -> str:
    return f'[[stages.steps]]\nid = "score"\nformula = "{formula}"\n'


MISTAKES = [
    (
        ('tier = "kabupaten"', 'tier = "desa"'),
        "line 3: tier: 'desa' is not possible: write 'kabupaten', 'kota', 'provinsi' or 'nasional'",
    ),
    (('tier = "kabupaten"\n', ""), "line 1: tier: is missing: write it"),
    (
        ("[intake]", "[intake]\ncloses = 1"),
        "line 11: intake.closes: is not a key that belongs here:"
        " take it out, or correct its spelling",
    ),
    (
        ("opens_at = 2019-08-01T08:00:00+08:00", "opens_at = 2019-08-01T08:00:00"),
        "line 11: intake.opens_at: '2019-08-01 08:00:00' is not a moment:"
        " write it as 2019-09-20T23:59:00+08:00",
    ),
    (
        ("opens_at = 2019-08-01T08:00:00+08:00", "opens_at = 20190801"),
        "line 11: intake.opens_at: 20190801 is not a moment: write it as 2019-09-20T23:59:00+08:00",
    ),
    (
        ("opens_at = 2019-08-01", "opens_at = 2020-08-01"),
        "line 10: intake: closes_at must be later than opens_at: correct one of them",
    ),
    (
        ('id = "ringkasan"', 'id = "Ringkasan Umum"'),
        "line 16: sections[1].id: 'Ringkasan Umum' is not an id:"
        " use 1 to 64 of a-z, 0-9 and hyphens, no hyphen first",
    ),
    (
        ('id = "ringkasan"', 'id = "kebaruan"'),
        "line 20: sections[2]: section 'kebaruan' is here twice: correct one of them",
    ),
    (('name.en = "Novelty"\n', ""), "line 22: sections[2].name.en: is missing: write it"),
    (
        ("words_max = 3", "words_max = true"),
        "line 18: sections[1].words_max: true does not fit: should be a valid integer",
    ),
    (
        ("weight = 12.10", "weight = nan"),
        "line 32: stages[1].criteria[1].weight: 'NaN' does not fit: should be a finite number",
    ),
    (
        ("weight = 12.10", 'weight = "?"'),
        "line 32: stages[1].criteria[1].weight: is an open question: the organiser must say;"
        " write the answer here",
    ),
    (
        ('organiser = "Bagian Organisasi"', 'organiser = "Bagian\\u0007"'),
        "line 4: organiser: holds a control character: take it out",
    ),
    (
        ("scale = { max = 10 }", "scale = { min = 10, max = 10 }"),
        "line 38: stages[1].criteria[2].scale: max must be greater than min: correct one of them",
    ),
    (
        ('id = "dampak"', 'id = "kebaruan"'),
        "line 34: stages[1].criteria[2]: criterion 'kebaruan' is here twice: correct one of them",
    ),
    (
        ('by = "rank"', 'by = "luck"'),
        "line 43: awards[1].by: 'luck' is no way to give an award:"
        " write 'rank', 'band' or 'decision'",
    ),
    (
        ('by = "decision"\n', ""),
        "line 47: awards[2].by: is missing: write 'rank', 'band' or 'decision'",
    ),
    (("top = 1", "top = 0"), "line 45: awards[1].top: 0 does not fit: should be greater than"),
    (
        (STAGE, STAGE + step("round(mean(mark, jury), 2)")),
        "line 30: stages[1].steps[1].formula: stage 'presentasi', step 'score':"
        " column 18: here stands an axis: group, juror, part, criterion: correct it",
    ),
    (
        (STAGE, STAGE + step("weighted(mark)")),
        "line 25: stages[1]: stage 'presentasi' ranks by 'score', of which there is one for each"
        " juror, not one in all: correct it",
    ),
    (
        ('stage = "presentasi"', 'stage = "final"'),
        "line 44: awards[1].stage: award 'top-1' names the stage 'final', which is not here:"
        " write one of presentasi",
    ),
]


@pytest.mark.parametrize(("change", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_a_mistake_is_told_with_its_line(change: tuple[str, str], told: str) -> None:
    found = mistakes(changed(change))

    assert len(found) == 1, found
    assert found[0][: len(told)] == told


def test_all_mistakes_are_told_at_once_from_the_top_down() -> None:
    text = changed(
        ("top = 1\n", ""),
        ("organiser = ", "organizer = "),
        ('weight = "15"', 'weight = "fifteen"'),
    )

    assert [each.split(": ")[:2] for each in mistakes(text)] == [
        ["line 1", "organiser"],
        ["line 4", "organizer"],
        ["line 37", "stages[1].criteria[2].weight"],
        ["line 40", "awards[1].top"],
    ]


def test_a_list_is_not_called_too_short_because_an_item_is_wrong() -> None:
    found = mistakes(changed(('id = "presentasi"', "id = 7")))

    assert [each.split(": ")[:2] for each in found] == [["line 26", "stages[1].id"]]


def test_an_empty_list_is_too_short() -> None:
    start = TOML.index("[[sections]]")
    end = TOML.index("[[stages]]")
    text = "sections = []\n" + TOML[:start] + TOML[end:]

    assert [each.split(": ")[:2] for each in mistakes(text)] == [["line 1", "sections"]]


def test_what_was_written_is_told_in_part_when_it_is_long() -> None:
    (found,) = mistakes(changed(('tier = "kabupaten"', f'tier = "{"k" * 500}"')))

    assert found.startswith(f"line 3: tier: '{'k' * 59}… is not possible")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('id = "a"\nname =\n', "line 2: TOML: Invalid value, at column 7: correct it"),
        ('id = "a"\nid = "b"\n', "line 2: TOML: Cannot overwrite a value, at column 9: correct it"),
        ('id = "a"\nname = [', "line 2: TOML: Invalid value (at end of document): correct it"),
        (b'id = "a"\nname = "\xe9"\n', "line 2: file: is not UTF-8 here: save it as UTF-8"),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(text: str | bytes, told: str) -> None:
    assert mistakes(text) == [told]


@pytest.mark.parametrize("value", ["9" * 5000, "1e" + "9" * 30, "[" * 5000 + "]" * 5000])
def test_what_is_beyond_all_bounds_is_a_mistake_of_the_file(value: str) -> None:
    assert mistakes(f"weight = {value}") == [
        "line 1: TOML: a number is too long, or lists stand too deep in lists: correct it"
    ]


def test_the_id_must_be_the_one_of_the_address() -> None:
    assert mistakes(changed(('id = "kipp-uji-2019"', 'id = "lain"'))) == [
        "line 1: id: is 'lain', but the address says 'kipp-uji-2019': make them the same"
    ]


def test_without_an_address_any_id_will_do() -> None:
    assert read_rulebook(TOML.encode()).id == EDITION


def test_lines_are_found_in_every_shape_of_toml() -> None:
    text = 'a.b = 1\n\n# [x]\n[t]\nlong = [\n  1,\n  { k = 1 },\n]\n"odd key" = """\n[no]\n"""\n'

    lines = lines_of(text + "[[i]]\n[[i]]\n[i.sub]\nend = 1\n")

    assert lines == {
        ("a",): 1,
        ("a", "b"): 1,
        ("t",): 4,
        ("t", "long"): 5,
        ("t", "odd key"): 9,
        ("i",): 12,
        ("i", 0): 12,
        ("i", 1): 13,
        ("i", 1, "sub"): 14,
        ("i", 1, "sub", "end"): 15,
    }


@pytest.mark.parametrize(
    ("path", "line"),
    [(("t", "x"), 4), (("t", "x", 3, "y"), 4), (("nowhere",), 1), ((), 1)],
)
def test_what_has_no_line_has_the_line_of_what_encloses_it(
    path: tuple[str | int, ...], line: int
) -> None:
    assert line_of(path, {("t",): 4}) == line
