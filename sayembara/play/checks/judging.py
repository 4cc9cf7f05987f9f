"""Whether seats, recusals and sheets of a folder agree with its rulebook and with one another."""

from contracts.rulebook import Criterion, Stage

from sayembara.play.checks.rows import SECRETARIAT, must_know, no_twins
from sayembara.play.files import Seat, Sheet
from sayembara.play.folder import Folder
from sayembara.play.tables import Place


def _panel(folder: Folder) -> None:
    agencies = {row.agency for row in folder.agencies}
    stages = {stage.id: stage for stage in folder.rulebook.stages}
    holders: dict[str, tuple[str, str, str]] = {}
    no_twins(folder.panel, "juror", lambda row: (row.stage, row.juror))
    for row in folder.panel:
        must_know(row.place, "stage", row.stage, stages, "rulebook.toml")
        must_know(row.place, "agency", row.agency, agencies, "agencies.csv")
        if row.juror in agencies or row.juror == SECRETARIAT:
            raise row.place.trouble(f"juror: '{row.juror}' is the id of somebody else already")
        holder = (row.office, row.agency, row.email)
        if holders.setdefault(row.juror, holder) != holder:
            raise row.place.trouble(f"juror: '{row.juror}' is another office in another stage")
        _seat_on_panel(row, stages[row.stage])


def _seat_on_panel(row: Seat, stage: Stage) -> None:
    panels = [each.id for each in stage.panels]
    if row.panel is None and panels:
        raise row.place.trouble(f"panel: is empty: write one of {', '.join(panels)}")
    if row.panel is not None and row.panel not in panels:
        known = ", ".join(panels) or "none: leave it empty"
        raise row.place.trouble(f"panel: stage '{stage.id}' has no '{row.panel}'; it has {known}")


def _recusals(folder: Folder) -> None:
    seats = {(seat.stage, seat.juror) for seat in folder.panel}
    proposals = _admitted(folder)
    found = {(seat.stage, each.proposal, seat.juror) for seat, each in folder.conflicts()}
    no_twins(folder.recusals, "recusal", lambda row: row.duty)
    for row in folder.recusals:
        must_know(row.place, "proposal", row.proposal, proposals, "proposals.csv as admitted")
        _must_sit(row.place, row.stage, row.juror, seats)
        if row.duty in found:
            raise row.place.trouble(
                f"juror: '{row.juror}' is recused for '{row.proposal}' without a word (own agency"
                " or own innovation): take the row out"
            )


def _must_sit(place: Place, stage: str, juror: str, seats: set[tuple[str, str]]) -> None:
    if (stage, juror) not in seats:
        raise place.trouble(f"juror: '{juror}' has no seat in stage '{stage}'")


def _admitted(folder: Folder) -> set[str]:
    rejected = {row.proposal for row in folder.rejections}
    return {row.proposal for row in folder.proposals} - rejected


def _sheets(folder: Folder) -> None:
    seats = {(seat.stage, seat.juror) for seat in folder.panel}
    known, admitted = {row.proposal for row in folder.proposals}, _admitted(folder)
    declared, recused = {row.duty for row in folder.recusals}, folder.recused()
    asked = _Asked(folder)
    no_twins(folder.sheets, "sheet", lambda row: row.key)
    for row in folder.sheets:
        must_know(row.place, "proposal", row.proposal, known, "proposals.csv")
        if row.proposal not in admitted:
            raise row.place.trouble(f"proposal: '{row.proposal}' is rejected in rejections.csv")
        _must_sit(row.place, row.stage, row.juror, seats)
        if row.duty in recused:
            why = "recusals.csv" if row.duty in declared else "own agency or own innovation"
            text = f"juror: '{row.juror}' may not judge '{row.proposal}' ({why}): take the row out"
            raise row.place.trouble(text)
        asked.check(row)
    _unique(folder)


def _amendments(folder: Folder) -> None:
    sheets = {row.key for row in folder.sheets}
    asked = _Asked(folder)
    for row in folder.amendments:
        if row.key not in sheets:
            named = " ".join(filter(None, row.key))
            raise row.place.trouble(f"{named}: sheets.csv has no such sheet")
        asked.check(row)


class _Asked:
    """What each juror is asked to mark."""

    def __init__(self, folder: Folder) -> None:
        self._stages = {stage.id: stage for stage in folder.rulebook.stages}
        self._panels = {(seat.stage, seat.juror): seat.panel for seat in folder.panel}
        self._asked: dict[tuple[str, str | None, bool], tuple[Criterion, ...]] = {}

    def check(self, row: Sheet) -> None:
        """Trouble when the sheet has other marks than its juror is asked for, or off the scale."""
        stage, panel = self._stages[row.stage], self._panels[row.stage, row.juror]
        of_part = row.part is not None
        _part_is_there(row, stage)
        asked = self._asked.get((stage.id, panel, of_part))
        if asked is None:
            asked = stage.asked_of(panel, of_part=of_part)
            self._asked[stage.id, panel, of_part] = asked
        if not asked:
            todo = "leave it empty" if of_part else "write which part is marked"
            raise row.place.trouble(f"part: '{row.juror}' marks nothing of this kind: {todo}")
        _marks_fit(row, asked)


def _part_is_there(row: Sheet, stage: Stage) -> None:
    if row.part is None or stage.open_parts or row.part in stage.parts:
        return
    known = ", ".join(stage.parts) or "none: leave it empty"
    raise row.place.trouble(f"part: stage '{stage.id}' has no '{row.part}'; it has {known}")


def _marks_fit(row: Sheet, asked: tuple[Criterion, ...]) -> None:
    for foreign in row.marks.keys() - {each.id for each in asked}:
        raise row.place.trouble(f"{foreign}: '{row.juror}' is not asked for it: leave it empty")
    for each in asked:
        if each.id not in row.marks and not each.optional:
            raise row.place.trouble(f"{each.id}: is empty: write the mark")
        mark, scale = row.marks.get(each.id), each.scale
        if mark is not None and not scale.takes(mark):
            raise row.place.trouble(
                f"{each.id}: {mark} is not on the scale"
                f" {scale.min} to {scale.max} in steps of {scale.step}"
            )
    if not row.marks:
        raise row.place.trouble("there is no mark: take the row out")


def _unique(folder: Folder) -> None:
    unique = {
        (stage.id, each.id): each
        for stage in folder.rulebook.stages
        for each in stage.criteria
        if not each.repeats
    }
    given: dict[tuple[object, ...], Sheet] = {}
    for row in folder.sheets if unique else ():
        for criterion, mark in row.marks.items():
            known = unique.get((row.stage, criterion))
            if known is None or not known.gives_once(mark):
                continue
            first = given.setdefault((row.stage, row.juror, row.part, criterion, mark), row)
            if first is not row:
                raise row.place.trouble(
                    f"{criterion}: '{row.juror}' gives {mark} to '{first.proposal}' on line"
                    f" {first.place.line} already, and that mark to one proposal alone"
                )


CHECKS = (_panel, _recusals, _sheets, _amendments)
