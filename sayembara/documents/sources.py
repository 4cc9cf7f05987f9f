"""What the documents are made from: the events, the services, and who hears what."""

from pathlib import Path

from contracts.event import EVERY_SERVICE, SUBJECT_ROOT, Event
from contracts.registry import EVENTS
from evaluation_service.app import SERVICE as EVALUATION
from evaluation_service.settings import EvaluationSettings
from kit.service import Service
from kit.settings import Settings
from notification_service.app import SERVICE as NOTIFICATION
from notification_service.settings import NotificationSettings
from ranking_service.app import SERVICE as RANKING
from ranking_service.settings import RankingSettings
from submission_service.app import SERVICE as SUBMISSION
from submission_service.settings import SubmissionSettings

from sayembara.auditor.app import SERVICE as AUDITOR
from sayembara.auditor.settings import AuditorSettings

SAMPLES = Path(__file__).parents[2] / "tests" / "shared" / "samples"
"""A message of each event, kept since its first day: documents are made where the tests are."""

SERVICES: tuple[Service, ...] = (SUBMISSION, EVALUATION, RANKING, NOTIFICATION, AUDITOR)
"""The four that run an edition, and the auditor beside them."""
SETTINGS: dict[str, type[Settings]] = {
    SUBMISSION.name: SubmissionSettings,
    EVALUATION.name: EvaluationSettings,
    RANKING.name: RankingSettings,
    NOTIFICATION.name: NotificationSettings,
    AUDITOR.name: AuditorSettings,
}


def speakers(event: type[Event]) -> tuple[str, ...]:
    """The services that say this event."""
    if event.source == EVERY_SERVICE:
        return tuple(service.name for service in SERVICES)
    return (event.source,)


def hears(service: Service, event: type[Event]) -> bool:
    """Whether the service takes this event from the log; its own it takes before it is there."""
    return any(each.event is event and not each.is_own(service.name) for each in service.reactions)


def hearers(event: type[Event]) -> tuple[str, ...]:
    """The services that take this event from the log."""
    return tuple(service.name for service in SERVICES if hears(service, event))


def said_by(service: Service) -> tuple[type[Event], ...]:
    """The events that this service alone says."""
    return tuple(event for event in EVENTS if event.source == service.name)


def heard_by(service: Service) -> tuple[type[Event], ...]:
    """The events that this service takes from the log."""
    return tuple(event for event in EVENTS if hears(service, event))


def subject(event: type[Event]) -> str:
    """The event's subject with its parts named: `sayembara.ranking.{edition}.stage.{stage}.…`."""
    entity, fact, _ = event.type.split(".")
    speaker = "{service}" if event.source == EVERY_SERVICE else event.source
    return f"{SUBJECT_ROOT}.{speaker}.{{edition}}.{entity}.{{{event.about}}}.{fact}"
