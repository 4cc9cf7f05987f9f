"""What each event makes people be told, and what became of each try to tell them.

A reaction only queues a notice, with its text as it is now; `deliver` sends it later. A notice has
the same id whenever the same event is heard, so it is queued once.
"""

from collections.abc import Iterable
from typing import Any

from contracts.evaluation import JurorSeated, ScoringClosed
from contracts.event import Event
from contracts.ids import EditionId, JurorId, Office, Reason, Token
from contracts.notification import ContactForgotten, NoticeDelivered, NoticeFailed
from contracts.operations import MessageParked
from contracts.outcomes import NotFound
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalContent,
    ProposalDisqualified,
    ProposalRejected,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
)
from sqlalchemy import Row

from notification_service import rules
from notification_service.rules import Kind, Role
from notification_service.store import NotificationStore
from notification_service.telling import THE_SECRETARIAT, proposal_of, queue, tell_applicant


def learn_names(event: EditionOpened, store: NotificationStore) -> None:
    """Notices call the edition and its stages by these names."""
    store.keep_names(event.rulebook)


def tell_received(event: ProposalSubmitted, store: NotificationStore) -> None:
    """The applicant has a receipt."""
    _tell_of_content("received", event, store)


def tell_revised(event: ProposalRevised, store: NotificationStore) -> None:
    """The applicant has a receipt of the revision."""
    _tell_of_content("revised", event, store)


def _tell_of_content(kind: Kind, event: ProposalContent, store: NotificationStore) -> None:
    store.keep_proposal(event)
    said = event.model_dump(include={"revision", "title", "agency_name", "content_digest"})
    tell_applicant(kind, event, store, event.revision, **said)


def tell_withdrawn(event: ProposalWithdrawn, store: NotificationStore) -> None:
    """The applicant learns that the withdrawal is recorded."""
    revision = proposal_of(event.edition, event.proposal, store).revision
    tell_applicant("withdrawn", event, store, revision, reason=event.reason)


def tell_admitted(event: ProposalAdmitted, store: NotificationStore) -> None:
    """The applicant learns that the proposal will be judged."""
    tell_applicant("admitted", event, store)


def tell_rejected(event: ProposalRejected, store: NotificationStore) -> None:
    """The applicant learns every ground."""
    grounds = [ground.text for ground in event.grounds]
    tell_applicant("rejected", event, store, grounds=grounds, by=event.by)


def tell_disqualified(event: ProposalDisqualified, store: NotificationStore) -> None:
    """The applicant learns who took the proposal out, and why."""
    tell_applicant("disqualified", event, store, reason=event.reason, by=event.by)


def tell_seated(event: JurorSeated, store: NotificationStore) -> None:
    """The juror learns of the seat."""
    store.keep_seat(event)
    stage = store.name_of(event.edition, event.stage)
    facts = (event.stage, event.office)
    said = {"stage": stage, "office": event.office}
    queue(store, "seated", event.edition, ("juror", event.juror), facts=facts, said=said)


def tell_scoring_closed(event: ScoringClosed, store: NotificationStore) -> None:
    """Every juror of the stage learns that no sheet is taken any more."""
    for juror, office in store.panel(event.edition, event.stage):
        _tell_closed(event, store, juror, office)


def _tell_closed(
    event: ScoringClosed, store: NotificationStore, juror: JurorId, office: str
) -> None:
    stage = store.name_of(event.edition, event.stage)
    said = {"stage": stage, "office": office, "by": event.by}
    facts = (event.stage,)
    queue(store, "scoring-closed", event.edition, ("juror", juror), facts=facts, said=said)


def tell_parked(event: MessageParked, store: NotificationStore) -> None:
    """The secretariat learns, once, that a service waits for it."""
    facts = (event.service, event.position)
    said = event.model_dump(include={"service", "position", "event_type", "outcome", "reason"})
    queue(store, "parked", event.edition, THE_SECRETARIAT, facts=facts, said=said)


def put_contact(
    store: NotificationStore,
    edition: EditionId,
    party: Token,
    role: Role,
    *,
    key: str,
    sealed: bytes,
) -> None:
    """Keep where a party is reached; what failed to reach it is tried again from the start."""
    store.keep_contact(edition, party, role, key=key, sealed=sealed)
    store.queue_failed_again(edition, party, role)


def forget(
    store: NotificationStore, edition: EditionId, party: Token, by: Office, reason: Reason
) -> Iterable[Event]:
    """Erase where a party is reached, as whatever it has a contact; nothing when it was erased."""
    keys = store.keys_of(edition, party)
    if not keys and not store.was_forgotten(edition, party):
        raise NotFound("no_such_contact", f"there is no contact of '{party}' in '{edition}'")
    whose = {"edition": edition, "party": party, "by": by, "reason": reason}
    return [ContactForgotten(**whose, role=role, key=key) for role, key in keys.items()]


def keep_forgotten(event: ContactForgotten, store: NotificationStore) -> Iterable[Event]:
    """The contact is gone; what was to be sent there is given up.

    Nothing when another contact was put since: the event is about the one of its key.
    """
    whose = (event.edition, event.party, event.role)
    if not store.erase_contact(*whose, key=event.key):
        return ()
    reason = f"{rules.ERASED} was forgotten"
    return [
        NoticeFailed(**_identity(row), tries=row.tries, reason=reason)
        for row in store.not_sent(*whose)
    ]


def keep_sent(store: NotificationStore, notice: str) -> None:
    """A try succeeded: the notice is not sent again, and still to be recorded."""
    store.keep_sent(notice)


def record_delivered(store: NotificationStore, notice: str) -> Iterable[Event]:
    """A try succeeded; recorded once, however often the mail went out."""
    row = _found(store, notice)
    if row.state == "delivered":
        return ()
    return (NoticeDelivered(**_identity(row), tries=row.tries + 1),)


def record_failed(
    store: NotificationStore, notice: str, reason: str, tries_max: int, *, for_good: bool
) -> Iterable[Event]:
    """A try failed: the notice waits for its next one, or is given up and NoticeFailed is said."""
    row = _found(store, notice)
    if row.state != "queued":
        return ()
    tries = row.tries + 1
    if rules.gives_up(tries, tries_max, for_good=for_good):
        return (NoticeFailed(**_identity(row), tries=tries, reason=reason),)
    due = rules.next_try_at(tries, store.now)
    store.change(notice, tries=tries, next_try_at=due, reason=reason)
    return ()


def keep_delivered(event: NoticeDelivered, store: NotificationStore) -> None:
    """The notice has gone out."""
    store.forget_sent(event.notice)
    store.change(event.notice, state="delivered", tries=event.tries, next_try_at=None, reason=None)


def keep_failed(event: NoticeFailed, store: NotificationStore) -> None:
    """The notice waits until somebody puts the contact again."""
    store.change(
        event.notice, state="failed", tries=event.tries, next_try_at=None, reason=event.reason
    )


def _found(store: NotificationStore, notice: str) -> Row[Any]:
    row = store.notice(notice)
    if row is None:
        raise NotFound("no_such_notice", f"there is no notice '{notice}'")
    return row


def _identity(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("edition", "notice", "party", "role", "kind")}
