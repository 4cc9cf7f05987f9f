"""What the files of an edition folder hold: one class per kind of row, and `play.toml`."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from contracts.ids import (
    AgencyId,
    AwardId,
    CriterionId,
    JurorId,
    LabelId,
    Office,
    PanelId,
    PartId,
    ProposalId,
    Reason,
    SectionId,
    StageId,
    Title,
    Token,
)
from contracts.rulebook import Words
from contracts.submission import Ground
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sayembara.play.forms import Part, explain
from sayembara.play.tables import Line, Place

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Text = Annotated[str, Field(min_length=1)]
Kind = Literal[
    "dinas",
    "badan",
    "bagian",
    "kecamatan",
    "bumd",
    "perangkat-daerah",
    "kementerian",
    "lembaga",
    "provinsi",
    "kabupaten",
    "kota",
    "bumn",
]


class Secretariat(Part):
    """Who opens, admits, closes and announces."""

    office: Office
    email: Email


class Moments(Part):
    """What the clock shows in each part of the play."""

    intake: AwareDatetime
    closed: AwareDatetime
    scoring: AwareDatetime
    announced: AwareDatetime


class Play(Part):
    """`play.toml`: how the edition is played."""

    note: Words
    secretariat: Secretariat
    clock: Moments


class Row(BaseModel):
    """A row of a table, with its place."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place

    @classmethod
    def read(cls, line: Line, **grouped: dict[str, str]) -> Self:
        """The row of that line; `grouped` are columns taken together. Trouble if it is wrong.

        An empty cell of a column that may be empty is none.
        """
        single = {
            name: line.cells[name]
            for name, field in cls.model_fields.items()
            if name in line.cells and (line.cells[name] or field.is_required())
        }
        try:
            return cls.model_validate({"place": line.place, **single, **grouped})
        except ValidationError as error:
            raise line.place.trouble(explain(error)) from error


class Agency(Row):
    """A body that enters proposals or sends jurors."""

    agency: AgencyId
    name: Title
    kind: Kind
    email: Email


class Proposal(Row):
    """What is entered."""

    proposal: ProposalId
    title: Title
    agency: AgencyId
    unit: str
    innovator: str
    started_on: date
    source: str
    sections: dict[SectionId, Text]
    labels: dict[LabelId, Token] = {}


class Rejection(Row):
    """A proposal that the secretariat does not admit, on this ground; it may have several."""

    proposal: ProposalId
    code: Literal["too_young", "incomplete", "same_title", "other"]
    text: Reason

    def ground(self) -> Ground:
        """As the applicant is told it."""
        return Ground(code=self.code, text=self.text)


class Seat(Row):
    """Who judges a stage, on which panel where it has several."""

    stage: StageId
    juror: JurorId
    office: Office
    agency: AgencyId
    email: Email
    panel: PanelId | None = None


class Recusal(Row):
    """A juror who steps aside for a proposal by the own word."""

    stage: StageId
    proposal: ProposalId
    juror: JurorId
    reason: Reason

    @property
    def duty(self) -> tuple[str, str, str]:
        """Who does not judge what."""
        return self.stage, self.proposal, self.juror


class Sheet(Row):
    """The marks of one juror for one proposal in one stage, or for one part of it."""

    stage: StageId
    proposal: ProposalId
    juror: JurorId
    part: PartId | None = None
    marks: dict[CriterionId, Decimal]

    @property
    def duty(self) -> tuple[str, str, str]:
        """Who judges what."""
        return self.stage, self.proposal, self.juror

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Whose marks these are, for what; the part is empty where the whole is marked."""
        return *self.duty, self.part or ""


class Amendment(Sheet):
    """A sheet that replaces one, with the reason."""

    reason: Reason


class Award(Row):
    """An award that is given by decision."""

    award: AwardId
    proposal: ProposalId
    by: Office
    reason: Reason


class Closing(Row):
    """The minuted decision to close the scoring of a stage without the quorum."""

    stage: StageId
    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason


class Decision(Row):
    """What a minuted decision says of one proposal of a stage.

    Rows of the same stage are one decision. `rank` is its decided place, where that is not the
    computed one. As soon as one row says `advanced`, whoever goes on are exactly those with `yes`.
    A decision that all stays as it is computed is one row without a proposal.
    """

    stage: StageId
    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason
    proposal: ProposalId | None = None
    rank: Annotated[int, Field(ge=1)] | None = None
    advanced: Literal["yes", "no"] | None = None
