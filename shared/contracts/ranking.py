"""What ranking says: standings, the cut, awards, the announcement."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.event import Event, Fact
from contracts.ids import AgencyId, AwardId, Digest, Office, ProposalId, Reason, StageId, Title
from contracts.rulebook import Words

Rank = Annotated[int, Field(ge=1)]
Position = Annotated[int, Field(ge=0)]


class RankingEvent(Event):
    """An event that only ranking says."""

    source: ClassVar = "ranking"


class Standing(Fact):
    """One row: a proposal's score and rank; both are absent while no sheet counts for it."""

    proposal: ProposalId
    score: Decimal | None
    rank: Rank | None
    sheets: Annotated[int, Field(ge=0)]


class StandingsChanged(RankingEvent):
    """Scores of a stage changed: the rows that did, as they stand at `position` of the log.

    Live and provisional: rows whose score is the same may have another rank now, and nobody
    advances before `stage.ranked`. Changes that arrive together are told together.
    """

    type: ClassVar = "standings.changed.v1"
    about: ClassVar = "stage"

    stage: StageId
    position: Position
    rows: tuple[Standing, ...]
    removed: tuple[ProposalId, ...] = ()


class StageRanked(RankingEvent):
    """The ranking of a stage is final, at `position`, with the digest of its canonical form."""

    type: ClassVar = "stage.ranked.v1"
    about: ClassVar = "stage"

    stage: StageId
    position: Position
    digest: Digest
    proposals: Annotated[int, Field(ge=0)]
    advanced: Annotated[int, Field(ge=0)]


class ResultEvent(RankingEvent):
    """What a stage came to for one proposal."""

    about: ClassVar = "proposal"

    stage: StageId
    proposal: ProposalId
    title: Title
    agency: AgencyId


class ProposalAdvanced(ResultEvent):
    """A proposal passed the cut of a stage; `next_stage` is absent after the last one."""

    type: ClassVar = "proposal.advanced.v1"

    rank: Rank
    score: Decimal
    next_stage: StageId | None = None


class ProposalEliminated(ResultEvent):
    """A proposal did not pass the cut of a stage; unranked when no sheet counted for it."""

    type: ClassVar = "proposal.eliminated.v1"

    rank: Rank | None
    score: Decimal | None


class ProposalAwarded(RankingEvent):
    """A proposal receives an award: by its rank, or by a minuted decision with its reason."""

    type: ClassVar = "proposal.awarded.v1"
    about: ClassVar = "proposal"

    proposal: ProposalId
    title: Title
    agency: AgencyId
    award: AwardId
    award_name: Words
    basis: Literal["rank", "decision"]
    rank: Rank | None = None
    reason: Reason | None = None
    by: Office | None = None


class ResultsAnnounced(RankingEvent):
    """The edition is over: its awards are public."""

    type: ClassVar = "results.announced.v1"
    about: ClassVar = "edition"

    awards: Annotated[int, Field(ge=0)]
    by: Office
