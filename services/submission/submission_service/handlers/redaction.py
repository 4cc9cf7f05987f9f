"""Redaction: the text of a proposal is erased, on an office's word."""

from collections.abc import Iterable

from contracts.event import Event
from contracts.ids import EditionId, Office, ProposalId, Reason
from contracts.outcomes import NotFound
from contracts.submission import ProposalRedacted

from submission_service.store import SubmissionStore


def redact(
    store: SubmissionStore, edition: EditionId, proposal: ProposalId, by: Office, reason: Reason
) -> Iterable[Event]:
    """Erase what was written, in every revision and in the draft; nothing when it was erased."""
    if store.find_draft(edition, proposal) is None:
        raise NotFound("no_proposal", f"edition '{edition}' has no proposal '{proposal}'")
    if store.redaction(edition, proposal):
        return ()
    return (ProposalRedacted(edition=edition, proposal=proposal, by=by, reason=reason),)


def keep_redacted(event: ProposalRedacted, store: SubmissionStore) -> Iterable[Event]:
    """The text is gone; also from a store that was put back from before, and hears it again."""
    store.redact(event.edition, event.proposal, event.by)
    return ()
