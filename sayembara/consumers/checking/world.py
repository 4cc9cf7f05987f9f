"""What a rule plays with: the stream, the durable consumer, and the consumer under test."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts.envelope import schema_uri
from contracts.event import EVERY_SERVICE, SUBJECT_ROOT, Event
from contracts.public import POSITION_HEADER, public_subject
from contracts.registry import BY_TYPE
from contracts.stream import NANOSECONDS
from kit.log import Log
from nats.aio.client import Client
from uuid_utils import uuid7

from sayembara.consumers.checking.examples import Schema, data_of
from sayembara.consumers.checking.gate import Gate
from sayembara.consumers.checking.judging import Seen, Sent
from sayembara.consumers.checking.process import Process

ACK_WAIT_SECONDS = 2
"""How soon what is not acknowledged comes again; thirty seconds in earnest."""
LOOK_SECONDS = 0.05
FIRST_POSITION = 1000
EDITIONS = ("uji-a", "uji-b")


class World:
    """One rule after the other is played in it; `begin` forgets what the one before left."""

    def __init__(
        self,
        client: Client,
        gate: Gate,
        process: Process,
        facts: Mapping[str, Any],
        *,
        schemas: Mapping[str, Schema],
        patience_seconds: float,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._client = client
        self._log = Log(client)
        self._stream, self._durable = facts["stream"], facts["durable"]
        self.types: Sequence[str] = facts["events"]
        self._schemas = schemas
        self._internal = facts["view"] == "internal"
        self._position = FIRST_POSITION
        self._first = 1
        self._read = 0
        self.gate, self.process = gate, process
        self.sent: list[Sent] = []
        self.seen = Seen()

    async def begin(self, *, anew: bool) -> None:
        """Before a rule; `anew` when the one before was broken, so that nothing of it is left."""
        self.gate.pass_all()
        if anew:
            await self.process.kill()
            await self._make_durable()
        self.sent, self.seen = [], Seen()
        self._read = len(self.process.lines)
        self._first = await self._next()
        await self.process.start()

    async def say(
        self,
        number: int = 0,
        *,
        edition: str = EDITIONS[0],
        back: int = 0,
        unknown: str | None = None,
        more: Mapping[str, Any] | None = None,
        unanswered: bool = False,
    ) -> Sent:
        """Put an event on the stream: the `number`th of the granted types, or an unknown one.

        `back` says how many places earlier on the log it was than the events before it; when it
        goes `unanswered`, the gate keeps back whatever the consumer sends after it got it.
        """
        granted = self.types[number % len(self.types)]
        self._position += 1
        place = self._position - back
        sent = Sent(str(uuid7()), unknown or granted, place, edition, known=unknown is None)
        if unanswered:
            self.gate.keep_answers_after(sent.id.encode())
        position = await self._publish(sent, BY_TYPE[granted], more or {}, sent.id)
        self.sent.append(replace(sent, position=position) if self._internal else sent)
        return self.sent[-1]

    async def say_again(self, event: Sent) -> None:
        """The same event under another message id, as when the window of NATS has passed."""
        await self._publish(event, BY_TYPE[event.type], {}, str(uuid7()))

    async def taken(self, *events: Sent, seconds: float | None = None) -> bool:
        """Wait until these are reported; False when the consumer ended or has had its time."""
        return await self._until(
            lambda: all(map(self._times, events)), seconds or self._patience_seconds
        )

    async def settled(self) -> None:
        """Wait until all is reported and acknowledged; then see that it goes on with another."""
        last = await self.say()
        known = [event for event in self.sent if event.known]
        await self.taken(*known)
        if await self._answered() and self.process.runs:
            after = await self.say(edition=last.edition)
            await self.taken(after)
            await self._answered()
        self.look()

    def look(self) -> None:
        """Note what was reported up to now, and whether the consumer ended."""
        self.seen.lines = self.process.lines[self._read :]
        if not self.process.runs and self.seen.ended is None:
            self.seen.ended = self.process.ended()

    async def rewind(self) -> None:
        """Have everything since the rule began delivered again."""
        await self._log.api(f"CONSUMER.RESET.{self._stream}.{self._durable}", {"seq": self._first})

    async def pause(self, seconds: int) -> None:
        """Have nothing delivered for so long; 0 ends it."""
        until = datetime.fromtimestamp(time.time() + seconds, UTC).isoformat()
        await self._log.api(
            f"CONSUMER.PAUSE.{self._stream}.{self._durable}", {"pause_until": until}
        )

    def _times(self, event: Sent) -> int:
        return sum(line["id"] == event.id for line in self.process.lines[self._read :])

    async def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not holds():
            if not self.process.runs or time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    async def _answered(self) -> bool:
        until = time.monotonic() + self._patience_seconds
        while self.process.runs:
            info = await self._log.api(f"CONSUMER.INFO.{self._stream}.{self._durable}")
            self.seen.unanswered = int(info["num_pending"]) + int(info["num_ack_pending"])
            if self.seen.unanswered == 0:
                return True
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return False

    async def _next(self) -> int:
        info = await self._log.api(f"STREAM.INFO.{self._stream}")
        return int(info["state"]["last_seq"]) + 1

    async def _make_durable(self) -> None:
        name = f"{self._stream}.{self._durable}"
        names = await self._log.api(f"CONSUMER.NAMES.{self._stream}")
        if self._durable in (names.get("consumers") or ()):
            await self._log.api(f"CONSUMER.DELETE.{name}")
        config = {
            "durable_name": self._durable,
            "name": self._durable,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": await self._next(),
            "ack_policy": "explicit",
            "ack_wait": ACK_WAIT_SECONDS * NANOSECONDS,
            "max_deliver": -1,
            "max_ack_pending": 256,
        }
        request = {"stream_name": self._stream, "config": config}
        await self._log.api(f"CONSUMER.CREATE.{name}", request)

    async def _publish(
        self, event: Sent, kind: type[Event], more: Mapping[str, Any], message: str
    ) -> int:
        data = {**data_of(self._schemas[kind.type], event.edition), **more}
        place = {} if self._internal else {POSITION_HEADER: str(event.position)}
        headers = {**headers_of(event, kind), **place, "Nats-Msg-Id": message}
        subject = _subject(kind, data)
        answer = await self._client.request(
            subject if self._internal else public_subject(subject),
            json.dumps(data).encode(),
            headers=headers,
        )
        return int(json.loads(answer.data)["seq"])


def _subject(kind: type[Event], data: Mapping[str, Any]) -> str:
    entity, fact, _ = kind.type.split(".")
    service = kind.source.replace(EVERY_SERVICE, "ranking")
    return f"{SUBJECT_ROOT}.{service}.{data['edition']}.{entity}.{data[kind.about]}.{fact}"


def headers_of(event: Sent, kind: type[Event]) -> dict[str, str]:
    """The CloudEvent around an event of the check, as it is on NATS."""
    return {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-source": f"/sayembara/{kind.source}",
        "ce-type": event.type,
        "ce-time": datetime.now(UTC).isoformat(),
        "ce-subject": "contoh",
        "ce-dataschema": schema_uri(event.type, "public"),
    }
