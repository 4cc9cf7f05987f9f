"""The log as a replay reads it where it can: every message in order, as it was sent."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from contracts.event import SUBJECT_ROOT
from contracts.ids import EditionId
from contracts.stream import STREAM
from kit.heard import Heard
from kit.log import Away, Log, LogError

from sayembara.audit.pulled import pulled, reading_of
from sayembara.audit.reading import consumer_request
from sayembara.audit.wire import LINE_END, Frame, Wire, position_of


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
    log: Log, wire: Wire, edition: EditionId, *, first: int = 1, last: int
) -> AsyncIterator[list[Frame]]:
    """All messages of the edition from `first` to `last`; Trouble where they do not come."""
    subjects = await subjects_of(log, edition)
    made = await _made(log, subjects, first)
    whose = None if subjects else edition
    try:
        async for frames in pulled(wire, reading_of(made, first, last, whose)):
            yield frames
    finally:
        await _end(log, made)


async def subjects_of(log: Log, edition: EditionId) -> tuple[str, ...]:
    """What to ask the log for, to read this edition; nothing stands for everything.

    To look for an edition costs the server more than to send another message: where most are of
    this one, it may send them all.
    """
    subjects = (f"{SUBJECT_ROOT}.*.{edition}.>",)
    made = await _made(log, subjects, 1)
    await _end(log, made)
    return () if 2 * made["num_pending"] > await log.last_position() else subjects


async def _made(log: Log, subjects: tuple[str, ...], first: int) -> dict[str, Any]:
    return await log.api(f"CONSUMER.CREATE.{STREAM}", consumer_request(subjects, first))


async def _end(log: Log, consumer: dict[str, Any]) -> None:
    with suppress(LogError, *Away):
        await log.api(f"CONSUMER.DELETE.{STREAM}.{consumer['name']}")
