"""How a notice comes to be queued: its party, the facts that it is known by, and its words."""

from typing import Any

from contracts.freezing import held_by
from contracts.ids import EditionId, ProposalId, StageId, Token
from contracts.outcomes import NotYet
from contracts.ranking import ProposalAdvanced, ProposalAwarded, ProposalEliminated
from contracts.submission import ProposalEvent
from sqlalchemy import Row

from notification_service import rules
from notification_service.rules import SECRETARIAT, Kind, Role
from notification_service.store import NotificationStore
from notification_service.texts import render

About = ProposalEvent | ProposalAdvanced | ProposalEliminated | ProposalAwarded
Facts = tuple[str | int, ...]

THE_SECRETARIAT: tuple[Role, Token] = ("secretariat", SECRETARIAT)


def queue(
    store: NotificationStore,
    kind: Kind,
    edition: EditionId,
    to: tuple[Role, Token],
    *,
    facts: Facts,
    said: dict[str, Any],
    held: tuple[StageId, ...] = (),
) -> None:
    """Queue a notice for a party, once for the same `facts`; the template is given what is said.

    It waits while one of the stages that have it `held` is frozen.
    """
    role, party = to
    text = render(kind, {"edition": store.name_of(edition), **said})
    store.queue(
        notice=rules.notice_id(kind, edition, role, party, *facts),
        edition=edition,
        party=party,
        role=role,
        kind=kind,
        subject=text.subject,
        body=text.body,
        held_by=" ".join(store.still_frozen(edition, held)),
    )


def tell_applicant(
    kind: Kind, event: About, store: NotificationStore, *facts: str | int, **said: Any
) -> None:
    """Queue a notice for the agency whose proposal the event is about."""
    known = proposal_of(event.edition, event.proposal, store)
    named = {"title": known.title, "agency_name": known.agency_name, "proposal": event.proposal}
    to: tuple[Role, Token] = ("applicant", known.agency)
    whole = named | said
    facts = (event.proposal, *facts)
    queue(store, kind, event.edition, to, facts=facts, said=whole, held=held_by(event))


def proposal_of(edition: EditionId, proposal: ProposalId, store: NotificationStore) -> Row[Any]:
    """Title, agency and revision; NotYet where the proposal was not heard of."""
    known = store.proposal(edition, proposal)
    if known is None:
        raise NotYet(f"proposal '{proposal}' of '{edition}' was not heard of yet")
    return known
