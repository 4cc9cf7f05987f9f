"""Notification: what it hears, and how it is put together."""

from pathlib import Path

from contracts.consumers import ConsumerAdded, ConsumerRevoked, ConsumerRotated
from contracts.evaluation import JurorSeated, ScoringClosed
from contracts.freezing import StandingsUnfrozen
from contracts.notification import ContactForgotten, NoticeDelivered, NoticeFailed
from contracts.operations import MessageParked
from contracts.public import SHOWN
from contracts.ranking import (
    DecisionAsked,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ReviewCalled,
)
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalRejected,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
    RulebookAmended,
)
from contracts.webhooks import WebhookAdded, WebhookPaused, WebhookRemoved, WebhookResumed
from fastapi import APIRouter
from kit.kept import Kept
from kit.reactions import Beside, on
from kit.service import Service, Tally

from notification_service import api, handlers, holding, results
from notification_service.consuming import api as consuming_api
from notification_service.consuming import handlers as consuming
from notification_service.deliver import deliver
from notification_service.erase import erase
from notification_service.public import tables as public
from notification_service.public.publish import publish
from notification_service.public.show import by_state, show
from notification_service.store import NotificationStore
from notification_service.tables import (
    contacts,
    ended_keys,
    forgotten,
    freezings,
    metadata,
    notices,
    sent,
)
from notification_service.webhooks import api as webhooks_api
from notification_service.webhooks import handlers as webhooks
from notification_service.webhooks.delivering import deliver_webhooks
from notification_service.webhooks.tables import deliveries, endpoints

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
    on(ProposalAdvanced, results.tell_advanced),
    on(ProposalEliminated, results.tell_eliminated),
    on(ProposalAwarded, results.tell_awarded),
    on(DecisionAsked, results.tell_decision_asked),
    on(ReviewCalled, results.tell_review_called),
    on(StandingsUnfrozen, holding.keep_unfrozen),
    on(RulebookAmended, results.tell_rulebook_amended),
    on(MessageParked, handlers.tell_parked),
    on(NoticeDelivered, handlers.keep_delivered),
    on(NoticeFailed, handlers.keep_failed),
    on(ContactForgotten, handlers.keep_forgotten),
    on(ConsumerAdded, consuming.keep_added),
    on(ConsumerRotated, consuming.keep_rotated),
    on(ConsumerRevoked, consuming.keep_revoked),
    on(WebhookAdded, webhooks.keep_added),
    on(WebhookPaused, webhooks.keep_paused),
    on(WebhookResumed, webhooks.keep_resumed),
    on(WebhookRemoved, webhooks.keep_removed),
)

KEPT = (
    Kept(contacts, "where somebody is reached is personal, and never on the log"),
    Kept(ended_keys, "a key that is to be destroyed must not be forgotten"),
    Kept(forgotten, "whether an erasure met a contact is told by the contacts alone"),
    Kept(notices, "what was told cannot be taken back, and what was not told then is not told now"),
    Kept(sent, "a mail that has left is not sent again"),
    Kept(public.shown, "what was published, and in which order, stays whatever is shown today"),
    Kept(freezings, "it goes with what was shown"),
    Kept(public.catching_up, "it goes with what was shown"),
    Kept(endpoints, "where a webhook leads, and its secret, are for nobody else"),
    Kept(deliveries, "what an endpoint has accepted is not sent again unless somebody asks for it"),
)

router = APIRouter()
# Included, each route would be made a second time.
router.routes.extend(
    [*api.router.routes, *consuming_api.router.routes, *webhooks_api.router.routes]
)

SERVICE = Service(
    name="notification",
    store=NotificationStore,
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    routes=router,
    kept=KEPT,
    beside=Beside(tuple(SHOWN), show),
    tasks=(erase, deliver, publish, deliver_webhooks),
    tallies=(
        Tally("notices", "Notices by state", "state", NotificationStore.by_state),
        Tally("public_events", "Events of the public view, shown or held", "state", by_state),
        Tally("webhooks", "Webhooks by state", "state", NotificationStore.by_webhook_state),
        Tally(
            "webhook_deliveries",
            "Deliveries that are not accepted yet",
            "state",
            NotificationStore.undelivered,
        ),
    ),
)
