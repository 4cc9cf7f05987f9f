"""The log as a replay reads it where it can: every message in order, as it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from contracts.stream import NANOSECONDS, STREAM
from kit.heard import Heard
from kit.log import Away, Log, LogError

from sayembara.audit.reading import REQUEST_SECONDS, WAIT_SECONDS, consumer_request
from sayembara.audit.wire import LINE_END, Frame, Lost, Wire, position_of
from sayembara.trouble import Trouble

TOGETHER = 10_000
EXPIRES_NANOSECONDS = REQUEST_SECONDS * NANOSECONDS


def heard(frame: Frame) -> Heard:
    """The message as everybody else takes it."""
    _, subject, head, body = frame
    return Heard(position_of(frame), subject.decode("utf-8", "replace"), _headers(head), body)


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(b":") for line in head.split(LINE_END)[1:])
    return {
        name.strip().decode("ascii", "replace"): value.strip().decode("utf-8", "replace")
        for name, colon, value in pairs
        if colon
    }


async def read_frames(
    log: Log, wire: Wire, subjects: Sequence[str], *, first: int = 1, last: int
) -> AsyncIterator[list[Frame]]:
    """All messages on these subjects from `first` to `last`; Trouble where they do not come."""
    request = consumer_request(subjects, first)
    made = await log.api(f"CONSUMER.CREATE.{STREAM}", request)
    wire.left = made["num_pending"]
    at, asked = first - 1, 0
    try:
        while wire.left and at < last:
            if asked < (most := min(TOGETHER, last - at)):
                await _ask(wire, made["name"], 2 * most - asked)
                asked = 2 * most
            found = await _next(wire, at)
            asked -= len(found) + wire.unsent
            wire.unsent = 0
            at = position_of(found[-1]) if found else at
            if (
                within := found
                if at <= last
                else [each for each in found if position_of(each) <= last]
            ):
                yield within
    finally:
        with suppress(LogError, *Away):
            await log.api(f"CONSUMER.DELETE.{STREAM}.{made['name']}")


async def _ask(wire: Wire, consumer: str, most: int) -> None:
    request = {"batch": most, "expires": EXPIRES_NANOSECONDS}
    await wire.ask(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{consumer}", json.dumps(request))


async def _next(wire: Wire, at: int) -> list[Frame]:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            return await wire.frames()
    except (TimeoutError, Lost) as error:
        text = f"the log stopped after position {at}, and more is on it ({error}): try again"
        raise Trouble(text) from error
