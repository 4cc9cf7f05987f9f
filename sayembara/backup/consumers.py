"""Where each consumer from outside has got to: in a backup, and back on a log.

The stream that it reads may be filled anew, so its place is kept as a position of the log. Whoever
may consume is in notification's store.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts.event import Fact
from contracts.stream import PUBLIC_STREAM, STREAM
from kit.log import STREAM_MISSING, Log, LogError
from pydantic import TypeAdapter

from sayembara.consumers import durable
from sayembara.consumers.durable import Waits
from sayembara.consumers.places import position_of

FILE = "consumers.json"


class Place(Fact):
    """All that is a consumer's own is acknowledged up to `position` of the log; 0: nothing yet.

    What it acknowledged behind something that it had not is not kept.
    """

    durable: str
    stream: str
    filters: tuple[str, ...]
    position: int
    paused_until: str | None


_places = TypeAdapter(tuple[Place, ...])


async def places(log: Log) -> tuple[Place, ...]:
    """Where everybody is now; without those who have no place yet."""
    found = [await _place(log, each) for each in await _states(log)]
    return tuple(each for each in found if each is not None)


async def _states(log: Log) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for stream in (STREAM, PUBLIC_STREAM):
        try:
            found += [each async for each in durable.states(log, stream)]
        except LogError as error:
            if error.code != STREAM_MISSING:
                raise
    return found


async def _place(log: Log, known: dict[str, Any]) -> Place | None:
    waits, stream = Waits.of(known), known["stream_name"]
    if waits is None:
        after = await position_of(log, stream, known["ack_floor"]["stream_seq"])
        waits = Waits(after, known["config"]["pause_until"] if known.get("paused") else None)
    if waits.after is None:
        return None
    return Place(
        durable=known["name"],
        stream=stream,
        filters=tuple(known["config"]["filter_subjects"]),
        position=waits.after,
        paused_until=waits.paused_until,
    )


async def put_back(log: Log, those: Sequence[Place]) -> None:
    """Make their durable consumers, which wait for `sayembara consumer apply`."""
    for each in those:
        waits = Waits(each.position, each.paused_until)
        await durable.make(log, each.stream, durable.declared(each.durable, each.filters), waits)


def write(folder: Path, those: Sequence[Place]) -> None:
    """Write them into the folder of a backup."""
    text = json.dumps(_places.dump_python(tuple(those), mode="json"), indent=2)
    (folder / FILE).write_text(f"{text}\n", encoding="utf-8")


def read(folder: Path) -> tuple[Place, ...]:
    """Those in a backup; none in one from before they were kept."""
    path = folder / FILE
    return _places.validate_json(path.read_text("utf-8")) if path.exists() else ()
