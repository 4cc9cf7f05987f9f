"""What `sayembara rulebook check` doubts: rules that hardly mean what they say."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sayembara import rulebook
from tests.support.editions import rulebook as rulebook_text

HEAD = rulebook_text(
    "lomba",
    "Lomba",
    "Competition",
    """\
[[labels]]
id = "jenis"
name = { id = "Jenis", en = "Kind" }
values = [
  { id = "kota", name = { id = "Kota", en = "City" } },
  { id = "kabupaten", name = { id = "Kabupaten", en = "Regency" } },
]
""",
)
NAME = '{ id = "x", en = "x" }'
MARK = f'criteria = [{{ id = "mutu", name = {NAME} }}]'


def stage(body: str, stage_id: str = "meja", marks: str = MARK) -> str:
    return f'[[stages]]\nid = "{stage_id}"\nname = {NAME}\n{body}\n{marks}\n'


def doubted(folder: Path, *stages: str) -> list[tuple[str, str]]:
    """Each doubt, with the text of the line that it is about."""
    file = folder / "rulebook.toml"
    file.write_text(HEAD + "".join(stages), "utf-8")
    out = StringIO()
    rulebook.check(Console(file=out, width=400), file)
    lines = file.read_text("utf-8").splitlines()
    told = [each.removeprefix(f"{file}:") for each in out.getvalue().splitlines()[:-2]]
    return [(lines[int(n) - 1], text) for n, _, text in (each.partition(": ") for each in told)]


def band(band_id: str, rest: str = "") -> str:
    return f'{{ id = "{band_id}", name = {NAME}{rest} }}'


def limit(limit_id: str, rest: str) -> str:
    return f'{{ id = "{limit_id}", {rest} }}'


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        ([band("a", ", least = 101")], "band 'a': it begins at 101, and no score comes to more"),
        ([band("a", ", least = 100"), band("b", ", least = 0")], None),
        (
            [band("a", ", least = 60"), band("b", ", least = 60")],
            "band 'b': whoever could be in it is in 'a' before",
        ),
        (
            [band("a", ", least = 0"), band("b")],
            "band 'b': whoever could be in it is in 'a' before",
        ),
        ([band("a"), band("b", ", least = 50")], "band 'b': whoever could be in it is in 'a'"),
        ([band("a", ', when = "yes"'), band("b")], None),
        (
            [band("a", ', when = "yes", least = 5'), band("b", ', when = "yes", least = 9')],
            "band 'b': whoever could be in it is in 'a' before",
        ),
        ([band("a", ', when = "sure"'), band("b")], "band 'b': whoever could be in it"),
        ([band("a", ', when = "below"'), band("b")], "band 'b': whoever could be in it"),
        ([band("a", ', when = "never"')], "band 'a': the step 'never' is always 0"),
    ],
)
def test_a_band_that_nobody_comes_to_is_doubted(
    tmp_path: Path, bands: list[str], told: str | None
) -> None:
    steps = """steps = [
      { id = "yes", formula = "mean(mark.mutu, juror) > 50" },
      { id = "sure", formula = "1 + mean(mark.mutu, juror)" },
      { id = "below", formula = "0 - 1 - mean(mark.mutu, juror)" },
      { id = "never", formula = "0 * mean(mark.mutu, juror)" },
      { id = "score", formula = "round(mean(mark.mutu, juror), 2)" },
    ]"""

    said = doubted(tmp_path, stage(f"{steps}\nbands = [{', '.join(bands)}]"))

    of_bands = [each for each in said if "uses the step" not in each[1]]
    assert len(of_bands) == (told is not None)
    assert told is None or (told in of_bands[0][1] and of_bands[0][0].startswith("bands"))


def test_a_least_score_that_nobody_reaches_is_doubted(tmp_path: Path) -> None:
    said = doubted(tmp_path, stage("cut = { least = 100.5 }"))

    text = "stage 'meja': its cut asks for 100.5, and no score comes to more than 100"
    assert said == [("cut = { least = 100.5 }", text)]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (
            [
                limit("k", 'where = { jenis = "kota" }, at_least = 4'),
                limit("b", 'where = { jenis = "kabupaten" }, at_least = 7'),
            ],
            "its limits ask for at least 4 + 7 by 'jenis', which is more than the cut of 10",
        ),
        ([limit("each", 'of = "jenis", at_least = 6')], "its limits ask for at least 6 + 6 by"),
        ([limit("each", 'of = "jenis", at_least = 5')], None),
        (
            [
                limit("k", 'where = { jenis = "kota" }, at_least = 4'),
                limit("each", 'of = "jenis", at_most = 6'),
                limit("few", 'where = { jenis = "kota" }, at_most = 3'),
            ],
            "limit 'k' asks for at least 4, and 'few' lets at most 3 of them on",
        ),
        (
            [limit("each", 'of = "jenis", at_most = 4')],
            "limit 'each' lets at most 8 on, and the cut is 10",
        ),
        ([limit("body", 'of = "agency", at_most = 1')], None),
    ],
)
def test_limits_that_cannot_be_met_are_doubted(
    tmp_path: Path, limits: list[str], told: str | None
) -> None:
    said = doubted(tmp_path, stage(f"cut = {{ top = 10, limits = [{', '.join(limits)}] }}"))

    assert len(said) == (told is not None)
    assert told is None or told in said[0][1]


def test_limits_without_a_number_of_all_are_held_against_each_other(tmp_path: Path) -> None:
    both = [
        limit("k", 'where = { jenis = "kota" }, at_least = 4'),
        limit("all", "at_most = 3"),
    ]

    said = doubted(tmp_path, stage(f"cut = {{ limits = [{', '.join(both)}] }}"))

    assert [text for _, text in said] == [
        "stage 'meja': limit 'k' asks for at least 4, and 'all' lets at most 3 of them on"
    ]


def test_a_panel_that_marks_nothing_and_marks_that_nothing_uses_are_doubted(tmp_path: Path) -> None:
    marks = f"""
[[stages.panels]]
id = "juri"
name = {NAME}
[[stages.panels]]
id = "publik"
name = {NAME}
[[stages.panels]]
id = "tamu"
name = {NAME}
[[stages.criteria]]
id = "mutu"
name = {NAME}
panel = "juri"
[[stages.criteria]]
id = "suka"
name = {NAME}
panel = "publik"
[[stages.criteria]]
id = "putaran"
name = {NAME}
panel = "juri"
per = "part"
"""
    formula = "round(mean(panel.juri.mark.mutu, juror), 2)"
    steps = f'parts = ["satu"]\nsteps = [{{ id = "score", formula = "{formula}" }}]'

    said = doubted(tmp_path, stage(steps, marks=marks))

    assert [text for _, text in said] == [
        "stage 'meja': the panel 'tamu' marks no criterion",
        "stage 'meja': no formula uses the marks for 'suka'",
        "stage 'meja': no formula uses the marks for 'putaran'",
    ]
    assert [line for line, _ in said] == ["[[stages.panels]]", *["[[stages.criteria]]"] * 2]


def test_marks_of_one_panel_that_nothing_uses_are_doubted(tmp_path: Path) -> None:
    panels = f"""
[[stages.panels]]
id = "juri"
name = {NAME}
[[stages.panels]]
id = "publik"
name = {NAME}
[[stages.criteria]]
id = "mutu"
name = {NAME}
"""
    steps = (
        'steps = [{ id = "score", formula = "round(mean(weighted(panel.juri.mark), juror), 2)" }]'
    )

    said = doubted(tmp_path, stage(steps, marks=panels))

    text = "stage 'meja': no formula uses the marks for 'mutu' of the panel 'publik'"
    assert [each for _, each in said] == [text]


def test_wildcards_make_the_field_larger(tmp_path: Path) -> None:
    first = stage("cut = { top = 5, wildcards = 2 }")
    second = stage("cut = 6", "final")
    award = f'[[awards]]\nby = "rank"\nid = "best"\nname = {NAME}\nstage = "final"\ntop = 8\n'

    said = doubted(tmp_path, first, second, award)

    assert said == [("[[awards]]", "award 'best' goes to 8; 7 come into 'final'")]


def test_a_rulebook_with_nothing_odd_is_not_doubted(tmp_path: Path) -> None:
    assert doubted(tmp_path, stage("cut = 3"), stage("", "final")) == []


def test_a_stage_that_is_frozen_before_anything_can_be_seen_of_it(tmp_path: Path) -> None:
    early = stage("freeze_at = 2019-09-20T23:59:00+08:00")

    assert doubted(tmp_path, early) == [
        (
            "freeze_at = 2019-09-20T23:59:00+08:00",
            "stage 'meja' is frozen at 2019-09-20T23:59:00+08:00, before the intake closes at"
            " 2019-09-20T23:59:00+08:00: the public would see none of its standings",
        )
    ]


def test_a_stage_that_is_frozen_before_the_one_before_it(tmp_path: Path) -> None:
    first = stage("freeze_at = 2019-10-02T08:00:00+08:00\ncut = 3")
    second = stage("freeze_at = 2019-10-01T08:00:00+08:00", "akhir")

    said = [text for _, text in doubted(tmp_path, first, second)]
    assert said == [
        "stage 'akhir' is frozen at 2019-10-01T08:00:00+08:00, before stage 'meja', which comes"
        " before it"
    ]
