"""The log itself: what nats-py has no safe word for, said to JetStream directly."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.stream import (
    MESSAGE_BYTES,
    NANOSECONDS,
    PUBLIC_STREAM,
    PUBLIC_STREAM_CONFIG,
    STREAM,
    STREAM_CONFIG,
    consumer_config,
    own_subjects,
)
from nats.aio.client import Client
from nats.errors import ConnectionReconnectingError
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from uuid_utils import uuid7

from kit.outgoing import OUTBOX_HEADER, Outgoing

TIMEOUT_SECONDS = 5.0
EXPECTED = "Nats-Expected-Last-Sequence"
STREAM_MISSING = 10059
CONSUMER_MISSING = 10014


class LogError(RuntimeError):
    """JetStream refused a request; `code` is its error code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} (JetStream error {code})")
        self.code = code


class Drift(RuntimeError):
    """What is on the server is not what is declared here."""


def must_reach(last: int, known: int) -> None:
    """Drift when the log ends at `last`, and a service knows it further."""
    if last < known:
        raise Drift(
            f"the log ends at position {last}, and this service knows it up to {known}: it has lost"
            " what came after, or is not the log that was here before; `sayembara reconcile` gives"
            " it back what it lost, else restore that one, or begin with empty stores"
        )


@dataclass(frozen=True)
class Place:
    """Where an event of this service is: its outbox row and its position on the log."""

    outbox_id: int
    position: int


class Log:
    """The event log, for one service; it is kept on so many servers.

    Whoever `only_reads` may make no consumer to read it with.
    """

    def __init__(self, client: Client, replicas: int = 1, *, only_reads: bool = False) -> None:
        self.client = client
        self.only_reads = only_reads
        self.stream_config = STREAM_CONFIG | {"num_replicas": replicas}
        self.public_config = PUBLIC_STREAM_CONFIG | {"num_replicas": replicas}

    async def api(self, call: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call of the JetStream API; raises LogError when it is refused."""
        body = b"" if request is None else json.dumps(request).encode()
        answer = await self.client.request(f"$JS.API.{call}", body, timeout=TIMEOUT_SECONDS)
        return _checked(answer.data)

    async def publish(self, rows: Sequence[Outgoing]) -> int:
        """Put these rows on the log, all or none, in order; gives the position of the last one."""
        if not self.client.is_connected:
            # The client would keep them, and send them unseen to whatever log comes back.
            raise ConnectionReconnectingError
        if len(rows) == 1:
            row = rows[0]
            return await self._request(row, row.headers)
        # Only the end of the batch is answered: what went wrong before it is told there too.
        batch = str(uuid7())
        for number, row in enumerate(rows[:-1], 1):
            headers = {**row.headers, **_batch_headers(batch, number)}
            await self.client.publish(row.subject, row.body, headers=headers)
        last = {**_batch_headers(batch, len(rows)), "Nats-Batch-Commit": "1"}
        return await self._request(rows[-1], {**rows[-1].headers, **last})

    async def put_back(self, rows: Sequence[Outgoing], first: int) -> int:
        """Put messages back from position `first` on; LogError when the log ends elsewhere."""
        expected = {**rows[0].headers, EXPECTED: str(first - 1)}
        return await self.publish([replace(rows[0], headers=expected), *rows[1:]])

    async def _request(self, row: Outgoing, headers: dict[str, str]) -> int:
        answer = await self.client.request(
            row.subject, row.body, headers=headers, timeout=TIMEOUT_SECONDS
        )
        position: int = _checked(answer.data).get("seq", 0)
        return position

    async def own_places(self, service: str, after: int) -> list[Place]:
        """Where this service's events are on the log, after the given position."""
        places: list[Place] = []
        while (message := await self._next(own_subjects(service), after + 1)) is not None:
            after, headers = message
            if OUTBOX_HEADER in headers:
                places.append(Place(int(headers[OUTBOX_HEADER]), after))
        return places

    async def _next(self, subject: str, at: int) -> tuple[int, Mapping[str, str]] | None:
        # Not the direct form: in a cluster a follower could answer that has not heard all yet.
        try:
            message = await self.client.jetstream().get_msg(
                STREAM, seq=at, subject=subject, next=True
            )
        except NotFoundError:
            return None
        return message.seq or 0, message.headers or {}

    async def last_position(self) -> int:
        """The position of the last event on the log."""
        info = await self.api(f"STREAM.INFO.{STREAM}")
        return int(info["state"]["last_seq"])

    async def check_stream(self) -> int:
        """The position of the last event; Drift when the stream is not there or not as declared."""
        info = await self._check(f"STREAM.INFO.{STREAM}", self.stream_config, "the log")
        if (taken := self.client.max_payload) < MESSAGE_BYTES:
            raise Drift(
                f"the server takes messages of at most {taken} bytes: set its max_payload to at"
                f" least {MESSAGE_BYTES}"
            )
        return int(info["state"]["last_seq"])

    async def check_public(self) -> int:
        """The last position of the public view; Drift when it is not there or not as declared."""
        call = f"STREAM.INFO.{PUBLIC_STREAM}"
        info = await self._check(call, self.public_config, "the public view of the log")
        return int(info["state"]["last_seq"])

    async def _check(self, call: str, declared: Mapping[str, Any], what: str) -> dict[str, Any]:
        try:
            info = await self.api(call)
        except LogError as error:
            if error.code in (STREAM_MISSING, CONSUMER_MISSING):
                raise Drift(f"{what} is not there; make it with `sayembara log apply`") from error
            raise
        found = info["config"]
        wrong = {key: found.get(key) for key in declared if _differs(found.get(key), declared[key])}
        if wrong:
            raise Drift(
                f"{what} is not as declared: {wrong} instead of "
                f"{ {key: declared[key] for key in wrong} }; see `sayembara log apply`"
            )
        return info

    async def apply_stream(self) -> None:
        """Make the stream and the one of its public view, or bring them to what is declared."""
        for config in (self.stream_config, self.public_config):
            name = config["name"]
            try:
                await self._check(f"STREAM.INFO.{name}", config, name)
            except Drift:
                call = "UPDATE" if await self._exists(f"STREAM.INFO.{name}") else "CREATE"
                await self.api(f"STREAM.{call}.{name}", config)

    async def ensure_consumer(self, service: str, filters: tuple[str, ...]) -> bool:
        """Make the durable consumer, or bring it to its table; False when it was right already.

        LogError when this user may not: then only `sayembara log apply` can.
        """
        try:
            await self.check_consumer(service, filters)
        except Drift as drift:
            await self._make_consumer(service, filters, drift)
            return True
        return False

    async def check_consumer(self, service: str, filters: tuple[str, ...]) -> dict[str, Any]:
        """The state of the durable consumer; Drift when it is missing or hears something else."""
        declared = consumer_config(service, filters)
        return await self._check(
            f"CONSUMER.INFO.{STREAM}.{service}", declared, f"consumer {service}"
        )

    async def _make_consumer(self, service: str, filters: tuple[str, ...], why: Drift) -> None:
        request = {"stream_name": STREAM, "config": consumer_config(service, filters)}
        try:
            await self.api(f"CONSUMER.CREATE.{STREAM}.{service}", request)
        except TimeoutError as error:
            # What a user may not do, the server leaves unanswered.
            raise LogError(CONSUMER_MISSING, str(why)) from error

    async def read_from(self, service: str, position: int) -> None:
        """Have the durable consumer deliver from `position` on, whatever it did before."""
        await self.api(f"CONSUMER.RESET.{STREAM}.{service}", {"seq": position})

    async def consumer(self, service: str) -> dict[str, Any]:
        """The state of the service's durable consumer."""
        return await self.api(f"CONSUMER.INFO.{STREAM}.{service}")

    async def request_next(self, consumer: str, inbox: str, most: int, seconds: int) -> None:
        """Ask for at most so many next messages of a pull consumer, sent to this inbox."""
        request = {"batch": most, "expires": seconds * NANOSECONDS}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{consumer}"
        await self.client.publish(subject, json.dumps(request).encode(), reply=inbox)

    async def not_taken(self, service: str) -> int:
        """How many messages the service has not taken yet."""
        seen = await self.consumer(service)
        return int(seen["num_pending"]) + int(seen["num_ack_pending"])

    async def _exists(self, call: str) -> bool:
        try:
            await self.api(call)
        except LogError as error:
            if error.code in (STREAM_MISSING, CONSUMER_MISSING):
                return False
            raise
        return True


Away = (NatsError, asyncio.TimeoutError, OSError)
"""What a request raises when the server is away: the same request may succeed later."""


def _batch_headers(batch: str, number: int) -> dict[str, str]:
    return {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}


def _checked(data: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(data) if data else {}
    if error := answer.get("error"):
        raise LogError(error.get("err_code", 0), error.get("description", "refused"))
    return answer


def _differs(found: Any, declared: Any) -> bool:
    # JetStream leaves fields out that are zero, false or empty.
    if isinstance(declared, list) and isinstance(found, list):
        return sorted(found) != sorted(declared)
    return (found or None) != (declared or None)
