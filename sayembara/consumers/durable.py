"""The durable consumer of each: its place on a stream, and what it may ask for at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.stream import ACK_WAIT_SECONDS, NANOSECONDS, PUBLIC_STREAM, STREAM
from kit.log import CONSUMER_MISSING, STREAM_MISSING, Log, LogError

from sayembara.consumers.granted import PREFIX, Granted
from sayembara.consumers.places import sequence_of

AGAIN_SECONDS = (ACK_WAIT_SECONDS, 60, 300)
"""After how long a message that is not acknowledged is sent again: once, twice, ever after."""
PENDING_MAX = 256
"""How many messages may be out and not acknowledged."""
WAITING_MAX = 16
EXPIRES_SECONDS_MAX = 60
BYTES_MAX = 8 * 1024 * 1024


def config(granted: Granted) -> dict[str, Any]:
    """What its durable consumer is declared as."""
    return {
        "durable_name": granted.durable,
        "name": granted.durable,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": AGAIN_SECONDS[0] * NANOSECONDS,
        "backoff": [each * NANOSECONDS for each in AGAIN_SECONDS],
        "max_deliver": -1,
        "max_ack_pending": PENDING_MAX,
        "max_waiting": WAITING_MAX,
        "max_batch": PENDING_MAX,
        "max_expires": EXPIRES_SECONDS_MAX * NANOSECONDS,
        "max_bytes": BYTES_MAX,
        "replay_policy": "instant",
        "filter_subjects": granted.filters,
    }


async def ensure(log: Log, granted: Granted) -> None:
    """Make it, or bring it to what is declared; its place is kept where there is one."""
    at = f"{granted.stream}.{granted.durable}"
    known = await state(log, granted)
    declared = config(granted)
    if known is not None and "pause_until" in known["config"]:
        declared["pause_until"] = known["config"]["pause_until"]
    request = {"stream_name": granted.stream, "config": declared}
    await log.api(f"CONSUMER.CREATE.{at}", request)
    if known is None:
        await rewind(log, granted, await sequence_of(log, granted.stream, granted.from_position))


async def rewind(log: Log, granted: Granted, sequence: int) -> None:
    """Have it deliver from that message of its stream on, whatever it delivered before."""
    await log.api(f"CONSUMER.RESET.{granted.stream}.{granted.durable}", {"seq": sequence})


async def pause(log: Log, granted: Granted, until: datetime) -> None:
    """Have it deliver nothing until then; what comes meanwhile waits."""
    request = {"pause_until": until.isoformat()}
    await log.api(f"CONSUMER.PAUSE.{granted.stream}.{granted.durable}", request)


async def resume(log: Log, granted: Granted) -> None:
    """Have it deliver again."""
    await log.api(f"CONSUMER.PAUSE.{granted.stream}.{granted.durable}", {})


async def state(log: Log, granted: Granted) -> dict[str, Any] | None:
    """What JetStream says of it; None when it is not there."""
    try:
        return await log.api(f"CONSUMER.INFO.{granted.stream}.{granted.durable}")
    except LogError as error:
        if error.code in (CONSUMER_MISSING, STREAM_MISSING):
            return None
        raise


async def delete_others(log: Log, kept: Sequence[Granted]) -> None:
    """Delete the durable consumers of all who are not among the kept."""
    for stream in (STREAM, PUBLIC_STREAM):
        wanted = {each.durable for each in kept if each.stream == stream}
        for name in await _names(log, stream):
            if name.startswith(PREFIX) and name not in wanted:
                await log.api(f"CONSUMER.DELETE.{stream}.{name}")


async def _names(log: Log, stream: str) -> list[str]:
    found: list[str] = []
    while True:
        page = await log.api(f"CONSUMER.NAMES.{stream}", {"offset": len(found)})
        found += page["consumers"] or []
        if len(found) >= page["total"]:
            return found
