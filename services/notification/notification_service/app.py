"""Notification: what it hears, and how it is put together."""

from pathlib import Path

from contracts.evaluation import JurorSeated, ScoringClosed
from contracts.notification import NoticeDelivered, NoticeFailed
from contracts.operations import MessageParked
from contracts.ranking import ProposalAdvanced, ProposalAwarded, ProposalEliminated
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalRejected,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
)
from kit import Service, Tally, on

from notification_service import handlers
from notification_service.api import router
from notification_service.deliver import deliver
from notification_service.store import NotificationStore, metadata

REACTIONS = (
    on(EditionOpened, handlers.learn_names),
    on(ProposalSubmitted, handlers.tell_received),
    on(ProposalRevised, handlers.tell_revised),
    on(ProposalWithdrawn, handlers.tell_withdrawn),
    on(ProposalAdmitted, handlers.tell_admitted),
    on(ProposalRejected, handlers.tell_rejected),
    on(ProposalDisqualified, handlers.tell_disqualified),
    on(JurorSeated, handlers.tell_seated),
    on(ScoringClosed, handlers.tell_scoring_closed),
    on(ProposalAdvanced, handlers.tell_advanced),
    on(ProposalEliminated, handlers.tell_eliminated),
    on(ProposalAwarded, handlers.tell_awarded),
    on(MessageParked, handlers.tell_parked),
    on(NoticeDelivered, handlers.keep_delivered),
    on(NoticeFailed, handlers.keep_failed),
)

SERVICE = Service(
    name="notification",
    store=NotificationStore,
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    routes=router,
    tasks=(deliver,),
    tallies=(Tally("notices", "Notices by state", "state", NotificationStore.by_state),),
)
