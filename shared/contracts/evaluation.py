"""What evaluation says: panels, conflicts, sheets, the close of scoring."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, cast

from pydantic import Field, ValidatorFunctionWrapHandler, WrapValidator

from contracts.event import Event, Fact, Minute
from contracts.ids import (
    AgencyId,
    CriterionId,
    JurorId,
    Note,
    Office,
    PanelId,
    PartId,
    ProposalId,
    Reason,
    StageId,
)

__all__ = [
    "ConflictDeclared",
    "Entered",
    "EvaluationEvent",
    "JurorRecused",
    "JurorSeated",
    "Mark",
    "Minute",
    "ScoringClosed",
    "SheetAmended",
    "SheetEvent",
    "SheetSubmitted",
]


class EvaluationEvent(Event):
    """An event that only evaluation says, about one stage."""

    source: ClassVar = "evaluation"

    stage: StageId


class JurorSeated(EvaluationEvent):
    """An office took a seat in a stage, on `panel` where the stage has several."""

    type: ClassVar = "juror.seated.v1"
    about: ClassVar = "juror"

    juror: JurorId
    office: Office
    agency: AgencyId
    panel: PanelId | None = None


class ConflictDeclared(EvaluationEvent):
    """A reason why a juror may not judge a proposal: told by the juror, or found by the system."""

    type: ClassVar = "conflict.declared.v1"
    about: ClassVar = "proposal"

    proposal: ProposalId
    juror: JurorId
    kind: Literal["declared", "own_agency", "own_proposal"]
    reason: Reason


class JurorRecused(EvaluationEvent):
    """A juror stepped aside for one proposal: no sheet of this juror counts for it."""

    type: ClassVar = "juror.recused.v1"
    about: ClassVar = "juror"

    proposal: ProposalId
    juror: JurorId
    reason: Reason


_READ: dict[str, Decimal] = {}
READ_MAX, LENGTH_MAX = 4096, 20


def _remembered(value: object, read: ValidatorFunctionWrapHandler) -> Decimal:
    # Most marks come again and again, and to look at a text takes longer than to find it.
    if not isinstance(value, str):
        return cast(Decimal, read(value))
    known = _READ.get(value)
    if known is None:
        known = cast(Decimal, read(value))
        if len(_READ) < READ_MAX and len(value) <= LENGTH_MAX:
            _READ[value] = known
    return known


class Mark(Fact):
    """One number, for one criterion."""

    criterion: CriterionId
    value: Annotated[Decimal, Field(max_digits=20, allow_inf_nan=False), WrapValidator(_remembered)]


class Entered(Fact):
    """Who put a sheet in for its juror, and from where: the file of marks, or the paper."""

    by: Office
    source: Note


class SheetEvent(EvaluationEvent):
    """The marks of one juror for one proposal, or one part of it. Every version is kept.

    `entered` is there when somebody else than the juror put it in.
    """

    about: ClassVar = "proposal"

    proposal: ProposalId
    juror: JurorId
    marks: Annotated[tuple[Mark, ...], Field(min_length=1)]
    version: Annotated[int, Field(ge=1)]
    part: PartId | None = None
    entered: Entered | None = None


class SheetSubmitted(SheetEvent):
    """A juror handed in the score sheet of one proposal in one stage."""

    type: ClassVar = "sheet.submitted.v1"


class SheetAmended(SheetEvent):
    """A juror replaced a sheet, with a reason; the version before it no longer counts."""

    type: ClassVar = "sheet.amended.v1"

    reason: Reason


class ScoringClosed(EvaluationEvent):
    """A stage takes no more sheets. `decision` is there when the quorum was missing."""

    type: ClassVar = "scoring.closed.v1"
    about: ClassVar = "stage"

    sheets: Annotated[int, Field(ge=0)]
    below_quorum: tuple[ProposalId, ...] = ()
    by: Office
    decision: Minute | None = None
