"""An edition folder, read and checked whole before anything is played."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from contracts.outcomes import Invalid
from contracts.rulebook import Rulebook, Stage
from pydantic import ValidationError
from submission_service.rules.rulebook_file import read_rulebook
from submission_service.rules.toml_lines import line_of, lines_of

from sayembara.play.files import Agency, Amendment, Award, Play, Proposal, Row, Seat, Sheet, explain
from sayembara.play.tables import Line, Place, read_table, read_text
from sayembara.trouble import Trouble

AnyRow = TypeVar("AnyRow", bound=Row)
SheetRow = TypeVar("SheetRow", bound=Sheet)

PROPOSAL = ("proposal", "title", "agency", "unit", "innovator", "started_on", "source")
AGENCY = ("agency", "name", "kind", "email")
SEAT = ("stage", "juror", "office", "agency", "email")
SHEET = ("stage", "proposal", "juror")
AWARD = ("award", "proposal", "by", "reason")


@dataclass(frozen=True)
class Folder:
    """Everything that an edition folder says."""

    path: Path
    rulebook_text: str
    rulebook: Rulebook
    play: Play
    agencies: tuple[Agency, ...]
    proposals: tuple[Proposal, ...]
    panel: tuple[Seat, ...]
    sheets: tuple[Sheet, ...]
    amendments: tuple[Amendment, ...]
    awards: tuple[Award, ...]

    @property
    def edition(self) -> str:
        """The edition's id."""
        return self.rulebook.id

    def seats(self, stage: str) -> list[Seat]:
        """The panel of a stage."""
        return [seat for seat in self.panel if seat.stage == stage]

    def conflicts(self) -> Iterator[tuple[Seat, Proposal]]:
        """Who may not judge what: a proposal of the own agency, or one's own innovation."""
        for seat in self.panel:
            for proposal in self.proposals:
                if seat.agency == proposal.agency or seat.office == proposal.innovator:
                    yield seat, proposal


def read_folder(path: Path) -> Folder:
    """The folder as its files say, each row in its form; Trouble with the file and the line."""
    if not path.is_dir():
        raise Trouble(f"{path}: there is no such folder")
    text = read_text(path / "rulebook.toml")
    rulebook = _rulebook(path / "rulebook.toml", text)
    return Folder(
        path=path,
        rulebook_text=text,
        rulebook=rulebook,
        play=_play(path / "play.toml"),
        agencies=_rows(path, "agencies", Agency, AGENCY),
        proposals=tuple(_proposals(path, rulebook)),
        panel=_rows(path, "panel", Seat, SEAT),
        sheets=tuple(_sheets(path, "sheets", Sheet, rulebook, SHEET)),
        amendments=tuple(_sheets(path, "amendments", Amendment, rulebook, (*SHEET, "reason"))),
        awards=_rows(path, "awards", Award, AWARD),
    )


def _rulebook(path: Path, text: str) -> Rulebook:
    try:
        return read_rulebook(text.encode(), path.parent.resolve().name)
    except Invalid as wrong:
        # Each line of the text is `line N: what`.
        line, what = wrong.text.split("\n")[0].removeprefix("line ").split(": ", 1)
        raise Place(path, int(line)).trouble(what) from wrong


def _play(path: Path) -> Play:
    text = read_text(path)
    try:
        return Play.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise Place(path, line).trouble(f"not TOML: {error}") from error
    except ValidationError as error:
        line = line_of(error.errors()[0]["loc"], lines_of(text))
        raise Place(path, line).trouble(explain(error)) from error


def _rows(path: Path, table: str, row: type[AnyRow], columns: Sequence[str]) -> tuple[AnyRow, ...]:
    return tuple(row.read(line) for line in read_table(path / f"{table}.csv", columns))


def _proposals(path: Path, rulebook: Rulebook) -> Iterator[Proposal]:
    sections = [section.id for section in rulebook.sections]
    for line in read_table(path / "proposals.csv", (*PROPOSAL, *sections)):
        yield Proposal.read(line, sections={each: line.cells[each] for each in sections})


def _sheets(
    path: Path, table: str, row: type[SheetRow], rulebook: Rulebook, columns: Sequence[str]
) -> Iterator[SheetRow]:
    criteria = tuple(dict.fromkeys(each.id for stage in rulebook.stages for each in stage.criteria))
    for line in read_table(path / f"{table}.csv", (*columns, *criteria)):
        stage = _stage(line, rulebook)
        foreign = set(criteria) - {criterion.id for criterion in stage.criteria}
        for column in (each for each in criteria if each in foreign and line.cells[each]):
            raise line.place.trouble(
                f"{column}: stage '{stage.id}' does not mark this; leave it empty"
            )
        yield row.read(line, marks={each.id: line.cells[each.id] for each in stage.criteria})


def _stage(line: Line, rulebook: Rulebook) -> Stage:
    named, known = line.cells["stage"], {stage.id: stage for stage in rulebook.stages}
    if named not in known:
        raise line.place.trouble(f"stage: '{named}' is not one of {', '.join(known)}")
    return known[named]
