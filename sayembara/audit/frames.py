"""The log as a replay reads it where it can: every message in order, as it was sent.

The messages of a consumer that is made for this reading are pulled, with more outstanding.
"""

import json
from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from contracts.event import SUBJECT_ROOT
from contracts.ids import EditionId
from contracts.stream import NANOSECONDS, STREAM
from kit.heard import Heard
from kit.log import Away, Log, LogError

from sayembara.audit.reading import REQUEST_SECONDS, WAIT_SECONDS, consumer_request
from sayembara.audit.wire import LINE_END, Found, Frame, Wire, frame_of, position_of
from sayembara.trouble import Trouble

TOGETHER = 2_000
"""Twice as many at the most are on their way: what waits fits into the buffers of the connection,
since the server ends one that it cannot write to for some seconds."""

EXPIRES_NANOSECONDS = REQUEST_SECONDS * NANOSECONDS


def heard(message: Frame | Found) -> Heard:
    """The message as everybody else takes it."""
    frame = frame_of(message)
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
    log: Log, wire: Wire, edition: EditionId, *, last: int
) -> AsyncIterator[list[Frame | Found]]:
    """All messages of the edition up to `last`; Trouble where they do not come."""
    subjects = await subjects_of(log, edition)
    made = await _made(log, subjects)
    whose = None if subjects else edition.encode()
    try:
        async for messages in _pulled(wire, made, last):
            # What is known by its looks is of this edition.
            within = [
                each
                for each in messages
                if type(each) is not tuple or whose is None or each[1].split(b".", 3)[2] == whose
            ]
            if position_of(messages[-1]) > last:
                within = [each for each in within if position_of(each) <= last]
            if within:
                yield within
    finally:
        await _end(log, made)


async def subjects_of(log: Log, edition: EditionId) -> tuple[str, ...]:
    """What to ask the log for, to read this edition; nothing stands for everything.

    To look for an edition costs the server more than to send another message: where most are of
    this one, it may send them all.
    """
    subjects = (f"{SUBJECT_ROOT}.*.{edition}.>",)
    made = await _made(log, subjects)
    await _end(log, made)
    return () if 2 * made["num_pending"] > await log.last_position() else subjects


async def _made(log: Log, subjects: tuple[str, ...]) -> dict[str, Any]:
    return await log.api(f"CONSUMER.CREATE.{STREAM}", consumer_request(subjects, 1))


async def _end(log: Log, consumer: dict[str, Any]) -> None:
    with suppress(LogError, *Away):
        await log.api(f"CONSUMER.DELETE.{STREAM}.{consumer['name']}")


async def _pulled(
    wire: Wire, made: dict[str, Any], last: int
) -> AsyncIterator[list[Frame | Found]]:
    wire.left = made["num_pending"]
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{made['name']}"
    at = asked = 0
    while wire.left and (room := last - at) > 0:
        if asked < min(TOGETHER, room):
            most = min(2 * TOGETHER, room)
            request = {"batch": most - asked, "expires": EXPIRES_NANOSECONDS}
            await wire.ask(subject, json.dumps(request))
            asked = most
        found = await _next(wire, at)
        asked -= len(found) + wire.unsent
        wire.unsent = 0
        if found:
            at = position_of(found[-1])
            yield found


async def _next(wire: Wire, at: int) -> list[Frame | Found]:
    try:
        async with timeout(WAIT_SECONDS):
            return await wire.messages()
    except OSError as error:
        text = f"the log stopped after position {at}, and more is on it ({error}): try again"
        raise Trouble(text) from error
