"""Whether the clock, the agencies and the proposals of a folder agree with its rulebook."""

from sayembara.play.checks.rows import SECRETARIAT, must_know, no_twins
from sayembara.play.files import Proposal
from sayembara.play.folder import Folder
from sayembara.trouble import Trouble


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
    no_twins(folder.agencies, "agency", lambda row: row.agency)
    for row in folder.agencies:
        if row.agency == SECRETARIAT:
            raise row.place.trouble(f"agency: '{SECRETARIAT}' is the secretariat's own id")


def _proposals(folder: Folder) -> None:
    known = {row.agency for row in folder.agencies}
    no_twins(folder.proposals, "proposal", lambda row: row.proposal)
    no_twins(folder.proposals, "title", lambda row: row.title.casefold())
    for row in folder.proposals:
        must_know(row.place, "agency", row.agency, known, "agencies.csv")
        _labels(row, folder)


def _labels(row: Proposal, folder: Folder) -> None:
    for label in folder.rulebook.labels:
        values = [each.id for each in label.values]
        said = row.labels.get(label.id)
        if said is None and not label.optional:
            raise row.place.trouble(f"{label.id}: is empty: write one of {', '.join(values)}")
        if said is not None and said not in values:
            raise row.place.trouble(f"{label.id}: '{said}' is not one of {', '.join(values)}")


def _rejections(folder: Folder) -> None:
    proposals = {row.proposal for row in folder.proposals}
    no_twins(folder.rejections, "rejection", lambda row: (row.proposal, row.code, row.text))
    for row in folder.rejections:
        must_know(row.place, "proposal", row.proposal, proposals, "proposals.csv")


CHECKS = (_clock, _agencies, _proposals, _rejections)
