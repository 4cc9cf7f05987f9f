"""What is sent to ranking, and what it answers."""

from contracts.ids import AwardId, EditionId, Office, ProposalId, Reason, StageId
from contracts.rulebook import Words
from pydantic import BaseModel, ConfigDict


class StageName(BaseModel):
    """A stage of an edition, and whether its ranking is final."""

    stage: StageId
    name: Words
    final: bool


class Edition(BaseModel):
    """An edition and its stages, in order."""

    edition: EditionId
    name: Words
    stages: list[StageName]


class Row(BaseModel):
    """A proposal in its place; the score is an exact decimal, or null while no sheet counts."""

    rank: int | None
    proposal: ProposalId
    title: str
    agency_name: str
    score: str | None
    sheets: int
    advanced: bool | None


class Standings(BaseModel):
    """The standings of a stage at a position of the log, and the digest of their canonical form."""

    edition: EditionId
    stage: StageId
    position: int
    digest: str
    final: bool
    rows: list[Row]


class Award(BaseModel):
    """An award that a proposal received: by its rank, or by an office's decision."""

    award: AwardId
    name: Words
    proposal: ProposalId
    title: str
    agency_name: str
    basis: str
    rank: int | None
    reason: str | None
    by: str | None


class Results(BaseModel):
    """The awards of an edition, and whether they are public."""

    edition: EditionId
    announced: bool
    awards: list[Award]


class AwardOrder(BaseModel):
    """A panel's minuted decision to give an award."""

    model_config = ConfigDict(extra="forbid")

    award: AwardId
    proposal: ProposalId
    by: Office
    reason: Reason


class AnnouncementOrder(BaseModel):
    """Which office announces the results."""

    model_config = ConfigDict(extra="forbid")

    by: Office
