"""What an operator did to the log, said on the log by the auditor at its next start."""

from datetime import datetime
from typing import Self

from contracts.envelope import Envelope
from contracts.event import Fact
from contracts.ids import Office, Reason
from contracts.operations import OfLog
from kit import outbox
from kit.heard import Heard
from kit.outbox import Said
from pydantic import ValidationError
from sqlalchemy import Connection
from uuid_utils import uuid7

from sayembara.addresses import AUDITOR
from sayembara.trouble import Trouble

SPEAKER = AUDITOR
"""Whose outbox carries it: it is about the log, and about no edition."""


class Order(Fact):
    """Who wants it done, and why."""

    by: Office
    reason: Reason

    @classmethod
    def of(cls, by: str, reason: str) -> Self:
        """The order; Trouble when office or reason cannot go on the log."""
        try:
            return cls(by=by, reason=reason)
        except ValidationError as error:
            first = error.errors()[0]
            raise Trouble(f"--{first['loc'][0]}: {first['msg']}") from None


def said(event: OfLog, now: datetime) -> Said:
    """The event with its envelope."""
    new = {"id": str(uuid7()), "correlation": str(uuid7())}
    return Said(event, Envelope.around(event, time=now, causation=None, **new))


def say(connection: Connection, event: OfLog, now: datetime) -> None:
    """Put it into the outbox of the service that says it; its relay publishes it."""
    outbox.append(connection, [said(event, now)])


def as_message(event: OfLog, position: int, now: datetime) -> Heard:
    """The event as a message of the log, where no relay can put it."""
    made = said(event, now)
    return Heard(position, event.subject(), made.envelope.headers(), made.body)
