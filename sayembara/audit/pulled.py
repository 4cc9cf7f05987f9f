"""The messages of a consumer that somebody made for this reading, pulled with more outstanding."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sayembara.audit.wire import Frame, Wire, position_of
from sayembara.trouble import Trouble

TOGETHER = 2_000
"""Twice as many at the most are on their way: what waits fits into the buffers of the connection,
since the server ends one that it cannot write to for some seconds."""

WAIT_SECONDS = 30
REQUEST_SECONDS = 60
EXPIRES_NANOSECONDS = REQUEST_SECONDS * 1_000_000_000


@dataclass(frozen=True)
class Reading:
    """From where to where on the log, and the subject on which messages of it are asked for.

    `left` is how many messages there are from `first` on. `edition` is whose messages are wanted
    of them; None where the consumer gives no others.
    """

    subject: str
    left: int
    first: int
    last: int
    edition: bytes | None


def reading_of(made: dict[str, Any], first: int, last: int, edition: str | None) -> Reading:
    """Where the consumer that the server says it made is read."""
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{made['stream_name']}.{made['name']}"
    whose = None if edition is None else edition.encode()
    return Reading(subject, made["num_pending"], first, last, whose)


async def pulled(wire: Wire, reading: Reading) -> AsyncIterator[list[Frame]]:
    """All messages of this reading; Trouble where they do not come."""
    wire.left = reading.left
    at, asked = reading.first - 1, 0
    while wire.left and (room := reading.last - at) > 0:
        if asked < min(TOGETHER, room):
            most = min(2 * TOGETHER, room)
            await _ask(wire, reading.subject, most - asked)
            asked = most
        found = await _next(wire, at)
        asked -= len(found) + wire.unsent
        wire.unsent = 0
        at = position_of(found[-1]) if found else at
        if within := _wanted(found, reading, ends=at > reading.last):
            yield within


def _wanted(found: list[Frame], reading: Reading, *, ends: bool) -> list[Frame]:
    if ends:
        found = [each for each in found if position_of(each) <= reading.last]
    if (edition := reading.edition) is None:
        return found
    return [each for each in found if each[1].split(b".", 3)[2] == edition]


async def _ask(wire: Wire, subject: str, most: int) -> None:
    await wire.ask(subject, json.dumps({"batch": most, "expires": EXPIRES_NANOSECONDS}))


async def _next(wire: Wire, at: int) -> list[Frame]:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            return await wire.frames()
    except OSError as error:
        text = f"the log stopped after position {at}, and more is on it ({error}): try again"
        raise Trouble(text) from error
