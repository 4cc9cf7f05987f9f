"""Everything that an edition folder can say: panels, parts, labels, recusals, decisions."""

from decimal import Decimal
from pathlib import Path

import pytest

from sayembara.play.checks import load
from tests.command.edition import write_edition
from tests.command.test_command_folder import replace, trouble_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_edition(tmp_path)


def test_it_is_read_whole(folder: Path) -> None:
    found = load(folder)

    assert [row.labels for row in found.proposals[:2]] == [
        {"kelompok": "umum", "wilayah": "timur"},
        {"kelompok": "replikasi"},
    ]
    assert [row.panel for row in found.panel] == ["juri", "juri", "publik", None]
    assert [(row.part, row.marks) for row in found.sheets[1:3]] == [
        ("dua", {"mutu": Decimal(7)}),
        (None, {"tampil": Decimal(5)}),
    ]
    assert found.recused() == {("meja", "p3", "juri-2")}
    assert [row.ground().code for row in found.rejections] == ["incomplete", "other"]
    assert [(row.proposal, row.rank, row.advanced) for row in found.decisions] == [
        ("p1", None, "yes"),
        ("p3", None, "yes"),
        ("p2", None, "no"),
    ]
    assert found.awards == ()


MISTAKES = [
    ("proposals.csv", "Isi,umum,timur", "Isi,,timur", "kelompok: is empty: write one of umum, rep"),
    ("proposals.csv", "Isi,umum,timur", "Isi,umum,barat", "wilayah: 'barat' is not one of timur"),
    ("rejections.csv", "p4,other", "p9,other", "proposal: 'p9' is not in proposals.csv"),
    ("rejections.csv", "p4,other", "p4,why", "code: 'why' does not fit"),
    (
        "rejections.csv",
        "p4,other,Bukan pelayanan publik",
        "p4,incomplete,Lampiran tidak ada",
        "rejection: the same stands on line 2 already",
    ),
    ("panel.csv", "d@lomba.example,juri", "d@lomba.example,", "panel: is empty: write one of juri"),
    ("panel.csv", ",publik\n", ",tamu\n", "panel: stage 'meja' has no 'tamu'; it has juri, publik"),
    (
        "panel.csv",
        "final,juri-1,Juri 1,bappeda,d@lomba.example,",
        "final,juri-1,Juri 1,bappeda,d@lomba.example,juri",
        "panel: stage 'final' has no 'juri'; it has none: leave it empty",
    ),
    ("recusals.csv", "meja,p3", "meja,p4", "proposal: 'p4' is not in proposals.csv as admitted"),
    ("recusals.csv", "juri-2", "juri-3", "juror: 'juri-3' has no seat in stage 'meja'"),
    ("recusals.csv", "Pernah", "\nmeja,p3,juri-2,Pernah", None),
    ("sheets.csv", "meja,p3,juri-1", "meja,p3,juri-2", "juror: 'juri-2' may not judge 'p3' (recus"),
    ("sheets.csv", "meja,p2,juri-2", "meja,p4,juri-2", "proposal: 'p4' is rejected in rejection"),
    ("sheets.csv", "meja,p2,juri-2", "meja,p2,juri-9", "juror: 'juri-9' has no seat in stage"),
    ("sheets.csv", "juri-1,dua,", "juri-1,tiga,", "part: stage 'meja' has no 'tiga'; it has satu"),
    ("sheets.csv", "juri-1,dua,", "juri-1,satu,", "sheet: the same stands on line 2 already"),
    ("sheets.csv", "juri-1,dua,7,", "juri-1,dua,,", "mutu: is empty: write the mark"),
    ("sheets.csv", "juri-1,dua,7,,", "juri-1,dua,7,3,", "tampil: 'juri-1' is not asked for it"),
    ("sheets.csv", "juri-1,dua,7,,,", "juri-1,dua,7,,,3", "urutan: stage 'meja' does not mark"),
    ("sheets.csv", "juri-1,dua,7", "juri-1,dua,11", "mutu: 11 is not on the scale 1 to 10"),
    ("sheets.csv", "juri-1,,,5,", "juri-1,,,,", "there is no mark: take the row out"),
    ("sheets.csv", "p1,publik-1,,", "p1,publik-1,satu,", "part: 'publik-1' marks nothing of this"),
    ("sheets.csv", "final,p1,juri-1,", "final,p1,juri-1,dua", "part: stage 'final' has no 'dua'"),
    (
        "sheets.csv",
        "p3,juri-1,,,,,1",
        "p3,juri-1,,,,,2",
        "urutan: 'juri-1' gives 2 to 'p1' on line 12 already",
    ),
    ("amendments.csv", "p3,juri-1,satu", "p3,juri-1,dua", "meja p3 juri-1 dua: sheets.csv has no"),
    ("amendments.csv", "tulis,7", "tulis,70", "mutu: 70 is not on the scale"),
    ("decisions.csv", "BA-1,Keterwakilan,p3", "BA-2,Keterwakilan,p3", "stage 'meja' is decided by"),
    ("decisions.csv", "p3,,yes", "p3,,", "a proposal goes with a rank, or with advanced yes or no"),
    ("decisions.csv", "p3,,yes", ",,yes", "a proposal goes with a rank, or with advanced yes or"),
    ("decisions.csv", "p3,,yes", "p9,,yes", "proposal: 'p9' is not in proposals.csv"),
    ("decisions.csv", "p3,,yes", "p1,,yes", "decision: the same stands on line 2 already"),
    ("decisions.csv", "p3,,yes", "p3,0,yes", "rank: '0' does not fit: should be greater than"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_file_and_line(
    folder: Path, file: str, old: str, new: str, told: str | None
) -> None:
    line = replace(folder / file, old, new)

    trouble = trouble_in(folder)

    assert trouble.startswith(f"{file}:{line}: {told}" if told else f"{file}:")


def test_a_recusal_that_is_found_anyway_is_not_declared(folder: Path) -> None:
    replace(folder / "panel.csv", "Juri 2,bappeda", "Juri 2,kementerian-b")

    assert trouble_in(folder).startswith(
        "recusals.csv:2: juror: 'juri-2' is recused for 'p3' without a word"
    )


CLOSINGS = "stage,by,minute,reason\nmeja,Panel,BA-0,p3 tidak hadir\n"


def test_a_stage_may_be_closed_by_a_minute(folder: Path) -> None:
    (folder / "closings.csv").write_text(CLOSINGS, "utf-8")

    assert [(row.stage, row.by, row.minute) for row in load(folder).closings] == [
        ("meja", "Panel", "BA-0")
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("pleno,Panel,BA-0,p3 tidak hadir", "stage: 'pleno' is not in rulebook.toml"),
        ("meja,Panel,BA-1,p2 juga", "closing: the same stands on line 2 already"),
    ],
)
def test_a_closing_that_cannot_be_is_told(folder: Path, row: str, told: str) -> None:
    (folder / "closings.csv").write_text(f"{CLOSINGS}{row}\n", "utf-8")

    assert trouble_in(folder).startswith(f"closings.csv:3: {told}")


def test_a_decision_for_nobody_is_refused(folder: Path) -> None:
    text = (folder / "decisions.csv").read_text("utf-8")
    (folder / "decisions.csv").write_text(text.replace(",yes", ",no"), "utf-8")

    assert trouble_in(folder).startswith("decisions.csv:2: advanced: nobody of the stage goes on")


def test_a_stage_that_its_panel_decides_needs_a_decision(folder: Path) -> None:
    (folder / "decisions.csv").unlink()

    assert trouble_in(folder).startswith("decisions.csv: stage 'meja' is decided by a minute")


def test_a_decision_may_say_that_all_stays_as_computed(folder: Path) -> None:
    header = "stage,by,minute,reason,proposal,rank,advanced"
    (folder / "decisions.csv").write_text(f"{header}\nmeja,Panel,BA-1,Setuju,,,\n", "utf-8")

    assert [row.proposal for row in load(folder).decisions] == [None]


def test_a_table_that_is_none_of_an_edition_is_told(folder: Path) -> None:
    (folder / "amendments.csv").rename(folder / "ammendments.csv")

    assert trouble_in(folder).startswith("ammendments.csv: is no table of an edition; there are")


def test_a_label_that_is_named_like_a_column_is_told(folder: Path) -> None:
    replace(folder / "rulebook.toml", 'id = "wilayah"', 'id = "unit"')

    assert trouble_in(folder) == (
        "proposals.csv: 'unit' heads two columns: rename it in rulebook.toml"
    )


def test_columns_that_may_be_left_out_are_told_with_the_header(folder: Path) -> None:
    replace(folder / "panel.csv", "stage,juror", "juror,stage")

    assert "(panel may be left out)" in trouble_in(folder)


def test_open_questions_are_answered_in_the_text_that_is_handed_in(folder: Path) -> None:
    found = load(folder)

    criterion = found.rulebook.stage("meja").criteria[0]
    assert (criterion.weight, criterion.scale.max) == (Decimal("1.5"), Decimal(10))
    assert 'weight = 1.50\npanel = "juri"' in found.rulebook_text
    assert "scale = { min = 1, max = 10 }" in found.rulebook_text
    assert [each.at for each in found.answers] == [
        "stages.meja.criteria.mutu.weight",
        "stages.meja.criteria.mutu.scale.max",
    ]


ANSWER_MISTAKES = [
    ("criteria.mutu.weight", "criteria.suka.weight", 2, "is no open question of rulebook.toml"),
    ("criteria.mutu.scale.max", "criteria.mutu.weight", 6, "is answered twice: take it out"),
    ("value = 10", "valu = 10", 5, "answers 1 value: is missing: write it"),
]


@pytest.mark.parametrize(("old", "new", "line", "told"), ANSWER_MISTAKES)
def test_an_answer_that_does_not_fit_is_told(
    folder: Path, old: str, new: str, line: int, told: str
) -> None:
    replace(folder / "answers.toml", old, new)

    trouble = trouble_in(folder)

    assert trouble.startswith(f"answers.toml:{line}: ")
    assert told in trouble


def test_an_open_question_without_an_answer_is_told(folder: Path) -> None:
    (folder / "answers.toml").unlink()

    trouble = trouble_in(folder)

    assert trouble.startswith(
        'rulebook.toml:52: stages.meja.criteria.mutu.weight: is not known ("?"'
    )


def test_an_answer_of_the_wrong_kind_is_refused(folder: Path) -> None:
    replace(folder / "answers.toml", "value = 10", "value = [10]")
    told = "'stages.meja.criteria.mutu.scale.max' is answered by several values: write one"
    assert trouble_in(folder) == f"answers.toml:6: {told}"

    replace(folder / "answers.toml", "value = [10]", 'value = "ten"')
    assert trouble_in(folder).startswith("rulebook.toml:55: stages[1].criteria[1].scale.max: 'ten'")


def test_a_question_that_cannot_be_answered_in_its_place_is_told(folder: Path) -> None:
    replace(folder / "rulebook.toml", 'parts = ["satu", "dua"]', 'parts = ["satu", "?"]')
    answers = folder / "answers.toml"
    more = '[[answers]]\nat = "stages.meja.parts.2"\nvalue = "dua"\nwhy = { id = "x", en = "x" }\n'
    answers.write_text(answers.read_text("utf-8") + more, "utf-8")

    assert trouble_in(folder).endswith("stages.meja.parts.2: give it a line of its own")


NEW_STEP = '{ id = "share", formula = "?" },\n  { id = "look", formula = "share * '


def test_dates_and_words_can_be_asked_for_as_well(folder: Path) -> None:
    replace(folder / "rulebook.toml", "opens_at = 2019-08-01T08:00:00+08:00", 'opens_at = "?"')
    replace(folder / "rulebook.toml", "optional = true\nvalues", 'optional = "?"\nvalues')
    replace(folder / "rulebook.toml", 'decision = "panel"', "decision = '?'")
    replace(folder / "rulebook.toml", '{ id = "look", formula = "', NEW_STEP)
    answers = folder / "answers.toml"
    why = "why = { id = 'x', en = 'x' }"
    more = "".join(
        f"[[answers]]\nat = '{at}'\nvalue = {value}\n{why}\n"
        for at, value in {
            "intake.opens_at": "2019-08-01T08:00:00+08:00",
            "labels.wilayah.optional": "true",
            "stages.meja.decision": "'panel'",
            "stages.meja.steps.share.formula": "0.40",
        }.items()
    )
    answers.write_text(answers.read_text("utf-8") + more, "utf-8")

    found = load(folder).rulebook

    assert found.intake.opens_at.month == 8
    assert found.labels[1].optional
    assert found.stage("meja").decision == "panel"
    assert found.stage("meja").steps[1].formula == "0.40"
