"""What is sent to evaluation, and what it answers."""

import re
from typing import Annotated, Literal

from contracts.ids import (
    PRINTABLE,
    AgencyId,
    CriterionId,
    JurorId,
    PanelId,
    PartId,
    ProposalId,
    StageId,
)
from contracts.written import Impersonal, Note, Office, Reason
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
)

from evaluation_service.rules.sheets import DutyState

ROWS_MAX = 50_000

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
    """Which office takes the seat, to which agency it belongs, and on which panel it sits."""

    office: Office
    agency: AgencyId
    panel: PanelId | None = None


class ConflictOrder(Body):
    """Which juror steps aside, and why."""

    juror: JurorId
    reason: Reason


class SheetOrder(Body):
    """One mark per criterion, as exact decimal text; a reason when an earlier sheet is replaced."""

    marks: Annotated[dict[CriterionId, ExactMark], Field(examples=[{"kebaruan": "70.5"}])]
    reason: Reason | None = None


class SheetRow(Body):
    """One sheet of many; `line` is where it stands in a file, otherwise its place in the list."""

    line: Annotated[int, Field(ge=1)] | None = None
    stage: StageId
    proposal: ProposalId
    juror: JurorId
    part: PartId | None = None
    marks: Annotated[dict[CriterionId, ExactMark], Field(examples=[{"kebaruan": "70.5"}])]
    reason: Reason | None = None


class Malformed(BaseModel):
    """A row that is not in the form of a sheet, and why."""

    line: int | None
    text: str


def _or_malformed(row: object) -> SheetRow | Malformed:
    # One row that cannot be read is told with all the others that are refused.
    try:
        return SheetRow.model_validate(row)
    except ValidationError as error:
        line = row.get("line") if isinstance(row, dict) else None
        wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        return Malformed(line=line if type(line) is int else None, text="; ".join(wrong))


AnyRow = Annotated[
    SheetRow | Malformed, PlainValidator(_or_malformed, json_schema_input_type=SheetRow)
]


class SheetsOrder(Body):
    """Many sheets; the secretariat says by which office they are put in, and from which source.

    Nothing is taken when one is refused, unless it is `partial`: then all the others are.
    """

    by: Office | None = None
    source: Note = ""
    partial: bool = False
    sheets: Annotated[list[AnyRow], Field(min_length=1, max_length=ROWS_MAX)]


class RefusedSheet(BaseModel):
    """A sheet that was not taken, and why."""

    line: int
    code: str
    text: str


class SheetsTaken(BaseModel):
    """How many sheets were taken, how many say nothing new, and which were refused."""

    taken: int
    unchanged: int
    refused: list[RefusedSheet]


class Decision(Body):
    """The minuted decision to close without the quorum."""

    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE), Impersonal]
    reason: Reason


class ClosingOrder(Body):
    """Who closes scoring; with a decision when the quorum is missing."""

    by: Office
    decision: Decision | None = None


class PanelState(BaseModel):
    """A panel of a stage, in counts: of its jurors with a sheet that counts, too."""

    panel: str
    quorum: int
    jurors: int
    sheets: int


class StageState(BaseModel):
    """How far a stage is, in counts: a juror with a sheet of a proposal that counts, of `expected`.

    `asked` are the proposals for which a rule asks for so many sheets in all.
    """

    edition: str
    stage: str
    state: Literal["open", "closed"]
    proposals: int
    jurors: int
    recusals: int
    sheets: int
    expected: int
    below_quorum: list[str]
    panels: list[PanelState]
    asked: dict[str, int]


class AssignmentState(BaseModel):
    """One juror before one proposal; `parts` are those with a sheet of their own."""

    proposal: str
    title: str
    juror: str
    panel: str | None
    state: DutyState
    parts: list[str]


class EnteredState(BaseModel):
    """Who put a sheet in for its juror, and from where."""

    by: str
    source: str


class SheetVersion(BaseModel):
    """One version of a sheet; the last one stands. `entered` by an office, or by the juror."""

    version: int
    marks: dict[str, str]
    reason: str | None
    handed_in_at: AwareDatetime
    entered: EnteredState | None
