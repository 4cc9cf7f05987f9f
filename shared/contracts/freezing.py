"""What ranking says of who may see its standings: frozen, revealed place by place, unfrozen."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.event import Event
from contracts.ids import AgencyId, Office, ProposalId, Reason, StageId, Title
from contracts.ranking import Position, Rank, RankingEvent


class FreezeEvent(RankingEvent):
    """What becomes of the public standings of a stage; jury and secretariat see the live ones.

    While a stage is frozen, nothing that tells of it or of a later stage is shown to the public.
    """

    about: ClassVar = "stage"

    stage: StageId


class StandingsFrozen(FreezeEvent):
    """The public sees the standings as they were at `position`; by an office, or by the rulebook.

    `by` and `reason` are absent when the moment that the rulebook names has come.
    """

    type: ClassVar = "standings.frozen.v1"

    position: Position
    by: Office | None = None
    reason: Reason | None = None


class PlaceRevealed(FreezeEvent):
    """A place of a frozen stage was shown to the public: one step of the ceremony.

    `remaining` places are still to come, this one not among them.
    """

    type: ClassVar = "place.revealed.v1"
    about: ClassVar = "proposal"

    proposal: ProposalId
    title: Title
    agency: AgencyId
    rank: Rank | None
    score: Decimal | None
    remaining: Annotated[int, Field(ge=0)]
    by: Office


class StandingsUnfrozen(FreezeEvent):
    """The public standings of a stage are the live ones again; what was held back follows."""

    type: ClassVar = "standings.unfrozen.v1"

    position: Position
    by: Office
    reason: Reason


def holding(
    event: RankingEvent, stages: Sequence[StageId], frozen: Collection[StageId]
) -> tuple[StageId, ...]:
    """Which of the frozen stages hold this event back, in the order of the rulebook's `stages`.

    What becomes of the freezing is always shown.
    """
    if isinstance(event, FreezeEvent):
        return ()
    return hiding(getattr(event, "stage", None), stages, frozen)


def hiding(
    stage: StageId | None, stages: Sequence[StageId], frozen: Collection[StageId]
) -> tuple[StageId, ...]:
    """Which of the frozen stages hide what there is of this stage, in the rulebook's order.

    Its own and those before it, because who is in a stage tells who came through them; all of them
    where something is about the edition as a whole.
    """
    named = stages[: stages.index(stage) + 1] if stage in stages else stages
    return tuple(each for each in named if each in frozen)


def held_by(event: Event) -> tuple[StageId, ...]:
    """The stages that hold the event back: it is shown once none of them is frozen any more."""
    if isinstance(event, FreezeEvent) or not isinstance(event, RankingEvent):
        return ()
    return event.held_by
