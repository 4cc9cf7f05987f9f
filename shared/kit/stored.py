"""Messages as they are stored, read from any place of the log without a consumer."""

import asyncio
import json

from contracts.stream import STREAM
from nats.js.errors import NotFoundError

from kit.heard import Heard
from kit.log import Drift, Log


async def message_at(log: Log, position: int, stream: str = STREAM) -> Heard | None:
    """The message at that position of the log, or of another stream; None when there is none."""
    try:
        found = await log.client.jetstream().get_msg(stream, seq=position)
    except NotFoundError:
        return None
    return Heard(position, found.subject or "", found.headers or {}, found.data or b"")


async def messages_between(log: Log, first: int, last: int) -> list[Heard]:
    """The messages from `first` up to `last`, asked for side by side; Drift where one is gone."""
    return await asyncio.gather(*(_there(log, each) for each in range(first, last + 1)))


async def _there(log: Log, position: int) -> Heard:
    found = await message_at(log, position)
    if found is None:
        raise Drift(f"the log has no message at position {position}: it was removed")
    return found


async def request_from(log: Log, position: int, inbox: str, most: int) -> None:
    """Ask for at most so many messages from that position on, sent to this inbox as they are.

    In a cluster a server may answer that has not heard the last ones yet.
    """
    request = {"seq": position, "batch": most}
    subject = f"$JS.API.DIRECT.GET.{STREAM}"
    await log.client.publish(subject, json.dumps(request).encode(), reply=inbox)
