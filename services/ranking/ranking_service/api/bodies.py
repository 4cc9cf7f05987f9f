"""What is sent to ranking, and what it answers."""

from typing import Annotated

from contracts.event import Minute
from contracts.ids import AwardId, BandId, EditionId, ProposalId, StageId
from contracts.ranking import Rank
from contracts.rulebook import Words
from contracts.written import Office, Reason
from pydantic import BaseModel, ConfigDict, Field


class StageName(BaseModel):
    """A stage of an edition, whether its ranking is final, or waits for a decision.

    As everybody sees it: while it is `frozen`, the other two say how it was then.
    """

    stage: StageId
    name: Words
    final: bool
    waiting: bool
    frozen: bool


class Edition(BaseModel):
    """An edition and its stages, in order."""

    edition: EditionId
    name: Words
    stages: list[StageName]


class Band(BaseModel):
    """The band that a result is in."""

    band: BandId
    name: Words


class Displaced(BaseModel):
    """The limit that stood against a proposal whose rank alone would have gone on.

    `instead` went on for it, if anybody did; `margin` is the score less that one's.
    """

    limit: str
    says: str
    instead: ProposalId | None
    title: str | None
    margin: str | None


class Row(BaseModel):
    """A proposal in its place; the score is an exact decimal, or null while no sheet counts.

    `because` is the ground on which it goes on or does not. `computed_rank` stands beside the
    final one where a panel decided about the stage.
    """

    rank: int | None
    proposal: ProposalId
    title: str
    agency_name: str
    score: str | None
    sheets: int
    advanced: bool | None
    band: Band | None
    computed_rank: int | None
    because: str | None
    displaced: Displaced | None


class Waiting(BaseModel):
    """Why a closed stage waits for a decision: between whom, or for which limits in conflict."""

    why: str
    position: int
    proposals: list[ProposalId]
    limits: list[str]


class Decided(BaseModel):
    """A minuted decision: who took it, where it is written, and why."""

    by: str
    minute: str
    reason: str


class Amended(Decided):
    """When the rulebook was replaced, and the digests of the one before and the one after."""

    position: int
    before: str
    digest: str


class Frozen(BaseModel):
    """Since which position of the log everybody sees a stage as it was then.

    `revealed` are the proposals whose final places were shown since; the others have none.
    """

    position: int
    revealed: list[ProposalId]


class Standings(BaseModel):
    """The standings of a stage at a position of the log, and the digest of their canonical form.

    `amendments` are those of the edition's rulebook. `frozen` is there while the stage, or one
    before it, is frozen; it is null in the live standings.
    """

    edition: EditionId
    stage: StageId
    position: int
    digest: str
    final: bool
    waiting: Waiting | None
    decision: Decided | None
    amendments: list[Amended]
    frozen: Frozen | None
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


class DecisionOrder(Minute):
    """What a panel decided of a stage that waits for it: other ranks, and everyone who goes on.

    Without `advanced`, that follows from the ranks.
    """

    model_config = ConfigDict(extra="forbid")

    ranks: dict[ProposalId, Rank] = Field(default_factory=dict)
    advanced: list[ProposalId] | None = None

    def decision(self) -> Minute:
        """Who decided, where it is written, and why."""
        return Minute(by=self.by, minute=self.minute, reason=self.reason)


class AnnouncementOrder(BaseModel):
    """Which office announces the results."""

    model_config = ConfigDict(extra="forbid")

    by: Office


class FreezeOrder(BaseModel):
    """Which office freezes or unfreezes the public standings of a stage, and why."""

    model_config = ConfigDict(extra="forbid")

    by: Office
    reason: Reason


class RevealOrder(BaseModel):
    """Which office shows the next places from below, and how many of them."""

    model_config = ConfigDict(extra="forbid")

    by: Office
    count: Annotated[int, Field(ge=1, le=1000)] = 1
