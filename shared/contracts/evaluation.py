"""What evaluation says: panels, conflicts, sheets, the close of scoring."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.event import Event, Fact
from contracts.ids import AgencyId, CriterionId, JurorId, Office, ProposalId, Reason, StageId


class EvaluationEvent(Event):
    """An event that only evaluation says, about one stage."""

    source: ClassVar = "evaluation"

    stage: StageId


class JurorSeated(EvaluationEvent):
    """An office took a seat on the panel of a stage."""

    type: ClassVar = "juror.seated.v1"
    about: ClassVar = "juror"

    juror: JurorId
    office: Office
    agency: AgencyId


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


class Mark(Fact):
    """One number, for one criterion."""

    criterion: CriterionId
    value: Annotated[Decimal, Field(max_digits=20, allow_inf_nan=False)]


class SheetEvent(EvaluationEvent):
    """The marks of one juror for one proposal in one stage. Every version is kept."""

    about: ClassVar = "proposal"

    proposal: ProposalId
    juror: JurorId
    marks: Annotated[tuple[Mark, ...], Field(min_length=1)]
    version: Annotated[int, Field(ge=1)]


class SheetSubmitted(SheetEvent):
    """A juror handed in the score sheet of one proposal in one stage."""

    type: ClassVar = "sheet.submitted.v1"


class SheetAmended(SheetEvent):
    """A juror replaced a sheet, with a reason; the version before it no longer counts."""

    type: ClassVar = "sheet.amended.v1"

    reason: Reason


class Minute(Fact):
    """A panel's minuted decision: who took it, where it is written, and why."""

    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason


class ScoringClosed(EvaluationEvent):
    """A stage takes no more sheets. `decision` is there when the quorum was missing."""

    type: ClassVar = "scoring.closed.v1"
    about: ClassVar = "stage"

    sheets: Annotated[int, Field(ge=0)]
    below_quorum: tuple[ProposalId, ...] = ()
    by: Office
    decision: Minute | None = None
