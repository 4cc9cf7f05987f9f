"""What is sent to evaluation, and what it answers."""

import re
from typing import Annotated, Literal

from contracts.ids import PRINTABLE, AgencyId, CriterionId, JurorId, Office, Reason
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from evaluation_service.rules.sheets import DutyState

EXACT = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?")


def _exact(mark: object) -> str:
    if isinstance(mark, bool) or not isinstance(mark, int | str):
        raise ValueError(
            'a mark is a string such as "70" or "70.5", or a whole number; a JSON number with a'
            " point is refused, because it is not exact"
        )
    if not EXACT.fullmatch(str(mark)):
        raise ValueError(
            f'"{mark}" is not a mark; write digits, a point and up to six decimals: "70.5"'
        )
    return str(mark)


ExactMark = Annotated[str, BeforeValidator(_exact, json_schema_input_type=str | int)]


class Body(BaseModel):
    """What is sent; a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class SeatOrder(Body):
    """Which office takes the seat, and to which agency it belongs."""

    office: Office
    agency: AgencyId


class ConflictOrder(Body):
    """Which juror steps aside, and why."""

    juror: JurorId
    reason: Reason


class SheetOrder(Body):
    """One mark per criterion, as exact decimal text; a reason when an earlier sheet is replaced."""

    marks: Annotated[dict[CriterionId, ExactMark], Field(examples=[{"kebaruan": "70.5"}])]
    reason: Reason | None = None


class Decision(Body):
    """The minuted decision to close without the quorum."""

    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
    reason: Reason


class ClosingOrder(Body):
    """Who closes scoring; with a decision when the quorum is missing."""

    by: Office
    decision: Decision | None = None


class StageState(BaseModel):
    """How far a stage is, in counts. `sheets` are those that count, of `expected` in all."""

    edition: str
    stage: str
    state: Literal["open", "closed"]
    proposals: int
    jurors: int
    recusals: int
    sheets: int
    expected: int
    below_quorum: list[str]


class AssignmentState(BaseModel):
    """One juror before one proposal."""

    proposal: str
    title: str
    juror: str
    state: DutyState


class SheetVersion(BaseModel):
    """One version of a sheet; the last one stands."""

    version: int
    marks: dict[str, str]
    reason: str | None
    handed_in_at: AwareDatetime
