"""Proposals: drafts, handing in, taking back."""

from collections.abc import Iterable

from contracts.event import Event
from contracts.ids import EditionId, ProposalId, Reason
from contracts.outcomes import NotFound, Refused
from contracts.submission import (
    ProposalContent,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
)

from submission_service.rules.intake import (
    check_complete_enough,
    check_labels_known,
    check_lengths,
    check_may_save,
    check_may_submit,
    check_sections_known,
)
from submission_service.rules.proposals import Content, Entry, goes_on
from submission_service.store import SubmissionStore


def save_draft(
    store: SubmissionStore, edition: EditionId, proposal: ProposalId, content: Content
) -> Iterable[Event]:
    """Keep a draft in place of the earlier one; what was handed in before stays as it is.

    Refused `intake_not_open` before the opening and after closes_at, `unknown_section`,
    `unknown_label`, `withdrawn` and `redacted`.
    """
    opened = store.edition(edition)
    if store.find_draft(edition, proposal) == content:
        return ()
    check_may_save(opened.state, opened.rulebook.intake, store.now)
    _check_not_withdrawn(store.find_entry(edition, proposal))
    _check_not_redacted(store, edition, proposal)
    check_sections_known(content, opened.rulebook)
    check_labels_known(content, opened.rulebook)
    store.put_draft(edition, proposal, content)
    return ()


def hand_in(store: SubmissionStore, edition: EditionId, proposal: ProposalId) -> Iterable[Event]:
    """Submit the draft, or revise what was submitted; nothing when it is the same.

    Refused `intake_not_open`, `withdrawn`, `redacted`, `entry_incomplete`, `unknown_agency` and
    `too_many_words`.
    """
    draft, entry = _draft(store, edition, proposal), store.find_entry(edition, proposal)
    _check_not_withdrawn(entry)
    _check_not_redacted(store, edition, proposal)
    if entry is not None and entry.content_digest == draft.digest():
        return ()
    opened = store.edition(edition)
    check_may_submit(opened.state, opened.rulebook.intake, store.now)
    check_complete_enough(draft, opened.rulebook)
    agency_name = _agency_name(store, edition, draft)
    check_lengths(draft, opened.rulebook)
    revision = entry.revision + 1 if entry else 1
    store.put_revision(edition, proposal, revision, draft)
    return (_handed_in(edition, proposal, revision, draft, agency_name),)


def keep_content(event: ProposalContent, store: SubmissionStore) -> Iterable[Event]:
    """The proposal is in the competition, with this content."""
    store.put_entry(event)
    return ()


def withdraw(
    store: SubmissionStore, edition: EditionId, proposal: ProposalId, reason: Reason
) -> Iterable[Event]:
    """Take a proposal back for good, until the edition has a result for it.

    Refused `not_submitted` and `results_known`; nothing when it was withdrawn before.
    """
    _draft(store, edition, proposal)
    entry = store.find_entry(edition, proposal)
    state = entry.state if entry else "draft"
    if not goes_on(state, "withdrawn", "not_submitted", "submitted", "admitted"):
        return ()
    if store.find_result(edition, proposal) or store.is_held(edition, proposal):
        text = "the proposal has a result: it cannot be withdrawn any more"
        raise Refused("results_known", text)
    return (ProposalWithdrawn(edition=edition, proposal=proposal, reason=reason),)


def keep_withdrawn(event: ProposalWithdrawn, store: SubmissionStore) -> Iterable[Event]:
    """The agency took the proposal back."""
    store.set_state(event.edition, event.proposal, "withdrawn")
    return ()


def _draft(store: SubmissionStore, edition: EditionId, proposal: ProposalId) -> Content:
    draft = store.find_draft(edition, proposal)
    if draft is None:
        text = f"edition '{edition}' has no proposal '{proposal}': save its draft first"
        raise NotFound("no_proposal", text)
    return draft


def _check_not_withdrawn(entry: Entry | None) -> None:
    if entry is not None and entry.state == "withdrawn":
        text = f"'{entry.proposal}' was withdrawn: enter it again under another id"
        raise Refused("withdrawn", text)


def _check_not_redacted(store: SubmissionStore, edition: EditionId, proposal: ProposalId) -> None:
    if store.redaction(edition, proposal):
        text = f"the text of '{proposal}' was erased: enter it again under another id"
        raise Refused("redacted", text)


def _agency_name(store: SubmissionStore, edition: EditionId, draft: Content) -> str:
    name = store.agency_name(edition, draft.agency) if draft.agency else None
    if name is None:
        text = f"edition '{edition}' has no agency '{draft.agency}': register it first"
        raise Refused("unknown_agency", text)
    return name


def _handed_in(
    edition: EditionId, proposal: ProposalId, revision: int, draft: Content, agency_name: str
) -> ProposalContent:
    kind = ProposalSubmitted if revision == 1 else ProposalRevised
    facts = {
        "edition": edition,
        "proposal": proposal,
        "revision": revision,
        "agency_name": agency_name,
        "content_digest": draft.digest(),
    }
    return kind.model_validate(draft.model_dump(exclude={"sections", *draft.unlabelled()}) | facts)
