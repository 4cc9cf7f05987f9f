"""Where a position of the log, or a moment, lies in the stream that a consumer reads.

The public stream has fewer messages than the log, and what was held back stands further behind
than its position says.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from contracts.public import POSITION_HEADER, public_subject
from contracts.stream import PUBLIC_ROOT, PUBLIC_STREAM, STREAM
from kit.log import Log, LogError
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from sayembara.trouble import Trouble

SLACK = timedelta(seconds=60)
"""How far the clocks of the servers may lie apart."""
SCAN_MESSAGES = 256
SCAN_SECONDS = 5
STILL_SECONDS = 20
NO_MESSAGE = 10037


async def position_of(log: Log, stream: str, sequence: int) -> int:
    """The position on the log of that message of the stream; 0 without one."""
    if stream == STREAM or not sequence:
        return sequence
    try:
        message = await log.client.jetstream().get_msg(stream, seq=sequence)
    except NotFoundError:
        return 0
    return _position(message.headers)


async def position_in(log: Log, position: int) -> int:
    """That position, or the next to come; Trouble when the log does not reach so far."""
    last = await log.last_position()
    if position > last + 1:
        raise Trouble(f"the log has no position {position}: it ends at {last}")
    return position


async def sequence_of(log: Log, stream: str, position: int) -> int:
    """The first message of the stream that tells of that position of the log or a later one.

    Where nothing does so yet, it is the message that comes next.
    """
    if position == 1:
        return 1
    if position > await log.last_position():
        return await _next(log, stream)
    if stream == STREAM:
        return position
    stored = await log.api(f"STREAM.MSG.GET.{STREAM}", {"seq": position})
    # Nothing is shown before it is on the log.
    moment = datetime.fromisoformat(stored["message"]["time"]) - SLACK
    async for message in _shown(log, await sequence_at(log, stream, moment)):
        if _position(message.headers) >= position:
            return message.metadata.sequence.stream
    return await _next(log, stream)


async def sequence_after(log: Log, stream: str, position: int) -> int:
    """The message of the stream that comes behind the one of exactly that position of the log.

    While the public stream is being filled anew, it is waited for; Trouble when that does not go
    on. Behind is what was sent later, also where it tells of an earlier position.
    """
    if stream == STREAM or not position:
        return position + 1
    stored = await log.api(f"STREAM.MSG.GET.{STREAM}", {"seq": position})
    subject, first = public_subject(stored["message"]["subject"]), 1
    while True:
        end = await _next(log, stream)
        async for message in _shown(log, first, subject):
            if _position(message.headers) == position:
                return message.metadata.sequence.stream + 1
        if not await _grows(log, stream, end):
            raise Trouble(
                f"the public view has no message of position {position} of the log, and does not go"
                " on: does notification run? Its /readyz says why. Then run this again"
            )
        first = end


async def _grows(log: Log, stream: str, end: int) -> bool:
    for _ in range(STILL_SECONDS):
        if await _next(log, stream) > end:
            return True
        await asyncio.sleep(1)
    return False


async def sequence_at(log: Log, stream: str, moment: datetime) -> int:
    """The first message that the stream took then or later; else the one that comes next."""
    try:
        found = await log.api(f"STREAM.MSG.GET.{stream}", {"start_time": moment.isoformat()})
    except LogError as error:
        if error.code == NO_MESSAGE:
            return await _next(log, stream)
        raise
    return int(found["message"]["seq"])


async def _next(log: Log, stream: str) -> int:
    info = await log.api(f"STREAM.INFO.{stream}")
    return int(info["state"]["last_seq"]) + 1


async def _shown(log: Log, first: int, subject: str = f"{PUBLIC_ROOT}.>") -> AsyncIterator[Msg]:
    """The headers of what is shown from that message of the public stream on."""
    reading = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        ack_policy=AckPolicy.NONE,
        headers_only=True,
        inactive_threshold=2 * SCAN_SECONDS,
    )
    jetstream = log.client.jetstream()
    shown = await jetstream.pull_subscribe(subject, stream=PUBLIC_STREAM, config=reading)
    left = (await shown.consumer_info()).num_pending
    while left:
        for message in await shown.fetch(SCAN_MESSAGES, SCAN_SECONDS):
            yield message
            left = message.metadata.num_pending
    await shown.unsubscribe()


def _position(headers: Any) -> int:
    return int((headers or {}).get(POSITION_HEADER, 0))
