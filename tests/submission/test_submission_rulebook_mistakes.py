"""Mistakes in labels, panels, parts, cuts, limits, bands and awards: each told with its line."""

import pytest
from contracts.cut import Limit
from contracts.outcomes import Invalid
from submission_service.rules.rulebook_file import read_rulebook

RICH = """\
id = "kipp-uji-2022"
name = { id = "KIPP Uji 2022", en = "Trial KIPP 2022" }
tier = "nasional"
organiser = "Kementerian"

[intake]
opens_at = 2022-02-01T08:00:00+07:00
closes_at = 2022-04-20T23:59:00+07:00

[[sections]]
id = "ringkasan"
name = { id = "Ringkasan", en = "Summary" }

[[labels]]
id = "kelompok"
name = { id = "Kelompok", en = "Group" }
[[labels.values]]
id = "umum"
name = { id = "Umum", en = "General" }
[[labels.values]]
id = "khusus"
name = { id = "Khusus", en = "Special" }

[[stages]]
id = "meja"
name = { id = "Meja", en = "Desk" }
parts = ["awal", "akhir"]
steps = [
  { id = "beda", formula = "max(mark.dampak, juror) - min(mark.dampak, juror)" },
  { id = "lagi", formula = "when(beda > 10, 1, 0)" },
  { id = "score", formula = "round(mean(mark.dampak, juror), 2)" },
]
score = "score"
tie_breaks = ["beda"]
more_sheets = "lagi"

[[stages.panels]]
id = "juri"
name = { id = "Juri", en = "Jury" }
quorum = 2
[[stages.panels]]
id = "publik"
name = { id = "Publik", en = "Public" }

[[stages.criteria]]
id = "dampak"
name = { id = "Dampak", en = "Impact" }
panel = "juri"
[[stages.criteria]]
id = "lompatan"
name = { id = "Lompatan", en = "Jump" }
per = "part"
optional = true

[stages.cut]
top = 99
least = 60.5
wildcards = 2
[[stages.cut.limits]]
id = "khusus"
where = { kelompok = "khusus" }
at_least = 15
[[stages.cut.limits]]
id = "instansi"
of = "agency"
at_most = 10

[[stages.bands]]
id = "sangat"
name = { id = "Sangat inovatif", en = "Very innovative" }
least = 85
[[stages.bands]]
id = "inovatif"
name = { id = "Inovatif", en = "Innovative" }
when = "lagi"

[[stages]]
id = "akhir"
name = { id = "Akhir", en = "Final" }
cut = 45
[[stages.criteria]]
id = "dampak"
name = { id = "Dampak", en = "Impact" }

[[awards]]
id = "top-3"
name = { id = "Top 3", en = "Top 3" }
by = "rank"
stage = "akhir"
first = 1
top = 3
[[awards]]
id = "emas"
name = { id = "Emas", en = "Gold" }
by = "band"
stage = "meja"
band = "sangat"
"""


def changed(*pairs: tuple[str, str]) -> str:
    text = RICH
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} must stand once in the file"
        text = text.replace(old, new)
    return text


def mistakes(text: str) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        read_rulebook(text.encode())
    return refusal.value.text.split("\n")


def test_every_new_key_is_read() -> None:
    book = read_rulebook(RICH.encode())

    first, last = book.stages
    assert first.cut is not None
    assert [str(first.cut.least), first.cut.top, first.cut.wildcards] == ["60.5", 99, 2]
    assert first.cut.limits[1] == Limit(id="instansi", of="agency", at_most=10)
    assert last.cut is not None
    assert last.cut.top == 45
    assert [each.by for each in book.awards] == ["rank", "band"]


MISTAKES = {
    "a value twice": (
        ('id = "khusus"\nname', 'id = "umum"\nname'),
        "line 20: labels[1].values[2]: value 'umum' is here twice: correct one of them",
    ),
    "a label that is built in": (
        ('id = "kelompok"', 'id = "agency"'),
        "line 15: labels[1].id: label 'agency' is what every proposal has without it: take it out",
    ),
    "a label without values": (
        ('[[labels.values]]\nid = "umum"', '[[labels.names]]\nid = "umum"'),
        "line 17: labels[1].names: is not a key that belongs here: take it out, or correct its"
        " spelling",
    ),
    "a panel twice": (
        ('id = "publik"', 'id = "juri"'),
        "line 41: stages[1].panels[2]: panel 'juri' is here twice: correct one of them",
    ),
    "a part twice": (
        ('["awal", "akhir"]', '["awal", "awal"]'),
        "line 27: stages[1].parts: part 'awal' is here twice: correct one of them",
    ),
    "a part that is no id": (
        ('["awal", "akhir"]', '["Awal!"]'),
        "line 27: stages[1].parts[1]: 'Awal!' is not an id: use 1 to 64 of a-z, 0-9 and hyphens,"
        " no hyphen first",
    ),
    "a band twice": (
        ('id = "inovatif"', 'id = "sangat"'),
        "line 72: stages[1].bands[2]: band 'sangat' is here twice: correct one of them",
    ),
    "a limit twice": (
        ('id = "instansi"', 'id = "khusus"'),
        "line 63: stages[1].cut.limits[2]: limit 'khusus' is here twice: correct one of them",
    ),
    "a step twice": (
        ('{ id = "lagi"', '{ id = "beda"'),
        "line 28: stages[1].steps[2]: step 'beda' is here twice: correct one of them",
    ),
    "an unknown panel": (
        ('panel = "juri"', 'panel = "ahli"'),
        "line 48: stages[1].criteria[1].panel: criterion 'dampak' names the panel 'ahli', which"
        " the stage does not have: write one of juri, publik",
    ),
    "a panel in a stage without panels": (
        ("cut = 45\n[[stages.criteria]]", 'cut = 45\n[[stages.criteria]]\npanel = "juri"'),
        "line 82: stages[2].criteria[1].panel: criterion 'dampak' names the panel 'juri', which"
        " the stage does not have: write it in [[stages.panels]]",
    ),
    "a mark per part without parts": (
        ('parts = ["awal", "akhir"]\n', ""),
        "line 51: stages[1].criteria[2].per: criterion 'lompatan' is marked per part, and the"
        " stage has no parts: name them in `parts`, or write open_parts = true",
    ),
    "another way of marking": (
        ('per = "part"', 'per = "run"'),
        "line 52: stages[1].criteria[2].per: 'run' is not possible: write 'proposal' or 'part'",
    ),
    "a panel's quorum below nothing": (
        ("quorum = 2", "quorum = -1"),
        "line 40: stages[1].panels[1].quorum: -1 does not fit: should be greater than or equal to",
    ),
    "a cut that is no cut": (
        ("cut = 45", 'cut = "all"'),
        "line 80: stages[2].cut: 'all' is no cut: write how many go on, or a table [stages.cut]",
    ),
    "a cut of nobody": (
        ("cut = 45", "cut = 0"),
        "line 80: stages[2].cut: 0 does not fit: should be greater than or equal to 1",
    ),
    "an unknown key of a cut": (
        ("top = 99", "best = 99"),
        "line 56: stages[1].cut.best: is not a key that belongs here: take it out, or correct its"
        " spelling",
    ),
    "a cut of too many wildcards": (
        ("wildcards = 2", "wildcards = 2.5"),
        "line 58: stages[1].cut.wildcards: '2.5' does not fit: should be a valid integer",
    ),
    "a limit that says nothing": (
        ("at_least = 15\n", ""),
        "line 59: stages[1].cut.limits[1]: limit 'khusus' says neither at_least nor at_most:"
        " write one of them, or both",
    ),
    "a limit that cannot be": (
        ("at_most = 10", "at_most = 10\nat_least = 11"),
        "line 63: stages[1].cut.limits[2]: limit 'instansi': at_least 11 is more than at_most 10:"
        " correct one of them",
    ),
    "a limit of no label": (
        ('of = "agency"', 'of = "wilayah"'),
        "line 63: stages[1].cut.limits[2]: stage 'meja', limit 'instansi': there is no label"
        " 'wilayah': write one of agency, kelompok",
    ),
    "a limit of no value": (
        ('kelompok = "khusus"', 'kelompok = "istimewa"'),
        "line 59: stages[1].cut.limits[1]: stage 'meja', limit 'khusus': 'istimewa' is no value of"
        " the label 'kelompok': write one of umum, khusus",
    ),
    "a band by no step": (
        ('when = "lagi"', 'when = "medali"'),
        "line 75: stages[1].bands[2].when: stage 'meja' has band 'inovatif' when 'medali', which is"
        " none of its steps: beda, lagi, score: correct it",
    ),
    "a name that no step can have": (
        ('when = "lagi"', 'when = "Lagi!"'),
        "line 75: stages[1].bands[2].when: 'Lagi!' is no name for formulas: use a-z, 0-9 and _,"
        " a letter first",
    ),
    "more sheets by no step": (
        ('more_sheets = "lagi"', 'more_sheets = "beda2"'),
        "line 35: stages[1].more_sheets: stage 'meja' asks for more sheets by 'beda2', which is",
    ),
    "a score by no step": (
        ('score = "score"', 'score = "nilai"'),
        "line 33: stages[1].score: stage 'meja' ranks by 'nilai', which is none of its steps",
    ),
    "a tie broken by many": (
        (
            'formula = "max(mark.dampak, juror) - min(mark.dampak, juror)"',
            'formula = "mark.dampak"',
        ),
        "line 34: stages[1].tie_breaks: stage 'meja' ranks by 'beda', of which there is one for"
        " each juror, not one in all: correct it",
    ),
    "a name that is taken": (
        ('{ id = "beda"', '{ id = "jurors"'),
        "line 28: stages[1].steps[1].id: stage 'meja': the name 'jurors' is taken; name the step"
        " otherwise: correct it",
    ),
    "a score that is not rounded": (
        ('"round(mean(mark.dampak, juror), 2)"', '"mean(mark.dampak, juror)"'),
        "line 28: stages[1].steps[3].formula: stage 'meja': the step 'score' makes the score",
    ),
    "ranks upside down": (
        ("first = 1", "first = 5"),
        "line 85: awards[1]: award 'top-3' goes from rank 5 to rank 3: first is the better rank,"
        " at most top",
    ),
    "an award of no band": (
        ('band = "sangat"', 'band = "kurang"'),
        "line 97: awards[2].band: award 'emas' names the band 'kurang', which the stage 'meja' does"
        " not have: write one of sangat, inovatif",
    ),
    "an award by band of a stage without bands": (
        ('stage = "meja"', 'stage = "akhir"'),
        "line 97: awards[2].band: award 'emas' names the band 'sangat', which the stage 'akhir'"
        " does not have: there is none: write it first",
    ),
    "an award of no stage": (
        ('stage = "meja"', 'stage = "wawancara"'),
        "line 96: awards[2].stage: award 'emas' names the stage 'wawancara', which is not here:"
        " write one of meja, akhir",
    ),
}


@pytest.mark.parametrize(("change", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(change: tuple[str, str], told: str) -> None:
    found = mistakes(changed(change))

    assert any(told in each for each in found), found


def test_what_does_not_fit_together_is_told_at_once() -> None:
    text = changed(
        ('of = "agency"', 'of = "wilayah"'),
        ('kelompok = "khusus"', 'kelompok = "istimewa"'),
        ('stage = "meja"', 'stage = "wawancara"'),
        ('more_sheets = "lagi"', 'more_sheets = "beda2"'),
    )

    assert [each.split(": ")[1] for each in mistakes(text)] == [
        "stages[1].more_sheets",
        "stages[1].cut.limits[1]",
        "stages[1].cut.limits[2]",
        "awards[2].stage",
    ]


def test_each_stage_tells_all_its_mistakes_at_once() -> None:
    text = changed(
        ('id = "publik"', 'id = "juri"'),
        ('panel = "juri"', 'panel = "ahli"'),
        ('parts = ["awal", "akhir"]\n', ""),
        ("cut = 45\n[[stages.criteria]]", 'cut = 45\n[[stages.criteria]]\nper = "part"'),
    )

    assert [each.split(": ")[1] for each in mistakes(text)] == [
        "stages[1].panels[2]",
        "stages[1].criteria[1].panel",
        "stages[1].criteria[2].per",
        "stages[2].criteria[1].per",
    ]


def test_a_formula_that_is_meant_by_default_has_the_line_of_its_stage() -> None:
    text = changed(
        ("cut = 45\n[[stages.criteria]]", 'parts = ["a"]\n[[stages.criteria]]\nper = "part"')
    )

    (found,) = mistakes(text)

    assert found.startswith("line 77: stages[2]: stage 'akhir', step 'score': ")
