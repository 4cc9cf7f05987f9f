"""What submission says: editions, proposals, admission."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, PlainSerializer

from contracts.event import Event, Fact, Minute
from contracts.ids import (
    AgencyId,
    Digest,
    LabelId,
    Note,
    Office,
    ProposalId,
    Reason,
    Title,
    Token,
)
from contracts.rulebook import Rulebook

Published = Annotated[Rulebook, PlainSerializer(Rulebook.published)]
"""A rulebook in the form that its digest is of: the keys that say the default are left out."""

Labels = Mapping[LabelId, Token]
"""What kind a proposal is of: a value for each label of the rulebook."""


class SubmissionEvent(Event):
    """An event that only submission says."""

    source: ClassVar = "submission"


class EditionOpened(SubmissionEvent):
    """An edition takes proposals; its rulebook is fixed from here on."""

    type: ClassVar = "edition.opened.v1"
    about: ClassVar = "edition"

    rulebook: Published
    rulebook_digest: Digest
    opened_at: AwareDatetime


class RulebookAmended(SubmissionEvent):
    """The rulebook of an open edition was replaced, by a minuted decision.

    `before` is the digest of the one that it replaces.
    """

    type: ClassVar = "rulebook.amended.v1"
    about: ClassVar = "edition"

    rulebook: Published
    rulebook_digest: Digest
    before: Digest
    decision: Minute


class ProposalEvent(SubmissionEvent):
    """An event about one proposal."""

    about: ClassVar = "proposal"

    proposal: ProposalId


class ProposalContent(ProposalEvent):
    """What a proposal is at a revision. The text stays with submission; its digest is here."""

    revision: Annotated[int, Field(ge=1)]
    title: Title
    agency: AgencyId
    agency_name: Title
    unit: Note = ""
    innovator: Note = ""
    started_on: date
    content_digest: Digest
    labels: Labels = Field(default_factory=dict)


class ProposalSubmitted(ProposalContent):
    """An agency handed in a proposal."""

    type: ClassVar = "proposal.submitted.v1"


class ProposalRevised(ProposalContent):
    """An agency replaced its proposal before the deadline."""

    type: ClassVar = "proposal.revised.v1"


class ProposalWithdrawn(ProposalEvent):
    """An agency took its proposal back."""

    type: ClassVar = "proposal.withdrawn.v1"

    reason: Reason


class IntakeClosed(SubmissionEvent):
    """The edition takes no more proposals."""

    type: ClassVar = "intake.closed.v1"
    about: ClassVar = "edition"

    submitted: Annotated[int, Field(ge=0)]
    by: Office


class ProposalAdmitted(ProposalEvent):
    """The secretariat found the proposal in order: it is judged."""

    type: ClassVar = "proposal.admitted.v1"

    title: Title
    agency: AgencyId
    agency_name: Title
    unit: Note = ""
    innovator: Note = ""
    by: Office
    labels: Labels = Field(default_factory=dict)


class Ground(Fact):
    """One reason why a proposal is not admitted, in words for the applicant."""

    code: Literal["too_young", "incomplete", "same_title", "other"]
    text: Reason


class ProposalRejected(ProposalEvent):
    """The secretariat did not admit the proposal, on these grounds."""

    type: ClassVar = "proposal.rejected.v1"

    grounds: Annotated[tuple[Ground, ...], Field(min_length=1)]
    by: Office


class ProposalDisqualified(ProposalEvent):
    """An admitted proposal was taken out of the competition."""

    type: ClassVar = "proposal.disqualified.v1"

    reason: Reason
    by: Office


class ProposalRedacted(ProposalEvent):
    """The text of a proposal is erased for good, on an office's word: revisions and draft.

    What the log says of the proposal stays, and so does the digest of what was handed in.
    """

    type: ClassVar = "proposal.redacted.v1"

    reason: Reason
    by: Office
