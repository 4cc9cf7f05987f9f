"""What the rules are given, and the refusals that they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from contracts.ids import (
    AgencyId,
    CriterionId,
    EditionId,
    JurorId,
    PanelId,
    PartId,
    ProposalId,
    StageId,
)
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import Rulebook, Stage

NAMED_MAX = 20

Marks = Mapping[CriterionId, Decimal]


@dataclass(frozen=True)
class Assignment:
    """One juror before one proposal in one stage, or before one part of it."""

    edition: EditionId
    stage: StageId
    proposal: ProposalId
    juror: JurorId
    part: PartId | None = None

    def said(self) -> dict[str, Any]:
        """This as events say it: the part only where there is one."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def what(self) -> str:
        """What is marked, for a sentence."""
        of_part = f"part '{self.part}' of " if self.part else ""
        return f"{of_part}proposal '{self.proposal}'"


@dataclass(frozen=True)
class Duty:
    """How it stands between a juror and a proposal in a stage; `panel` is the juror's."""

    entered: bool
    seated: bool
    recused: bool
    closed: bool
    panel: PanelId | None = None


@dataclass(frozen=True)
class Entrant:
    """A proposal, as far as a conflict is looked for in it; `gone` when it competes no more."""

    proposal: ProposalId
    agency: AgencyId
    agency_name: str
    innovator: str
    gone: bool = False


@dataclass(frozen=True)
class Seat:
    """An office in a stage, on `panel` where the stage has several."""

    juror: JurorId
    office: str
    agency: AgencyId
    panel: PanelId | None = None


@dataclass(frozen=True)
class Sheet:
    """The version of a sheet that stands."""

    version: int
    marks: Marks


@dataclass(frozen=True)
class Count:
    """How many jurors have a sheet that counts for a proposal, by panel.

    Where the stage has no panels, all are under None. `asked` is how many a rule asks for in all.
    """

    by_panel: Mapping[PanelId | None, int]
    asked: int = 0

    @property
    def jurors(self) -> int:
        """How many in all."""
        return sum(self.by_panel.values())


@lru_cache(maxsize=64)
def read_rulebook(text: str) -> Rulebook:
    """The rulebook in this JSON; each text is parsed once."""
    return Rulebook.model_validate_json(text)


def stage_of(rulebook: Rulebook, stage: StageId) -> Stage:
    """The stage of that id; NotFound when the rulebook has none."""
    try:
        return rulebook.stage(stage)
    except KeyError as error:
        known = ", ".join(each.id for each in rulebook.stages)
        text = f"edition '{rulebook.id}' has no stage '{stage}'; its stages are {known}"
        raise NotFound("no_such_stage", text) from error


def refuse_strangers(assignment: Assignment, duty: Duty) -> None:
    """Return when the proposal is in the stage and the juror on its panel.

    NotFound for a proposal that is not in the stage, Refused for a juror without a seat.
    """
    if not duty.entered:
        raise NotFound(
            "not_in_stage",
            f"proposal '{assignment.proposal}' is not judged in stage '{assignment.stage}': it has"
            " not come so far, or it was withdrawn or disqualified",
        )
    if not duty.seated:
        raise Refused(
            "not_on_panel",
            f"juror '{assignment.juror}' has no seat in stage '{assignment.stage}'; seat the"
            " juror first",
        )


def scoring_closed(stage: StageId) -> Refused:
    """The refusal of whatever comes after the close of scoring."""
    return Refused("scoring_closed", f"scoring of stage '{stage}' is closed: nothing in it changes")


def named(ids: Sequence[str]) -> str:
    """These ids for a sentence: the first twenty, and how many more there are."""
    return listed([f"'{each}'" for each in ids])


def listed(texts: Sequence[str]) -> str:
    """The first twenty of these for a sentence, and how many more there are."""
    first = ", ".join(texts[:NAMED_MAX])
    more = len(texts) - NAMED_MAX
    return f"{first} and {more} more" if more > 0 else first
