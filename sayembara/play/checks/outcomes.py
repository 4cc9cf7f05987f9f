"""Whether the closings, decisions and awards of a folder agree with its rulebook."""

from collections import Counter
from itertools import groupby

from contracts.rulebook import DecisionAward

from sayembara.play.checks.rows import must_know, no_twins
from sayembara.play.files import Decision
from sayembara.play.folder import Folder
from sayembara.trouble import Trouble


def _closings(folder: Folder) -> None:
    stages = {stage.id for stage in folder.rulebook.stages}
    no_twins(folder.closings, "closing", lambda row: row.stage)
    for row in folder.closings:
        must_know(row.place, "stage", row.stage, stages, "rulebook.toml")


def _decisions(folder: Folder) -> None:
    proposals = {row.proposal for row in folder.proposals}
    stages = {stage.id for stage in folder.rulebook.stages}
    no_twins(folder.decisions, "decision", lambda row: (row.stage, row.proposal))
    for row in folder.decisions:
        must_know(row.place, "stage", row.stage, stages, "rulebook.toml")
        if row.proposal is not None:
            must_know(row.place, "proposal", row.proposal, proposals, "proposals.csv")
    _no_decision_is_missing(folder)
    rows = sorted(folder.decisions, key=lambda row: row.stage)
    for _, of_stage in groupby(rows, key=lambda row: row.stage):
        _one_minute(list(of_stage))


def _no_decision_is_missing(folder: Folder) -> None:
    decided = {row.stage for row in folder.decisions}
    for stage in folder.rulebook.stages:
        is_asked = stage.decision == "panel" or (stage.cut is not None and stage.cut.wildcards)
        if is_asked and stage.id not in decided:
            raise Trouble(
                f"{folder.path / 'decisions.csv'}: stage '{stage.id}' is decided by a minute:"
                " write what was decided; a row without a proposal says: as computed"
            )


def _one_minute(rows: list[Decision]) -> None:
    first = rows[0]
    for row in rows:
        if (row.by, row.minute, row.reason) != (first.by, first.minute, first.reason):
            raise row.place.trouble(
                f"stage '{row.stage}' is decided by one minute: make by, minute and reason the"
                f" same as on line {first.place.line}"
            )
        says = row.rank is not None or row.advanced is not None
        if says is not (row.proposal is not None):
            text = "a proposal goes with a rank, or with advanced yes or no: write both"
            raise row.place.trouble(text)
    said = {row.advanced: row for row in reversed(rows)}
    if "no" in said and "yes" not in said:
        raise said["no"].place.trouble(
            "advanced: nobody of the stage goes on: write yes in a row of each one that does"
        )


def _awards(folder: Folder) -> None:
    proposals = {row.proposal for row in folder.proposals}
    counts = {
        award.id: award.count
        for award in folder.rulebook.awards
        if isinstance(award, DecisionAward)
    }
    given = Counter(row.award for row in folder.awards)
    no_twins(folder.awards, "award", lambda row: (row.award, row.proposal))
    for row in folder.awards:
        must_know(row.place, "award", row.award, counts, "rulebook.toml as given by decision")
        must_know(row.place, "proposal", row.proposal, proposals, "proposals.csv")
    for award, count in counts.items():
        if given[award] != count:
            raise Trouble(
                f"{folder.path / 'awards.csv'}: '{award}' is given {given[award]} times,"
                f" but rulebook.toml says {count}"
            )


CHECKS = (_closings, _decisions, _awards)
