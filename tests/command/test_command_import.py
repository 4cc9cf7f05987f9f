"""`sayembara import sheets`: a spreadsheet's marks go in whole, or every wrong line is told."""

import asyncio
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sayembara.addresses import Addresses
from sayembara.embedded.running import Embedded
from sayembara.import_sheets import AT_ONCE_MAX, Import, import_sheets
from sayembara.play.api import Services
from sayembara.play.checks import load
from sayembara.play.folder import Folder
from sayembara.play.requests import Requests
from sayembara.play.steps import Steps
from sayembara.sheets_file import read_sheets
from sayembara.trouble import Trouble
from tests.command.edition import write_edition
from tests.system.embedded import services_of

HEADER = "stage,proposal,juror,part,kebaruan,dampak"


def written(folder: Path, *lines: str, end: str = "\n") -> Path:
    file = folder / "nilai.csv"
    file.write_bytes(end.join([*lines, ""]).encode())
    return file


def trouble_in(file: Path) -> list[str]:
    with pytest.raises(Trouble) as caught:
        read_sheets(file)
    return str(caught.value).replace(f"{file}", "FILE").splitlines()


def test_a_file_with_commas_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, "# a note", HEADER, "meja,p1,j1,,070,-1.50", "", "meja,p1,j1,satu,,8")

    first, second = read_sheets(file)

    assert first.as_sent() == {
        "line": 3,
        "stage": "meja",
        "proposal": "p1",
        "juror": "j1",
        "marks": {"kebaruan": "70", "dampak": "-1.50"},
    }
    assert (second.line, second.part, second.marks) == (5, "satu", {"dampak": "8"})


def test_a_file_of_a_spreadsheet_program_is_read(tmp_path: Path) -> None:
    lines = (
        "juror;stage;proposal;kebaruan;reason;;",
        '"j1";meja;p1;70,5;"Salah; tulis";;',
        ";;;;;;",
        "j1;meja;p2;70.5;;;",
    )
    file = written(tmp_path, "\ufeff" + lines[0], *lines[1:], end="\r\n")

    first, second = read_sheets(file)

    assert (first.marks, first.reason) == ({"kebaruan": "70.5"}, "Salah; tulis")
    assert (second.marks, second.reason) == ({"kebaruan": "70.5"}, None)
    assert "reason" not in second.as_sent()


def test_every_wrong_line_is_told(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        HEADER,
        "meja,p1,j1,,seven,8",
        'meja,p1,j1,,"70,5",8',
        "meja,p1,j1,,70,8",
        "meja,P 1,j1,,70,8",
        "meja,,j1,,70,8",
        "meja,p1,j1,-x,70,8",
        "meja,p1,j1,,,",
        "meja,p1,j1,,70",
        'meja,p1,"j1',
        "meja,p1,j1,,71,8",
    )

    assert trouble_in(file) == [
        "FILE: 9 to correct; nothing was taken",
        "FILE:2: kebaruan: 'seven' is no mark: write digits, and at most one decimal point",
        "FILE:3: kebaruan: '70,5': a decimal comma is read only where ; separates the cells",
        "FILE:5: proposal: 'P 1' does not fit: use 1 to 64 of a-z, 0-9 and hyphens, no hyphen"
        " first",
        "FILE:6: proposal: is empty: fill it in",
        "FILE:7: part: '-x' does not fit: use 1 to 64 of a-z, 0-9 and hyphens, no hyphen first",
        "FILE:8: there is no mark: write one, or take the line out",
        "FILE:9: 5 cells, but the header has 6 columns",
        "FILE:10: not a row of a CSV table: unexpected end of data",
        "FILE:11: the sheet meja p1 j1 stands on line 4 already",
    ]


def test_a_thousands_mark_is_no_decimal_comma(tmp_path: Path) -> None:
    file = written(tmp_path, "stage;proposal;juror;kebaruan", "meja;p1;j1;1.234,5")

    assert trouble_in(file)[1].startswith("FILE:2: kebaruan: '1.234,5' is no mark")


def test_a_reason_is_some_words(tmp_path: Path) -> None:
    file = written(tmp_path, "stage,proposal,juror,reason,kebaruan", "meja,p1,j1,x,7")

    assert trouble_in(file)[1] == "FILE:2: reason: 'x' does not fit: use 3 to 2000 characters"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", "FILE:1: the header is missing: stage,proposal,juror,… criteria"),
        ("stage", "FILE:1: the header is one cell: separate the columns by commas or semicolons"),
        ("stage,juror,a", "FILE:1: the header has no column 'proposal'"),
        ("stage,proposal,juror,a,a", "FILE:1: 'a' heads two columns"),
        ("stage,proposal,juror,A b", "FILE:1: column: 'A b' does not fit: use 1 to 64 of a-z,"),
        ("stage,proposal,juror,part", "FILE:1: the header names no criterion: each has a column"),
        ("stage,proposal,juror,a", "FILE:1: there is no sheet below the header"),
    ],
)
def test_a_header_that_does_not_fit_is_told(tmp_path: Path, header: str, told: str) -> None:
    assert trouble_in(written(tmp_path, header))[0].startswith(told)


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "nilai.csv"
    file.write_bytes(HEADER.encode("utf-16"))

    assert "cannot be read as UTF-8 text" in trouble_in(file)[0]


def test_sheets_go_in_whole_or_in_part_and_refused_lines_are_told(
    running_system: Embedded, tmp_path: Path
) -> None:
    edition = load(write_edition(tmp_path, "lomba-berkas"))
    asyncio.run(_import(running_system, edition, tmp_path))


async def _import(system: Embedded, edition: Folder, folder: Path) -> None:
    out = StringIO()
    console = Console(file=out, width=300)

    def told() -> list[str]:
        lines = out.getvalue().replace(f"{folder}/", "").splitlines()
        out.seek(0)
        out.truncate()
        return lines

    async def put_in(file: Path, *, partial: bool = False) -> None:
        order = Import(file, edition.edition, "Sekretariat", partial)
        await import_sheets(console, services, order)

    header = "stage;proposal;juror;part;mutu;suka;reason"
    wrong = written(
        folder, header, "meja;p1;juri-1;satu;8;;", "meja;p3;juri-2;satu;7;;", "meja;p9;juri-1;;;3;"
    )
    async with services_of(system) as services:
        await _play_until_the_sheets(edition, services)

        with pytest.raises(Trouble, match="2 of 3 sheets are refused, so none is taken"):
            await put_in(wrong)
        first, second = told()
        assert first.startswith("nilai.csv:3: ")
        assert "juri-2" in first
        assert second.startswith("nilai.csv:4: ")

        with pytest.raises(Trouble, match=r"2 of 3 sheets are refused$"):
            await put_in(wrong, partial=True)
        assert told()[2:] == ["nilai.csv: 1 taken, 0 there already, 2 refused"]

        right = written(folder, header, "meja;p1;juri-1;satu;8;;", "meja;p2;publik-1;;;40;")
        await put_in(right)
        assert told() == ["nilai.csv: 1 taken, 1 there already, 0 refused"]

        changed = written(folder, header, "meja;p1;juri-1;satu;9;;Angka tertukar")
        await put_in(changed)
        path = f"/editions/{edition.edition}/stages/meja/proposals/p1/parts/satu/sheets/juri-1"
        versions = await services.acting("juror", "juri-1").get("evaluation", path)

    assert [(each["marks"], each["reason"]) for each in versions] == [
        ({"mutu": "8"}, None),
        ({"mutu": "9"}, "Angka tertukar"),
    ]
    assert versions[0]["entered"] == {"by": "Sekretariat", "source": "nilai.csv"}


async def _play_until_the_sheets(edition: Folder, services: Services) -> None:
    for step in Steps(edition, Requests(edition, services), edition.sheets).all():
        if step.title == "Desk: sheets handed in":
            return
        await asyncio.gather(*(request() for request in step.requests))


async def test_more_sheets_than_go_in_at_once_need_files_or_parts(tmp_path: Path) -> None:
    lines = [f"meja,p{number},j1,,7,8" for number in range(AT_ONCE_MAX + 1)]
    order = Import(written(tmp_path, HEADER, *lines), "lomba", "Sekretariat")

    async with Services(Addresses.from_environment()) as services:
        with pytest.raises(Trouble, match="50001 sheets are more than the 50000"):
            await import_sheets(Console(file=StringIO()), services, order)
