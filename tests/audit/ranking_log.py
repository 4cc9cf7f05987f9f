"""A log made in memory by ranking's own transactions, with the moments in the test's hand."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from contracts.envelope import Envelope, encode
from contracts.event import Event
from contracts.operations import MessageDiscarded, MessageRetried
from kit import checkpoint, outbox, parking
from kit.batch import Batch
from kit.heard import Heard
from kit.outgoing import OUTBOX_HEADER
from kit.settings import Settings
from kit.testing import given
from kit.turn import Cause, Turn
from ranking_service.app import SERVICE
from ranking_service.handlers.decisions import decide_stage
from uuid_utils import uuid7

from sayembara.audit.replay import Replay
from sayembara.audit.scratch import scratch
from sayembara.audit.timing import Timing
from sayembara.audit.verify import Report, Verification
from tests.ranking.facts import DESK, EDITION, MINUTE

NOW = datetime(2020, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MANY = 1_000_000


class RankingLog:
    """The log, and a ranking that takes from it and says to it when the test wants it."""

    def __init__(self) -> None:
        self.messages: list[Heard] = []
        self._connection = given(SERVICE).connection
        self._settings = Settings.model_construct(database_url="sqlite://")
        self._now = NOW
        self._said: dict[str, int] = {}

    def it_is(self, now: datetime) -> None:
        """From here on that is the time."""
        self._now = now

    def others_say(self, *events: Event) -> None:
        for event in events:
            service = event.said_by()
            number = self._said[service] = self._said.get(service, 0) + 1
            envelope = Envelope.around(
                event, id=str(uuid7()), time=self._now, correlation=str(uuid7()), causation=None
            )
            headers = {**envelope.headers(), OUTBOX_HEADER: str(number)}
            self._append(event.subject(), headers, encode(event))

    def ranking_takes(self) -> None:
        """Everything on the log that it has not taken yet."""
        heard = [each for each in self.messages if SERVICE.hears(each.subject)]
        batch = Batch(SERVICE, self._settings, self._now)
        self._then_publish(lambda at: batch.take_each(at, heard, len(self.messages)))

    def ranking_tries_again(self) -> None:
        self._now += HOUR
        batch = Batch(SERVICE, self._settings, self._now)
        self._then_publish(batch.take_parked)

    def operator_retries(self, position: int) -> None:
        self._act(MessageRetried, position)

    def operator_discards(self, position: int) -> None:
        self._act(MessageDiscarded, position)

    def _act(self, kind: parking.Action, position: int) -> None:
        why = {"by": "Biro Organisasi", "reason": "looked at with the service's author"}
        batch = Batch(SERVICE, self._settings, self._now)
        self._then_publish(lambda at: batch.act(at, kind, position, **why))

    def ranking_is_told(self, decide: Callable[[Any], Iterable[Event]]) -> None:
        """A command is decided, at the position to which ranking has come."""

        def work(connection: Any) -> None:
            turn = Turn(SERVICE, connection, self._now)
            turn.begin(checkpoint.read(connection))
            cause = Cause(str(uuid7()))
            turn.take(partial(decide, turn.store), cause)
            turn.finish(cause)

        self._then_publish(work)

    def panel_decides(self, ranks: dict[str, int], stage: str = DESK) -> None:
        self.ranking_is_told(
            lambda store: decide_stage(
                store, EDITION, stage, minute=MINUTE, ranks=ranks, advanced=None
            )
        )

    def _then_publish(self, work: Callable[[Any], Any]) -> None:
        work(self._connection)
        rows = outbox.unpublished(self._connection, MANY)
        first = len(self.messages) + 1
        places = [(row.id, first + number) for number, row in enumerate(rows)]
        outbox.mark_published(self._connection, places)
        for row in rows:
            self._append(row.subject, row.headers, row.body)

    def _append(self, subject: str, headers: dict[str, str], body: bytes) -> None:
        self.messages.append(Heard(len(self.messages) + 1, subject, headers, body))


def verified(messages: Sequence[Heard]) -> Report:
    """What is found of these messages, as the whole log."""
    with scratch() as store:
        work = Verification(Replay(store, Timing(messages)))
        work.take(messages)
        return work.finish()
