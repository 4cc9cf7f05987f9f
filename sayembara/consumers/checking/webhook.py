"""The check of a webhook's endpoint: the script is posted to it, signed, and some of it wrongly."""

import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from contracts.registry import BY_TYPE
from notification_service.webhooks.rules import secret_of
from notification_service.webhooks.sending import CONTENT_TYPE, structured
from uuid_utils import uuid7

from sayembara.consumers.checking.examples import data_of
from sayembara.consumers.checking.judging import Seen, Sent, Verdict, judge
from sayembara.consumers.checking.rules import NEVER_SAID, NEWER_VERSION
from sayembara.consumers.checking.signing import signed
from sayembara.consumers.checking.world import EDITIONS, FIRST_POSITION, headers_of
from sayembara.documents.schemas import public_schema
from sayembara.trouble import Trouble

ANSWER_SECONDS = 10
LONG_AGO_SECONDS = 3600
NOT_TOLD = "what it did with the events: say with --taken where it tells the ids that it took"
NEVER_JUDGED = "whether what it took survives a crash of its machine"


@dataclass(frozen=True)
class Endpoint:
    """Where the events are posted, by which secret, and where it tells what it took, if it does."""

    url: str
    secret: str
    taken: str | None
    events: Sequence[str]


@dataclass
class Script:
    """Posts the events of one rule, and notes what was answered otherwise than it must be."""

    client: httpx.AsyncClient
    endpoint: Endpoint
    position: int
    sent: list[Sent] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def event(
        self, number: int = 0, *, edition: str = EDITIONS[0], back: int = 0, unknown: str = ""
    ) -> Sent:
        """The `number`th of the types, or one that it cannot know; see `World.say`."""
        self.position += 1
        type_ = unknown or self.endpoint.events[number % len(self.endpoint.events)]
        place = self.position - back
        self.sent.append(Sent(str(uuid7()), type_, place, edition, known=not unknown))
        return self.sent[-1]

    async def post(self, event: Sent, more: Mapping[str, Any] | None = None) -> None:
        """Post it rightly signed: it must be accepted."""
        await self._post(event, self._body(event, more or {}), [self.endpoint.secret])

    async def post_twice_signed(self, event: Sent) -> None:
        """As while a secret is changed: signed by another one and by this one."""
        await self._post(
            event, self._body(event, {}), [secret_of(os.urandom(32)), self.endpoint.secret]
        )

    async def post_forged(self, event: Sent) -> None:
        """Post it signed by a wrong secret: it must be refused."""
        await self._post(event, self._body(event, {}), [secret_of(os.urandom(32))], accepted=False)

    async def post_changed(self, event: Sent) -> None:
        """Post another body than was signed: it must be refused."""
        body = self._body(event, {})
        headers = signed([self.endpoint.secret], event.id, int(time.time()), body)
        await self._send(event, body.replace(b"uji-a", b"uji-b"), headers, accepted=False)

    async def post_old(self, event: Sent) -> None:
        """Post it rightly signed, an hour ago: it must be refused."""
        body = self._body(event, {})
        moment = int(time.time()) - LONG_AGO_SECONDS
        headers = signed([self.endpoint.secret], event.id, moment, body)
        await self._send(event, body, headers, accepted=False)

    def _body(self, event: Sent, more: Mapping[str, Any]) -> bytes:
        kind = BY_TYPE.get(event.type, BY_TYPE[self.endpoint.events[0]])
        data = {**data_of(public_schema(kind), event.edition), **more}
        return structured(headers_of(event, kind), event.position, json.dumps(data).encode())

    async def _post(
        self, event: Sent, body: bytes, secrets: Sequence[str], *, accepted: bool = True
    ) -> None:
        headers = signed(secrets, event.id, int(time.time()), body)
        await self._send(event, body, headers, accepted=accepted)

    async def _send(
        self, event: Sent, body: bytes, headers: Mapping[str, str], *, accepted: bool
    ) -> None:
        headers = {**headers, "content-type": CONTENT_TYPE}
        try:
            answer = await self.client.post(self.endpoint.url, content=body, headers=headers)
        except httpx.TimeoutException:
            self.wrong.append(f"it did not answer within {ANSWER_SECONDS} s")
            return
        except httpx.TransportError as error:
            self.wrong.append(f"it did not answer: {error}")
            return
        if accepted and not answer.is_success:
            self.wrong.append(f"{event.type} was answered with {answer.status_code} instead of 2xx")
        if not accepted and not answer.is_client_error:
            self.wrong.append(f"it was answered with {answer.status_code} instead of 4xx")


async def check_endpoint(endpoint: Endpoint) -> tuple[list[Verdict], list[str]]:
    """A verdict on each rule, and what could not be judged."""
    verdicts: list[Verdict] = []
    position = FIRST_POSITION
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        await _must_be_there(client, endpoint)
        for name, expected, play in RULES:
            before = await _taken(client, endpoint)
            script = Script(client, endpoint, position)
            await play(script)
            told = (await _taken(client, endpoint))[len(before) :]
            verdicts.append(_verdict(name, expected, script, told))
            position = script.position
    return verdicts, [NEVER_JUDGED] if endpoint.taken else [NOT_TOLD, NEVER_JUDGED]


def _verdict(name: str, expected: str, script: Script, told: Sequence[str]) -> Verdict:
    if script.endpoint.taken is None:
        return Verdict(name, expected, tuple(script.wrong))
    seen = Seen([{"id": each} for each in told])
    found = judge(name, expected, script.sent, seen, order=True)
    return Verdict(name, expected, (*script.wrong, *found.wrong))


async def _must_be_there(client: httpx.AsyncClient, endpoint: Endpoint) -> None:
    try:
        await client.post(endpoint.url, content=b"")
    except httpx.TransportError as error:
        raise Trouble(f"nothing answers at {endpoint.url}: {error}") from error


async def _taken(client: httpx.AsyncClient, endpoint: Endpoint) -> list[str]:
    if endpoint.taken is None:
        return []
    try:
        answer = await client.get(endpoint.taken)
        told = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Trouble(f"{endpoint.taken} does not tell what was taken: {error}") from error
    if not isinstance(told, list):
        raise Trouble(f"{endpoint.taken} must answer with a JSON list of ids")
    return [str(each) for each in told]


async def _plain(script: Script) -> None:
    for number in range(12):
        await script.post(script.event(number, edition=EDITIONS[number % 2]))


async def _across_editions(script: Script) -> None:
    for back in (0, 500, 0, 600):
        await script.post(script.event(edition=EDITIONS[0]))
        await script.post(script.event(edition=EDITIONS[1], back=back))


async def _twice(script: Script) -> None:
    event = script.event()
    await script.post(event)
    await script.post(event)


async def _again(script: Script) -> None:
    events = [script.event(number) for number in range(4)]
    for event in [*events, *events]:
        await script.post(event)


async def _refused(post: Callable[[Script, Sent], Awaitable[None]], script: Script) -> None:
    await post(script, script.event(unknown=script.endpoint.events[0]))
    await script.post(script.event())


async def _unknown(script: Script) -> None:
    await script.post(script.event(unknown=NEVER_SAID))
    await script.post(script.event())


async def _field(script: Script) -> None:
    await script.post(script.event(), {"baru": {"daftar": [1, "dua", None]}})


async def _newer(script: Script) -> None:
    entity, fact, _ = script.endpoint.events[0].split(".")
    await script.post(script.event(unknown=f"{entity}.{fact}.v{NEWER_VERSION}"))
    await script.post(script.event())


async def _rotated(script: Script) -> None:
    await script.post_twice_signed(script.event())


PASSED_OVER = "2xx, so that it does not come again; the next is taken"
RULES: tuple[tuple[str, str, Callable[[Script], Awaitable[None]]], ...] = (
    ("plain events", "2xx; each once, in the order of its edition", _plain),
    ("editions in between, positions that go back", "2xx; each once", _across_editions),
    ("the same message twice", "2xx both times; once, by its id", _twice),
    ("a range sent again", "2xx; no second effect", _again),
    ("a wrong signature", "4xx, and no effect", lambda to: _refused(Script.post_forged, to)),
    ("a changed body", "4xx, and no effect", lambda to: _refused(Script.post_changed, to)),
    ("a message of long ago", "4xx, and no effect", lambda to: _refused(Script.post_old, to)),
    ("two signatures, as while a secret is changed", "2xx; one right one is enough", _rotated),
    ("an unknown event type", PASSED_OVER, _unknown),
    ("an unknown field", "2xx; taken all the same", _field),
    ("a newer version", PASSED_OVER, _newer),
)
