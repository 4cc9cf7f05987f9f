"""The reader: everything a service hears, in stream order, in batches of what is waiting.

FastStream runs the subscriber; what it fetches is drained from an inbox of our own, with the next
request outstanding while a batch is worked on. The store's checkpoint is the truth: after a start,
and after any hole in what was delivered, the durable consumer is set back to it.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from contracts.event import SUBJECT_ROOT
from contracts.stream import STREAM
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NothingCame

from kit.heard import Heard

WAIT_SECONDS = 1.0
LOOKS_IN_VAIN = 5
REQUEST_SECONDS = 30
NANOSECONDS = 1_000_000_000

Place = Msg.Metadata.SequencePair
"""Where a message is on the log (`stream`), and among the deliveries (`consumer`)."""

log = structlog.get_logger()


class Silence(RuntimeError):
    """Messages wait on the log, and none comes."""


class Drained:
    """A pull subscription of a durable consumer, read by draining its inbox.

    It stands in for the subscription that FastStream made: a library fetch waits once per message
    and, asked for a batch, waits until the batch is full. This one hands over what is there.
    """

    def __init__(self, client: Client, consumer: str, batch_size: int, unused: Any) -> None:
        self._client = client
        self._consumer = consumer
        self._batch_size = batch_size
        self._unused = unused
        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None
        self._waiting: deque[Msg] = deque()
        self._arrived = asyncio.Event()
        self._requested = 0

    async def fetch(self, batch: int, timeout: float | None = None) -> list[Msg]:  # noqa: ASYNC109 - FastStream's signature
        """What is waiting, up to `batch`; NothingCame when nothing did within `timeout` seconds.

        FastStream asks again, for the rest, until its batch is full: then nothing is left to wait.
        """
        if batch < self._batch_size:
            raise NothingCame
        if not self._waiting:
            self._arrived.clear()
            await self._request()
            await self._wait(timeout)
        taken = [self._waiting.popleft() for _ in range(min(batch, len(self._waiting)))]
        await self._request()
        return taken

    async def _wait(self, timeout: float | None) -> None:  # noqa: ASYNC109 - as above
        try:
            async with asyncio.timeout(timeout):
                await self._arrived.wait()
        except TimeoutError as error:
            raise NothingCame from error

    async def _request(self) -> None:
        if self._subscription is None:
            self._subscription = await self._client.subscribe(self._inbox, cb=self._take)
        if self._requested >= self._batch_size:
            return
        more = 2 * self._batch_size - self._requested
        self._requested += more
        request = {"batch": more, "expires": REQUEST_SECONDS * NANOSECONDS}
        await self._client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._consumer}",
            json.dumps(request).encode(),
            reply=self._inbox,
        )

    async def _take(self, message: Msg) -> None:
        if message.headers and "Status" in message.headers and not message.data:
            # A request ended: what it still asked for will not come.
            unanswered = message.headers.get("Nats-Pending-Messages", self._requested)
            self._requested = max(0, self._requested - int(unanswered))
            return
        self._requested = max(0, self._requested - 1)
        self._waiting.append(message)
        self._arrived.set()

    def forget(self) -> None:
        """Nothing that was asked for will come: the connection or the consumer is another one."""
        self._requested = 0
        self._waiting.clear()

    async def unsubscribe(self) -> None:
        """Take nothing more."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()
        await self._unused.unsubscribe()


class Reader:
    """The one reader of a service. `take` handles a batch and returns when it is committed."""

    def __init__(
        self,
        broker: NatsBroker,
        service: str,
        batch_size: int,
        take: Callable[[Sequence[Heard]], Awaitable[None]],
        set_back: Callable[[], Awaitable[None]],
    ) -> None:
        self.service = service
        self.batch_size = batch_size
        self._take = take
        self._set_back = set_back
        self._next_delivery = 1
        self._is_fresh = False
        self._busy = False
        self._seen = 0
        self._seen_before = -1
        self._in_vain = 0
        self._drained: Drained | None = None
        self._subscriber = broker.subscriber(
            f"{SUBJECT_ROOT}.>",
            durable=service,
            stream=JStream(STREAM, declare=False),
            pull_sub=PullSub(batch=True, batch_size=batch_size, timeout=WAIT_SECONDS),
            inbox_prefix=f"_INBOX_{service}.".encode(),
            ack_policy=AckPolicy.MANUAL,
            decoder=_leave_undecoded,
            persistent=False,
        )
        self._subscriber(self._on_batch)

    async def start(self, client: Client) -> None:
        """Read from the checkpoint on. The durable consumer must exist."""
        await self.restart()
        await self._subscriber.start()
        self._drained = Drained(
            client, self.service, self.batch_size, self._subscriber.subscription
        )
        self._subscriber.subscription = self._drained  # type: ignore[assignment] # stands in for it

    async def stop(self) -> None:
        """Finish the batch at work and take nothing more."""
        await self._subscriber.stop()

    async def restart(self) -> None:
        """Set the durable consumer back to the checkpoint; what it sent before is passed over."""
        self.forget()
        self._next_delivery = 1
        self._is_fresh = False
        await self._set_back()

    async def look_after(self, delivered_unacknowledged: int, pending: int) -> None:
        """Start over when messages were sent off and never came: call it every second or so.

        A broken connection can lose what the server counts as delivered; it would be sent again
        only after the acknowledgement's time is up, and until then nobody would notice. Silence
        when messages wait and none is sent, as when the permission to ask for them is gone.
        """
        standing_still = not self._busy and self._seen == self._seen_before
        self._seen_before = self._seen
        if delivered_unacknowledged and standing_still:
            log.warning("messages were lost on the way: reading from the checkpoint again")
            await self.restart()
        self._in_vain = self._in_vain + 1 if standing_still and pending else 0
        if self._in_vain >= LOOKS_IN_VAIN:
            await self.restart()
            raise Silence(f"{pending} messages wait on the log, and none comes")

    def forget(self) -> None:
        """The connection broke: what was asked for before will not come."""
        if self._drained is not None:
            self._drained.forget()

    async def _on_batch(self, message: NatsMessage) -> None:
        messages = self._fresh(message.raw_message)  # type: ignore[arg-type] # a list in batches
        if not messages:
            return
        places = [each.metadata.sequence for each in messages]
        if self._has_hole(places):
            log.warning("messages were delivered with a hole: reading from the checkpoint again")
            await self.restart()
            return
        self._busy = True
        try:
            await self._take([_heard(*each) for each in zip(places, messages, strict=True)])
        finally:
            self._busy = False
        self._seen = places[-1].stream
        await messages[-1].ack()

    def _fresh(self, messages: list[Msg]) -> list[Msg]:
        # After it is set back, the consumer counts its deliveries from 1 again; whatever is still
        # on its way from before comes first.
        if not self._is_fresh:
            numbers = [each.metadata.sequence.consumer for each in messages]
            messages = messages[numbers.index(1) :] if 1 in numbers else []
            self._is_fresh = bool(messages)
        return messages

    def _has_hole(self, places: Sequence[Place]) -> bool:
        first, self._next_delivery = self._next_delivery, self._next_delivery + len(places)
        return [each.consumer for each in places] != list(range(first, self._next_delivery))


async def _leave_undecoded(message: NatsMessage) -> bytes:
    return message.body


def _heard(place: Place, message: Msg) -> Heard:
    return Heard(place.stream, message.subject, message.headers or {}, message.data)
