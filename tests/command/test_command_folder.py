"""An edition folder is read whole and strictly: a mistake is told with its file and its line."""

import shutil
from pathlib import Path

import pytest

from sayembara.play.checks import load
from sayembara.trouble import Trouble

EXAMPLE = Path(__file__).parents[2] / "examples" / "kipp-luwu-utara-2019"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, to make one mistake in."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / EXAMPLE.name))


def trouble_in(folder: Path) -> str:
    """What is told of the folder, with paths that begin below it."""
    with pytest.raises(Trouble) as caught:
        load(folder)
    return str(caught.value).replace(f"{folder}/", "")


def replace(path: Path, old: str, new: str) -> int:
    """Replace the only (or first) `old` in the file; the line on which it stands."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_example_is_read_whole() -> None:
    folder = load(EXAMPLE)

    counts = [len(folder.agencies), len(folder.proposals), len(folder.panel), len(folder.sheets)]
    assert counts == [28, 27, 6, 159]
    assert {(seat.juror, proposal.proposal) for seat, proposal in folder.conflicts()} == {
        ("camat-sukamaju-selatan", "p02"),
        ("camat-sukamaju-selatan", "p05"),
        ("kepala-dinas-kominfo", "p07"),
    }


MISTAKES = [
    (
        "agencies.csv",
        "bappeda,Bappeda Kabupaten Luwu Utara,badan",
        "bappeda,Bappeda Kabupaten Luwu Utara,kantor",
        "kind: 'kantor' does not fit: should be 'dinas', 'badan', 'bagian', 'kecamatan', 'bumd',"
        " 'perangkat-daerah', 'kementerian', 'lembaga', 'provinsi', 'kabupaten', 'kota' or 'bumn'",
    ),
    (
        "agencies.csv",
        "dinas-kesehatan,Dinas",
        "dinas-pendidikan,Dinas",
        "agency: the same stands on line 4 already",
    ),
    ("agencies.csv", "agency,name", "agency;name", None),
    (
        "proposals.csv",
        "p01,",
        "p01,more,",
        "16 cells, but the header has 15 columns",
    ),
    (
        "proposals.csv",
        "p13,Inovasi tidak disebut dalam sumber (13),tidak-disebut-13",
        "p13,Inovasi tidak disebut dalam sumber (13),nobody",
        "agency: 'nobody' is not in agencies.csv",
    ),
    (
        "proposals.csv",
        "p13,Inovasi tidak disebut dalam sumber (13)",
        "p13,inovasi tidak disebut dalam sumber (12)",
        "title: the same stands on line 16 already",
    ),
    (
        "panel.csv",
        "presentasi,sekretaris-bappeda",
        "final,sekretaris-bappeda",
        "stage: 'final' is not in rulebook.toml",
    ),
    (
        "panel.csv",
        "presentasi,sekretaris-bappeda",
        "presentasi,bappeda",
        "juror: 'bappeda' is the id of somebody else already",
    ),
    (
        "sheets.csv",
        "presentasi,p01,kepala-badan-litbang,70",
        "presentasi,p01,kepala-badan-litbang,101",
        "latar-belakang: 101 is not on the scale 0 to 100 in steps of 1",
    ),
    (
        "sheets.csv",
        "presentasi,p01,kepala-badan-litbang,70",
        "presentasi,p01,kepala-badan-litbang,seven",
        "marks latar-belakang: 'seven' does not fit: should be a valid decimal",
    ),
    (
        "sheets.csv",
        "presentasi,p01,kepala-dinas-kominfo",
        "presentasi,p01,kepala-badan-litbang",
        "sheet: the same stands on line 4 already",
    ),
    (
        "sheets.csv",
        "presentasi,p07,kepala-badan-litbang",
        "presentasi,p07,kepala-dinas-kominfo",
        "juror: 'kepala-dinas-kominfo' may not judge 'p07' (own agency or own innovation):"
        " take the row out",
    ),
    (
        "sheets.csv",
        "presentasi,p01,kepala-badan-litbang",
        "presentasi,p99,kepala-badan-litbang",
        "proposal: 'p99' is not in proposals.csv",
    ),
    (
        "amendments.csv",
        "presentasi,p26,kepala-bidang-inovasi",
        "presentasi,p02,camat-sukamaju-selatan",
        "presentasi p02 camat-sukamaju-selatan: sheets.csv has no such sheet",
    ),
    (
        "awards.csv",
        "partisipatif,p08",
        "top-7,p08",
        "award: 'top-7' is not in rulebook.toml as given by decision",
    ),
    (
        "play.toml",
        "2019-10-07T10:00:00+08:00",
        '"soon"',
        None,
    ),
    ("play.toml", "[secretariat]\noffice", "[secretariat]\nofice", None),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), MISTAKES)
def test_mistake_is_told_with_its_file_and_line(
    folder: Path, file: str, old: str, new: str, told: str | None
) -> None:
    line = replace(folder / file, old, new)

    trouble = trouble_in(folder)

    assert "\n" not in trouble
    if told is None:
        assert trouble.startswith(f"{file}:")
    else:
        assert trouble == f"{file}:{line}: {told}"


def test_text_that_is_not_toml_has_its_line(folder: Path) -> None:
    line = replace(folder / "play.toml", "[clock]", "[clock")

    assert trouble_in(folder).startswith(f"play.toml:{line}: not TOML: ")


def test_rulebook_mistake_has_its_line(folder: Path) -> None:
    line = replace(folder / "rulebook.toml", "weight = 10", "weight = -10")

    assert trouble_in(folder).startswith(f"rulebook.toml:{line}: stages[1].criteria[1].weight: ")


def test_edition_that_is_not_named_as_its_folder_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "another"))

    assert trouble_in(folder).startswith("rulebook.toml:12: id: is 'kipp-luwu-utara-2019'")


def test_missing_file_is_told(folder: Path) -> None:
    (folder / "panel.csv").unlink()

    assert trouble_in(folder) == "panel.csv: is missing; examples/README.md says what it holds"


def test_missing_folder_is_told(tmp_path: Path) -> None:
    assert trouble_in(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'}: there is no such folder"


def test_award_that_is_given_too_rarely_is_told(folder: Path) -> None:
    path = folder / "awards.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(rows[:-1]), encoding="utf-8")

    told = "awards.csv: 'partisipatif' is given 2 times, but rulebook.toml says 3"
    assert trouble_in(folder) == told


def test_clock_that_goes_back_is_told(folder: Path) -> None:
    replace(folder / "play.toml", "2019-10-07T10:00:00", "2019-10-01T10:00:00")

    told = "play.toml: the clock must go on: closed, then scoring, then announced"
    assert trouble_in(folder) == told
