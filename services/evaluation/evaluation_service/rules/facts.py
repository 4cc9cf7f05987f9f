"""What the rules are given, and the refusals that they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from contracts.ids import AgencyId, CriterionId, EditionId, JurorId, ProposalId, StageId
from contracts.outcomes import NotFound, Refused
from contracts.rulebook import Rulebook, Stage

NAMED_MAX = 20

Marks = Mapping[CriterionId, Decimal]


@dataclass(frozen=True)
class Assignment:
    """One juror before one proposal in one stage."""

    edition: EditionId
    stage: StageId
    proposal: ProposalId
    juror: JurorId


@dataclass(frozen=True)
class Duty:
    """How it stands between a juror and a proposal in a stage."""

    entered: bool
    seated: bool
    recused: bool
    closed: bool


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
    """An office on the panel of a stage."""

    juror: JurorId
    office: str
    agency: AgencyId


@dataclass(frozen=True)
class Sheet:
    """The version of a sheet that stands."""

    version: int
    marks: Marks


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
    named = ", ".join(f"'{each}'" for each in ids[:NAMED_MAX])
    more = len(ids) - NAMED_MAX
    return f"{named} and {more} more" if more > 0 else named
