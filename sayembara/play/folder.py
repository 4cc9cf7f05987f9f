"""An edition folder, read and checked whole before anything is played."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from contracts.outcomes import Invalid
from contracts.rulebook import Rulebook, Stage
from submission_service.rules.rulebook_file import read_rulebook

from sayembara.play.answers import Answered, answered, read_answers
from sayembara.play.files import (
    Agency,
    Amendment,
    Award,
    Closing,
    Decision,
    Play,
    Proposal,
    Recusal,
    Rejection,
    Row,
    Seat,
    Sheet,
)
from sayembara.play.forms import read_toml
from sayembara.play.tables import Line, Place, read_table, read_text
from sayembara.trouble import Trouble

AnyRow = TypeVar("AnyRow", bound=Row)
SheetRow = TypeVar("SheetRow", bound=Sheet)

PROPOSAL = ("proposal", "title", "agency", "unit", "innovator", "started_on", "source")
AGENCY = ("agency", "name", "kind", "email")
SEAT = ("stage", "juror", "office", "agency", "email", "panel")
SHEET = ("stage", "proposal", "juror", "part")
RECUSAL = ("stage", "proposal", "juror", "reason")
REJECTION = ("proposal", "code", "text")
CLOSING = ("stage", "by", "minute", "reason")
DECISION = ("stage", "by", "minute", "reason", "proposal", "rank", "advanced")
AWARD = ("award", "proposal", "by", "reason")
OPTIONAL = ("panel", "part")
"""Columns that a table may go without."""

ALWAYS = ("agencies", "proposals", "panel", "sheets")
SOMETIMES = ("amendments", "awards", "recusals", "rejections", "closings", "decisions")
GENERATE = "generate.toml"
"""Where it is, it says how the tables that are not in the folder are filled."""


@dataclass(frozen=True)
class Folder:
    """Everything that an edition folder says. `rulebook_text` has the answers in it."""

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
    recusals: tuple[Recusal, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    closings: tuple[Closing, ...] = ()
    decisions: tuple[Decision, ...] = ()
    answers: tuple[Answered, ...] = ()

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

    def recused(self) -> set[tuple[str, str, str]]:
        """Stage, proposal and juror wherever a juror steps aside, by conflict or own word."""
        found = {(seat.stage, each.proposal, seat.juror) for seat, each in self.conflicts()}
        return found | {each.duty for each in self.recusals}


def read_folder(path: Path, *, full: bool = False) -> Folder:
    """The folder as its files say, each row in its form; Trouble with the file and the line.

    `full` is for a folder whose `generate.toml` names a full size: that one, not the small one.
    """
    if not path.is_dir():
        raise Trouble(f"{path}: there is no such folder")
    _refuse_unknown_tables(path)
    answers = read_answers(path / "answers.toml")
    file = path / "rulebook.toml"
    text = answered(file, read_text(file), answers)
    rulebook = _rulebook(file, text)
    folder = Folder(
        path=path,
        rulebook_text=text,
        rulebook=rulebook,
        play=read_toml(path / "play.toml", Play),
        agencies=_rows(path, "agencies", Agency, AGENCY),
        proposals=tuple(_proposals(path, rulebook)),
        panel=_rows(path, "panel", Seat, SEAT),
        sheets=tuple(_sheets(path, "sheets", Sheet, rulebook, SHEET)),
        amendments=tuple(_sheets(path, "amendments", Amendment, rulebook, (*SHEET, "reason"))),
        awards=_rows(path, "awards", Award, AWARD),
        recusals=_rows(path, "recusals", Recusal, RECUSAL),
        rejections=_rows(path, "rejections", Rejection, REJECTION),
        closings=_rows(path, "closings", Closing, CLOSING),
        decisions=_rows(path, "decisions", Decision, DECISION),
        answers=answers,
    )
    return _filled(folder, full=full)


def _filled(folder: Folder, *, full: bool) -> Folder:
    if not (folder.path / GENERATE).is_file():
        return folder
    from sayembara.play.generate import fill  # noqa: PLC0415 - it fills this module's Folder

    return fill(folder, full=full)


def _refuse_unknown_tables(path: Path) -> None:
    known = (*ALWAYS, *SOMETIMES)
    for file in sorted(path.glob("*.csv")):
        if file.stem not in known:
            raise Trouble(f"{file}: is no table of an edition; there are {', '.join(known)}")


def _rulebook(path: Path, text: str) -> Rulebook:
    try:
        return read_rulebook(text.encode(), path.parent.resolve().name)
    except Invalid as wrong:
        # Each line of the text is `line N: what`.
        line, what = wrong.text.split("\n")[0].removeprefix("line ").split(": ", 1)
        raise Place(path, int(line)).trouble(what) from wrong


def _table(path: Path, table: str, columns: Sequence[str]) -> list[Line]:
    file = path / f"{table}.csv"
    if not file.exists() and (table in SOMETIMES or (path / GENERATE).is_file()):
        return []
    return read_table(file, columns, [each for each in columns if each in OPTIONAL])


def _rows(path: Path, table: str, row: type[AnyRow], columns: Sequence[str]) -> tuple[AnyRow, ...]:
    return tuple(row.read(line) for line in _table(path, table, columns))


def _proposals(path: Path, rulebook: Rulebook) -> Iterator[Proposal]:
    sections = [section.id for section in rulebook.sections]
    labels = [label.id for label in rulebook.labels]
    for line in _table(path, "proposals", (*PROPOSAL, *sections, *labels)):
        yield Proposal.read(
            line,
            sections={each: line.cells[each] for each in sections},
            labels={each: line.cells[each] for each in labels if line.cells[each]},
        )


def _sheets(
    path: Path, table: str, row: type[SheetRow], rulebook: Rulebook, columns: Sequence[str]
) -> Iterator[SheetRow]:
    criteria = tuple(dict.fromkeys(each.id for stage in rulebook.stages for each in stage.criteria))
    own = {stage.id: {criterion.id for criterion in stage.criteria} for stage in rulebook.stages}
    for line in _table(path, table, (*columns, *criteria)):
        stage = _stage(line, rulebook)
        marks = {each: line.cells[each] for each in criteria if line.cells[each]}
        for column in (each for each in marks if each not in own[stage.id]):
            raise line.place.trouble(
                f"{column}: stage '{stage.id}' does not mark this; leave it empty"
            )
        yield row.read(line, marks=marks)


def _stage(line: Line, rulebook: Rulebook) -> Stage:
    named, known = line.cells["stage"], {stage.id: stage for stage in rulebook.stages}
    if named not in known:
        raise line.place.trouble(f"stage: '{named}' is not one of {', '.join(known)}")
    return known[named]
