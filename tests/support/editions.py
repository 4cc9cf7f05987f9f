"""Small editions: the head of a rulebook, and a folder made in memory of it, seats and sheets."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from contracts.rulebook import Rulebook, Words
from submission_service.rules.rulebook_file import read_rulebook

from sayembara.play.files import Agency, Moments, Play, Proposal, Seat, Secretariat, Sheet
from sayembara.play.folder import Folder
from sayembara.play.tables import Place

Row = dict[str, str]
HEAD = """\
id = "{edition}"
name = {{ id = "{id}", en = "{en}" }}
tier = "kota"
organiser = "Panitia"

[intake]
opens_at = 2019-08-01T08:00:00+08:00
closes_at = 2019-09-20T23:59:00+08:00

[[sections]]
id = "program"
name = {{ id = "Program", en = "Programme" }}

"""


def rulebook(edition: str, name: str, en: str, rest: str) -> str:
    """A rulebook with one section; `rest` are its labels, stages and awards."""
    return HEAD.format(edition=edition, id=name, en=en) + rest


def made(
    edition: str,
    text: str,
    seats: Iterable[Row],
    sheets: Iterable[Row],
    agencies: dict[str, str] | None = None,
) -> Folder:
    """The edition of this rulebook; `agencies` says whose each proposal is, else `peserta`."""
    at = Place(Path(edition), 1)
    book = read_rulebook(text.encode(), edition)
    given = list(sheets)
    owners = agencies or {}
    entered = dict.fromkeys(row["proposal"] for row in given)
    panel = tuple(_seat(at, row) for row in seats)
    names = {*(owners.get(each, "peserta") for each in entered), *(each.agency for each in panel)}
    return Folder(
        path=Path(edition),
        rulebook_text=text,
        rulebook=book,
        play=play_of(book),
        agencies=tuple(agency(at, each) for each in sorted(names)),
        proposals=tuple(_proposal(at, each, owners.get(each, "peserta")) for each in entered),
        panel=panel,
        sheets=tuple(_sheet(at, row) for row in given),
        amendments=(),
        awards=(),
    )


def agency(at: Place, name: str) -> Agency:
    email = f"{name}@example.example"
    return Agency(place=at, agency=name, name=name, kind="perangkat-daerah", email=email)


def _proposal(at: Place, name: str, agency: str) -> Proposal:
    return Proposal(
        place=at,
        proposal=name,
        title=name,
        agency=agency,
        unit="",
        innovator="",
        started_on=date(2000, 1, 1),
        source="",
        sections={"program": name},
    )


def _seat(at: Place, row: Row) -> Seat:
    juror = row["juror"]
    return Seat(
        place=at,
        stage=row["stage"],
        juror=juror,
        office=juror,
        agency=row["agency"],
        email=f"{juror}@example.example",
        panel=row.get("panel") or None,
    )


KEY = ("stage", "proposal", "juror", "part")


def _sheet(at: Place, row: Row) -> Sheet:
    return Sheet(
        place=at,
        stage=row["stage"],
        proposal=row["proposal"],
        juror=row["juror"],
        part=row.get("part") or None,
        marks={name: Decimal(mark) for name, mark in row.items() if name not in KEY and mark},
    )


def play_of(book: Rulebook) -> Play:
    """How it is played: what must come after the intake comes after it."""
    opens_at, closes_at = book.intake.opens_at, book.intake.closes_at
    return Play(
        note=Words(id="Edisi uji.", en="An edition for a test."),
        secretariat=Secretariat(office="Panitia", email=f"panitia@{book.id}.example"),
        clock=Moments.model_validate(
            {
                "intake": opens_at + timedelta(hours=1),
                "closed": closes_at + timedelta(hours=1),
                "scoring": closes_at + timedelta(days=30),
                "announced": closes_at + timedelta(days=60),
            }
        ),
    )
