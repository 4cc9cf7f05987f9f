"""What an operator did to the log, said on the log by one of the services at its next start."""

from datetime import datetime
from typing import Self

from contracts.envelope import Envelope
from contracts.event import Fact
from contracts.ids import Office, Reason
from contracts.operations import OfLog
from kit import outbox
from kit.outbox import Said
from pydantic import ValidationError
from sqlalchemy import Connection
from uuid_utils import uuid7

from sayembara.trouble import Trouble

SPEAKER = "submission"
"""The service whose outbox carries it."""


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


def say(connection: Connection, event: OfLog, now: datetime) -> None:
    """Put it into the outbox of the service that says it; its relay publishes it."""
    envelope = Envelope.around(
        event, id=str(uuid7()), time=now, correlation=str(uuid7()), causation=None
    )
    outbox.append(connection, [Said(event, envelope)])
