"""Whether the files of an edition folder agree with one another."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from contracts.rulebook import DecisionAward

from sayembara.play.files import Row, Sheet
from sayembara.play.folder import Folder, read_folder
from sayembara.play.tables import Place
from sayembara.trouble import Trouble

AnyRow = TypeVar("AnyRow", bound=Row)

SECRETARIAT = "secretariat"


def load(path: Path) -> Folder:
    """The folder, read and found consistent; Trouble with the file and line of a mistake."""
    folder = read_folder(path)
    check(folder)
    return folder


def check(folder: Folder) -> None:
    """Trouble with the file and line of the first thing that does not agree."""
    for look in (_clock, _agencies, _proposals, _panel, _sheets, _amendments, _awards):
        look(folder)


def _clock(folder: Folder) -> None:
    clock, intake = folder.play.clock, folder.rulebook.intake
    path = folder.path / "play.toml"
    if not intake.is_open(clock.intake):
        raise Trouble(f"{path}: clock intake is not within the intake of rulebook.toml")
    if clock.closed <= intake.closes_at:
        raise Trouble(f"{path}: clock closed must be later than closes_at in rulebook.toml")
    if not clock.closed < clock.scoring < clock.announced:
        raise Trouble(f"{path}: the clock must go on: closed, then scoring, then announced")


def _agencies(folder: Folder) -> None:
    _no_twins(folder.agencies, "agency", lambda row: row.agency)
    for row in folder.agencies:
        if row.agency == SECRETARIAT:
            raise row.place.trouble(f"agency: '{SECRETARIAT}' is the secretariat's own id")


def _proposals(folder: Folder) -> None:
    known = {row.agency for row in folder.agencies}
    _no_twins(folder.proposals, "proposal", lambda row: row.proposal)
    _no_twins(folder.proposals, "title", lambda row: row.title.casefold())
    for row in folder.proposals:
        _must_know(row.place, "agency", row.agency, known, "agencies.csv")


def _panel(folder: Folder) -> None:
    agencies = {row.agency for row in folder.agencies}
    stages = {stage.id for stage in folder.rulebook.stages}
    holders: dict[str, tuple[str, str, str]] = {}
    _no_twins(folder.panel, "juror", lambda row: (row.stage, row.juror))
    for row in folder.panel:
        _must_know(row.place, "stage", row.stage, stages, "rulebook.toml")
        _must_know(row.place, "agency", row.agency, agencies, "agencies.csv")
        if row.juror in agencies or row.juror == SECRETARIAT:
            raise row.place.trouble(f"juror: '{row.juror}' is the id of somebody else already")
        holder = (row.office, row.agency, row.email)
        if holders.setdefault(row.juror, holder) != holder:
            raise row.place.trouble(f"juror: '{row.juror}' is another office in another stage")


def _sheets(folder: Folder) -> None:
    seats = {(seat.stage, seat.juror) for seat in folder.panel}
    proposals = {row.proposal for row in folder.proposals}
    recused = {(seat.stage, proposal.proposal, seat.juror) for seat, proposal in folder.conflicts()}
    _no_twins(folder.sheets, "sheet", lambda row: row.key)
    for row in folder.sheets:
        _must_know(row.place, "proposal", row.proposal, proposals, "proposals.csv")
        if (row.stage, row.juror) not in seats:
            raise row.place.trouble(f"juror: '{row.juror}' has no seat in stage '{row.stage}'")
        if row.key in recused:
            raise row.place.trouble(
                f"juror: '{row.juror}' may not judge '{row.proposal}' (own agency or own"
                " innovation): take the row out"
            )
        _on_scale(row, folder)


def _amendments(folder: Folder) -> None:
    sheets = {row.key for row in folder.sheets}
    for row in folder.amendments:
        if row.key not in sheets:
            raise row.place.trouble(f"{' '.join(row.key)}: sheets.csv has no such sheet")
        _on_scale(row, folder)


def _on_scale(row: Sheet, folder: Folder) -> None:
    for criterion in folder.rulebook.stage(row.stage).criteria:
        mark, scale = row.marks[criterion.id], criterion.scale
        if not scale.takes(mark):
            raise row.place.trouble(
                f"{criterion.id}: {mark} is not on the scale"
                f" {scale.min} to {scale.max} in steps of {scale.step}"
            )


def _awards(folder: Folder) -> None:
    proposals = {row.proposal for row in folder.proposals}
    counts = {
        award.id: award.count
        for award in folder.rulebook.awards
        if isinstance(award, DecisionAward)
    }
    given = Counter(row.award for row in folder.awards)
    _no_twins(folder.awards, "award", lambda row: (row.award, row.proposal))
    for row in folder.awards:
        _must_know(row.place, "award", row.award, counts, "rulebook.toml as given by decision")
        _must_know(row.place, "proposal", row.proposal, proposals, "proposals.csv")
    for award, count in counts.items():
        if given[award] != count:
            raise Trouble(
                f"{folder.path / 'awards.csv'}: '{award}' is given {given[award]} times,"
                f" but rulebook.toml says {count}"
            )


def _no_twins(rows: Iterable[AnyRow], what: str, key: Callable[[AnyRow], object]) -> None:
    seen: dict[object, Place] = {}
    for row in rows:
        first = seen.setdefault(key(row), row.place)
        if first is not row.place:
            raise row.place.trouble(f"{what}: the same stands on line {first.line} already")


def _must_know(place: Place, what: str, named: str, known: Iterable[str], file: str) -> None:
    if named not in known:
        raise place.trouble(f"{what}: '{named}' is not in {file}")
