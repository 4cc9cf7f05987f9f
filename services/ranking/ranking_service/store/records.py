"""What the store gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from contracts.ids import AgencyId, AwardId, BandId, Digest, ProposalId, StageId
from contracts.ranking import DecisionAsked, Displaced
from contracts.stage import Stage

from ranking_service.engine.exact import Fraction
from ranking_service.places import Place, Scored

NOTHING = Fraction(0)


class Tally(NamedTuple):
    """What a proposal's sheets come to: the score, how many count, and what else is asked for.

    `numbers` are those steps that ties or later stages ask for, and no other.
    """

    score: Decimal | None
    sheets: int
    numbers: Mapping[str, Fraction] = {}

    def scored(self, stage: Stage) -> Scored:
        """The score with what breaks a tie on it; what is absent breaks none."""
        if not stage.tie_breaks:
            return Scored(self.score)
        found = (self.numbers.get(each, NOTHING) for each in stage.tie_breaks)
        return Scored(self.score, tuple(found))


class Proposal(NamedTuple):
    """A proposal that was admitted; `gone` when it was withdrawn or disqualified since."""

    proposal: ProposalId
    title: str
    agency: AgencyId
    agency_name: str
    gone: bool


@dataclass(frozen=True)
class Entrant:
    """A proposal in a stage; what follows `numbers` is there once the stage is ranked.

    `asked` is how many sheets a rule asked for. `computed_rank` is there too where something was
    decided, beside the rank that follows from the decision.
    """

    proposal: ProposalId
    title: str
    agency: AgencyId
    agency_name: str
    score: Decimal | None
    sheets: int
    asked: int
    labels: Mapping[str, str]
    numbers: Mapping[str, Fraction]
    rank: int | None = None
    computed_rank: int | None = None
    advanced: bool | None = None
    band: BandId | None = None
    because: str | None = None
    displaced: Displaced | None = None

    def place(self) -> Place:
        """Its place as it is kept: the final one."""
        return Place(self.proposal, self.rank, self.score, self.advanced)


class FinalRank(NamedTuple):
    """A proposal's rank once the stage is ranked, and where something was decided the computed."""

    proposal: ProposalId
    rank: int | None
    computed: int | None = None


@dataclass(frozen=True)
class Ranking:
    """The final ranking of a stage: where on the log it was made, and its digest.

    `rulebook` is there once an amendment has replaced the one that the stage was ranked by.
    """

    position: int
    digest: Digest
    rulebook: str | None = None


@dataclass(frozen=True)
class GivenAward:
    """An award that a proposal received, by its rank or by a decision.

    The public sees it once none of the stages `held_by` is frozen any more.
    """

    award: AwardId
    proposal: ProposalId
    basis: str
    rank: int | None
    reason: str | None
    by: str | None
    held_by: tuple[StageId, ...] = ()


class ShownRow(NamedTuple):
    """A proposal in a stage, as the public sees it."""

    proposal: ProposalId
    rank: int | None
    score: Decimal | None
    sheets: int
    band: BandId | None


@dataclass(frozen=True)
class Frozen:
    """What the public saw of a stage at `position`; `revealed` are the places shown to it since.

    `asked` is the question that waited for a panel then.
    """

    position: int
    rulebook_digest: Digest
    rows: tuple[ShownRow, ...]
    asked: DecisionAsked | None
    revealed: frozenset[ProposalId] = frozenset()
