"""What the store gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from contracts.ids import AgencyId, AwardId, Digest, ProposalId
from contracts.stage import Stage

from ranking_service.engine.exact import Fraction
from ranking_service.places import Place, Scored


class Tally(NamedTuple):
    """What a proposal's sheets come to: the score, how many count, and what else is asked for.

    `numbers` are those steps that ties or later stages ask for, and no other.
    """

    score: Decimal | None
    sheets: int
    numbers: Mapping[str, Fraction] = {}

    def scored(self, stage: Stage) -> Scored:
        """The score with what breaks a tie on it; what is absent breaks none."""
        nothing = Fraction(0)
        return Scored(
            self.score, tuple(self.numbers.get(each, nothing) for each in stage.tie_breaks)
        )


@dataclass(frozen=True)
class Proposal:
    """A proposal that was admitted; `gone` when it was withdrawn or disqualified since."""

    proposal: ProposalId
    title: str
    agency: AgencyId
    agency_name: str
    gone: bool


@dataclass(frozen=True)
class Entrant:
    """A proposal in a stage; `rank` and `advanced` are there once the stage is ranked."""

    proposal: ProposalId
    title: str
    agency: AgencyId
    agency_name: str
    score: Decimal | None
    sheets: int
    rank: int | None
    advanced: bool | None

    def place(self) -> Place:
        """Its place as it is kept: the final one."""
        return Place(self.proposal, self.rank, self.score, self.advanced)


@dataclass(frozen=True)
class Ranking:
    """The final ranking of a stage: where on the log it was made, and its digest."""

    position: int
    digest: Digest


@dataclass(frozen=True)
class GivenAward:
    """An award that a proposal received, by its rank or by a decision."""

    award: AwardId
    proposal: ProposalId
    basis: str
    rank: int | None
    reason: str | None
    by: str | None
