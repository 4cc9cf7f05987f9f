"""Admission: what the secretariat decides about what was handed in."""

from collections.abc import Iterable, Sequence

from contracts.event import Event
from contracts.ids import EditionId, Office, ProposalId, Reason
from contracts.outcomes import NotFound, Refused
from contracts.submission import (
    Ground,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalRejected,
)

from submission_service.rules.admission import (
    check_no_grounds,
    find_grounds,
    grounds_of_rejection,
)
from submission_service.rules.proposals import Entry, goes_on
from submission_service.store import SubmissionStore


def grounds_of(
    store: SubmissionStore, edition: EditionId, proposal: ProposalId
) -> tuple[Ground, ...]:
    """The grounds on which a proposal was rejected, else those that the rules find now."""
    entry = _entry(store, edition, proposal)
    return entry.grounds or _found(store, edition, entry)


def admit(
    store: SubmissionStore, edition: EditionId, proposal: ProposalId, by: Office
) -> Iterable[Event]:
    """Let the proposal be judged; nothing when it was admitted before.

    Refused `intake_not_closed`, `not_submitted`, and `grounds_found` with the grounds.
    """
    entry = _entry(store, edition, proposal)
    if not goes_on(entry.state, "admitted", "not_submitted", "submitted"):
        return ()
    _check_intake_closed(store, edition)
    check_no_grounds(_found(store, edition, entry))
    return (
        ProposalAdmitted(
            edition=edition,
            proposal=proposal,
            title=entry.title,
            agency=entry.agency,
            agency_name=entry.agency_name,
            unit=entry.unit,
            innovator=entry.innovator,
            by=by,
            **({"labels": entry.labels} if entry.labels else {}),
        ),
    )


def keep_admitted(event: ProposalAdmitted, store: SubmissionStore) -> Iterable[Event]:
    """The proposal is judged."""
    store.set_state(event.edition, event.proposal, "admitted")
    return ()


def reject(
    store: SubmissionStore,
    edition: EditionId,
    proposal: ProposalId,
    by: Office,
    given: Sequence[Ground],
) -> Iterable[Event]:
    """Do not admit the proposal, on the given grounds, else on those that the rules find.

    Refused `intake_not_closed`, `not_submitted` and `no_grounds`.
    """
    entry = _entry(store, edition, proposal)
    if not goes_on(entry.state, "rejected", "not_submitted", "submitted"):
        return ()
    _check_intake_closed(store, edition)
    grounds = grounds_of_rejection(given, _found(store, edition, entry))
    return (ProposalRejected(edition=edition, proposal=proposal, grounds=grounds, by=by),)


def keep_rejected(event: ProposalRejected, store: SubmissionStore) -> Iterable[Event]:
    """The proposal is not judged, on these grounds."""
    store.set_state(event.edition, event.proposal, "rejected", event.grounds)
    return ()


def disqualify(
    store: SubmissionStore, edition: EditionId, proposal: ProposalId, by: Office, reason: Reason
) -> Iterable[Event]:
    """Take an admitted proposal out of the competition; refused `not_admitted`."""
    entry = _entry(store, edition, proposal)
    if not goes_on(entry.state, "disqualified", "not_admitted", "admitted"):
        return ()
    return (ProposalDisqualified(edition=edition, proposal=proposal, reason=reason, by=by),)


def keep_disqualified(event: ProposalDisqualified, store: SubmissionStore) -> Iterable[Event]:
    """The proposal is out of the competition."""
    store.set_state(event.edition, event.proposal, "disqualified")
    return ()


def _entry(store: SubmissionStore, edition: EditionId, proposal: ProposalId) -> Entry:
    entry = store.find_entry(edition, proposal)
    if entry is not None:
        return entry
    if store.find_draft(edition, proposal) is None:
        raise NotFound("no_proposal", f"edition '{edition}' has no proposal '{proposal}'")
    raise Refused("not_submitted", f"'{proposal}' is a draft: its agency has not handed it in")


def _found(store: SubmissionStore, edition: EditionId, entry: Entry) -> tuple[Ground, ...]:
    content = store.find_revision(edition, entry.proposal, entry.revision)
    rulebook = store.edition(edition).rulebook
    return find_grounds(entry, content, rulebook, store.twins(edition, entry))


def _check_intake_closed(store: SubmissionStore, edition: EditionId) -> None:
    if store.edition(edition).state != "closed":
        raise Refused("intake_not_closed", f"the intake of '{edition}' is open: close it first")
