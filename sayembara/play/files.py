"""What the files of an edition folder hold: one class per kind of row, and `play.toml`."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from contracts.ids import (
    AgencyId,
    AwardId,
    CriterionId,
    JurorId,
    Office,
    ProposalId,
    Reason,
    SectionId,
    StageId,
    Title,
)
from contracts.rulebook import Words
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sayembara.play.tables import Line, Place

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Text = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """A part of `play.toml`; a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
        """The row of that line; `grouped` are columns taken together. Trouble if it is wrong."""
        single = {name: line.cells[name] for name in cls.model_fields if name in line.cells}
        try:
            return cls.model_validate({"place": line.place, **single, **grouped})
        except ValidationError as error:
            raise line.place.trouble(explain(error)) from error


def explain(error: ValidationError) -> str:
    """The first mistake, as `where: what`."""
    first = error.errors()[0]
    where = " ".join(str(step) for step in first["loc"])
    if not first["input"]:
        return f"{where}: is empty: fill it in"
    if first["type"] == "missing":
        return f"{where}: is missing: write it"
    if first["type"] == "extra_forbidden":
        return f"{where}: does not belong here: take it out, or correct its spelling"
    return f"{where}: {str(first['input'])!r} does not fit: {first['msg'].removeprefix('Input ')}"


class Agency(Row):
    """A body that enters proposals or sends jurors."""

    agency: AgencyId
    name: Title
    kind: Literal["dinas", "badan", "bagian", "kecamatan", "bumd", "perangkat-daerah"]
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


class Seat(Row):
    """Who judges a stage."""

    stage: StageId
    juror: JurorId
    office: Office
    agency: AgencyId
    email: Email


class Sheet(Row):
    """The marks of one juror for one proposal in one stage."""

    stage: StageId
    proposal: ProposalId
    juror: JurorId
    marks: dict[CriterionId, Decimal]

    @property
    def key(self) -> tuple[str, str, str]:
        """Whose marks these are, for what."""
        return self.stage, self.proposal, self.juror


class Amendment(Sheet):
    """A sheet that replaces one, with the reason."""

    reason: Reason


class Award(Row):
    """An award that is given by decision."""

    award: AwardId
    proposal: ProposalId
    by: Office
    reason: Reason
