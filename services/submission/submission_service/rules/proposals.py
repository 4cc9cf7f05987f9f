"""A proposal: what the applicant writes, what became of it, and which step may follow."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Literal

from contracts.ids import (
    PRINTABLE,
    AgencyId,
    AwardId,
    BandId,
    LabelId,
    Office,
    ProposalId,
    Reason,
    SectionId,
    StageId,
    Token,
)
from contracts.outcomes import Refused
from contracts.ranking import Grounds
from contracts.rulebook import Words
from contracts.submission import Ground, Labels
from pydantic import BaseModel, ConfigDict, StringConstraints
from rfc8785 import dumps as canonical_json

Line = Annotated[
    str, StringConstraints(max_length=300, strip_whitespace=True, pattern=r"^[^\x00-\x1f]*$")
]
SectionText = Annotated[str, StringConstraints(max_length=1_000_000, pattern=PRINTABLE)]
State = Literal["draft", "submitted", "withdrawn", "rejected", "admitted", "disqualified"]


class Content(BaseModel):
    """What an applicant writes. All of it may be missing as long as it is a draft."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line = ""
    agency: AgencyId | None = None
    unit: Line = ""
    innovator: Line = ""
    started_on: date | None = None
    sections: dict[SectionId, SectionText] = {}
    labels: dict[LabelId, Token] = {}

    def digest(self) -> str:
        """`sha256:` of the canonical JSON (RFC 8785) of all that is written here.

        Without labels it is the digest of the rest: what was handed in before there were any
        keeps its digest.
        """
        written = self.model_dump(mode="json", exclude=self.unlabelled())
        return f"sha256:{sha256(canonical_json(written)).hexdigest()}"

    def unlabelled(self) -> set[str]:
        """The field `labels` when there is none: it is left out of what is said and digested."""
        return set() if self.labels else {"labels"}


@dataclass(frozen=True)
class Entry:
    """A proposal that was handed in: its last revision, and what became of it."""

    proposal: ProposalId
    state: State
    revision: int
    title: str
    agency: AgencyId
    agency_name: str
    unit: str
    innovator: str
    started_on: date
    content_digest: str
    labels: Labels
    grounds: tuple[Ground, ...]


class Result(BaseModel):
    """What the last stage came to for a proposal."""

    stage: StageId
    outcome: Literal["advanced", "eliminated"]
    rank: int | None
    score: Decimal | None
    next_stage: StageId | None
    band: BandId | None = None
    computed_rank: int | None = None
    because: Grounds = "rank"


class AwardGiven(BaseModel):
    """An award that a proposal received."""

    award: AwardId
    name: Words
    basis: Literal["rank", "band", "decision"]
    rank: int | None
    reason: Reason | None
    by: Office | None = None


def title_key(title: str) -> str:
    """What two titles share when they are the same but for case and white space."""
    return " ".join(title.casefold().split())


def count_words(text: str) -> int:
    """How many words stand in `text`: what white space parts."""
    return len(text.split())


def goes_on(state: State, to: State, code: str, *allowed: State) -> bool:
    """Whether a proposal goes from `state` to `to`: False when it is there already.

    Refused with `code` when it is in no state that allows it.
    """
    if state == to:
        return False
    if state not in allowed:
        needed = " or ".join(allowed)
        raise Refused(code, f"the proposal is {state}: only one that is {needed} can become {to}")
    return True
