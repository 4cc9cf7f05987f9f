"""The durable consumer of each: its place on a stream, and what it may ask for at a time."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.stream import ACK_WAIT_SECONDS, NANOSECONDS, PUBLIC_STREAM, STREAM
from kit.log import CONSUMER_MISSING, STREAM_MISSING, Log, LogError

from sayembara.consumers.granted import PREFIX, Granted
from sayembara.consumers.places import sequence_after, sequence_of
from sayembara.trouble import Trouble

AGAIN_SECONDS = (ACK_WAIT_SECONDS, 60, 300)
"""After how long a message that is not acknowledged is sent again: once, twice, ever after."""
PENDING_MAX = 256
"""How many messages may be out and not acknowledged."""
WAITING_MAX = 16
EXPIRES_SECONDS_MAX = 60
BYTES_MAX = 8 * 1024 * 1024
WAITS = "sayembara-waits"
NEVER = "2200-01-01T00:00:00Z"


@dataclass(frozen=True)
class Waits:
    """Kept with a durable consumer that is made and sends nothing before `ensure` finds its place.

    It goes on behind the message of the position `after`; None: it begins where it was let in.
    `paused_until` is how it was paused before.
    """

    after: int | None = None
    paused_until: str | None = None

    @classmethod
    def of(cls, known: dict[str, Any]) -> "Waits | None":
        """What a durable consumer in that state waits for; None when its place is found."""
        kept = known["config"].get("metadata", {}).get(WAITS)
        return None if kept is None else cls(**json.loads(kept))


def config(granted: Granted) -> dict[str, Any]:
    """What its durable consumer is declared as."""
    return declared(granted.durable, granted.filters)


def declared(name: str, filters: Sequence[str]) -> dict[str, Any]:
    """What a durable consumer of that name is declared as."""
    return {
        "durable_name": name,
        "name": name,
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
        "filter_subjects": list(filters),
    }


async def ensure(log: Log, granted: Granted) -> None:
    """Make it, or bring it to what is declared; its place is kept where there is one.

    Broken off, it is done again: until its place is found, nothing is sent.
    """
    known = await state(log, granted)
    if known is None:
        await make(log, granted.stream, config(granted), Waits())
    waits = Waits() if known is None else Waits.of(known)
    if waits is not None:
        await rewind(log, granted, await _first(log, granted, waits))
        until = waits.paused_until
        await (
            pause(log, granted, datetime.fromisoformat(until)) if until else resume(log, granted)
        )
    # Whether it is paused is left as it is.
    await _create(log, granted.stream, config(granted))


async def make(log: Log, stream: str, asked: dict[str, Any], waits: Waits) -> None:
    """Make one that sends nothing before `ensure` has found its place."""
    kept = {"metadata": {WAITS: json.dumps(asdict(waits))}, "pause_until": NEVER}
    await _create(log, stream, asked | kept)


async def _create(log: Log, stream: str, asked: dict[str, Any]) -> None:
    request = {"stream_name": stream, "config": asked}
    await log.api(f"CONSUMER.CREATE.{stream}.{asked['name']}", request)


async def _first(log: Log, granted: Granted, waits: Waits) -> int:
    if waits.after is None:
        return await sequence_of(log, granted.stream, granted.from_position)
    return await sequence_after(log, granted.stream, waits.after)


async def must_be_placed(log: Log, granted: Granted) -> None:
    """Trouble when it has no place on the log yet, or none any more."""
    known = await state(log, granted)
    if known is None or Waits.of(known) is not None:
        raise Trouble(
            f"'{granted.consumer}' has no place on the log: `sayembara consumer apply` finds it one"
        )


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


async def delete(log: Log, granted: Granted) -> None:
    """Delete its durable consumer, if there is one: as of somebody who had the name before."""
    if await state(log, granted) is not None:
        await log.api(f"CONSUMER.DELETE.{granted.stream}.{granted.durable}")


async def delete_others(log: Log, kept: Sequence[Granted]) -> None:
    """Delete the durable consumers of all who are not among the kept."""
    for stream in (STREAM, PUBLIC_STREAM):
        wanted = {each.durable for each in kept if each.stream == stream}
        others = [each["name"] async for each in states(log, stream) if each["name"] not in wanted]
        for name in others:
            await log.api(f"CONSUMER.DELETE.{stream}.{name}")


async def states(log: Log, stream: str) -> AsyncIterator[dict[str, Any]]:
    """What JetStream says of each durable consumer of those outside that reads this stream."""
    seen, total = 0, 1
    while seen < total:
        page = await log.api(f"CONSUMER.LIST.{stream}", {"offset": seen})
        found, total = page["consumers"] or [], page["total"]
        seen += len(found)
        for each in found:
            if each["name"].startswith(PREFIX):
                yield each
        if not found:
            return
