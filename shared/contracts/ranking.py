"""What ranking says: standings, the cut, awards, the announcement."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.event import Event, Fact, Minute
from contracts.ids import (
    AgencyId,
    AwardId,
    BandId,
    Digest,
    Office,
    ProposalId,
    Reason,
    StageId,
    Title,
    Token,
)
from contracts.rulebook import Words

Rank = Annotated[int, Field(ge=1)]
Position = Annotated[int, Field(ge=0)]


class RankingEvent(Event):
    """An event that only ranking says.

    `held_by` are the stages whose public standings were frozen when it was said: the public sees it
    once none of them is frozen any more. Absent when everybody may see it at once.
    """

    source: ClassVar = "ranking"

    held_by: tuple[StageId, ...] = ()


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


class ReviewCalled(RankingEvent):
    """A rule asks for so many sheets in all for a proposal; 0 when it asks no more."""

    type: ClassVar = "review.called.v1"
    about: ClassVar = "proposal"

    stage: StageId
    proposal: ProposalId
    sheets: Annotated[int, Field(ge=0)]
    position: Position


class Move(Fact):
    """A proposal whose place is another one now."""

    proposal: ProposalId
    before: Rank | None
    after: Rank | None


class PlacesMoved(RankingEvent):
    """An amended rulebook moved these places of a stage that is not ranked yet."""

    type: ClassVar = "places.moved.v1"
    about: ClassVar = "stage"

    stage: StageId
    position: Position
    rulebook_digest: Digest
    decision: Minute
    moves: tuple[Move, ...]


class DecisionAsked(RankingEvent):
    """Scoring is closed and the numbers stand; the stage waits for a minuted decision.

    `why`: the rulebook has the panel decide (`panel`), or only between these equal proposals
    (`ties`), or may let more in (`wildcards`); or no choice of proposals meets these limits
    (`infeasible`).
    """

    type: ClassVar = "decision.asked.v1"
    about: ClassVar = "stage"

    stage: StageId
    position: Position
    digest: Digest
    why: Literal["panel", "ties", "wildcards", "infeasible"]
    proposals: tuple[ProposalId, ...] = ()
    limits: tuple[Token, ...] = ()


class DecidedRank(Fact):
    """The place that a decision gives to a proposal."""

    proposal: ProposalId
    rank: Rank


class StageDecided(RankingEvent):
    """What a panel decided of a stage: other places than the computed ones, or who goes on.

    The computed ranks stay in the standings beside it. `advanced` is everyone who goes on; absent
    when that follows from the places.
    """

    type: ClassVar = "stage.decided.v1"
    about: ClassVar = "stage"

    stage: StageId
    decision: Minute
    ranks: tuple[DecidedRank, ...] = ()
    advanced: tuple[ProposalId, ...] | None = None


class StageRanked(RankingEvent):
    """The ranking of a stage is final, at `position`, with the digest of its canonical form.

    `short_of_sheets` have fewer sheets than a rule asked for. `departures` is how many places or
    outcomes were decided otherwise than computed.
    """

    type: ClassVar = "stage.ranked.v1"
    about: ClassVar = "stage"

    stage: StageId
    position: Position
    digest: Digest
    proposals: Annotated[int, Field(ge=0)]
    advanced: Annotated[int, Field(ge=0)]
    short_of_sheets: tuple[ProposalId, ...] = ()
    departures: Annotated[int, Field(ge=0)] = 0


Grounds = Literal["rank", "limit", "wildcard", "decision"]
"""Why a proposal goes on, or does not: its rank, a limit of the cut, or a minuted decision."""


class Displaced(Fact):
    """Whose rank alone would have gone on: which limit stood against it, and who went instead.

    `margin` is the score less the other's; positive where the other has less.
    """

    limit: Token
    instead: ProposalId | None
    margin: Decimal | None


class ResultEvent(RankingEvent):
    """What a stage came to for one proposal.

    `computed_rank` is there when the rank was decided otherwise; `because` when it is not the rank
    alone that let the proposal on, or kept it out.
    """

    about: ClassVar = "proposal"

    stage: StageId
    proposal: ProposalId
    title: Title
    agency: AgencyId
    band: BandId | None = None
    computed_rank: Rank | None = None
    because: Grounds = "rank"


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
    displaced: Displaced | None = None


class ProposalAwarded(RankingEvent):
    """A proposal receives an award: by rank or band, or by a minuted decision with its reason."""

    type: ClassVar = "proposal.awarded.v1"
    about: ClassVar = "proposal"

    proposal: ProposalId
    title: Title
    agency: AgencyId
    award: AwardId
    award_name: Words
    basis: Literal["rank", "band", "decision"]
    rank: Rank | None = None
    reason: Reason | None = None
    by: Office | None = None


class ResultsAnnounced(RankingEvent):
    """The edition is over: its awards are public."""

    type: ClassVar = "results.announced.v1"
    about: ClassVar = "edition"

    awards: Annotated[int, Field(ge=0)]
    by: Office
