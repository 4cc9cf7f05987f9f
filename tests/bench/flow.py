"""Part a: sheets that wait on the log become changed standings on the log. Sheets per second.

Every form takes the same log and says `standings.changed` with the position it stands for; the
time is the server's own, from the first change on the log to the last. Starting up is outside.
"""

import asyncio
import json
from dataclasses import dataclass

from contracts.ranking import StandingsChanged
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import DeliverPolicy

from tests.bench import world
from tests.bench.processes import Stores, environment_of, log_server, process, service
from tests.support.nats import free_port

LIMIT_SECONDS = 30


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    proposals: int
    jurors: int
    usual_sheets: int


@dataclass(frozen=True)
class Rates:
    """Sheets per second of each form, in one round."""

    ours: float
    bare: float
    usual: float


async def measure(kind: str, size: Size, stores: Stores) -> Rates:
    """One round: the three forms one after the other on one log."""
    async with log_server() as (url, client, log, _):
        await world.put_on_log(log, [world.opened(), *world.admitted(size.proposals)])
        first = await log.last_position() + 1
        last = await world.put_on_log(log, world.sheets(size.proposals, size.jurors))
        with service("ranking", nats_url=url, database_url=stores.new(kind), http_port=free_port()):
            ours = await _rate(client, "ranking", last)
        with process("tests.bench.bare", **environment_of(url, stores.new(kind))):
            bare = await _rate(client, "bare", last)
        with process("tests.bench.usual", **environment_of(url, stores.new(kind))):
            usual = await _rate(client, "usual", min(last, first + size.usual_sheets))
    return Rates(ours, bare, usual)


async def _rate(client: Client, who: str, last: int) -> float:
    changes: list[tuple[int, float]] = []
    done = asyncio.Event()

    async def on_change(message: Msg) -> None:
        position = json.loads(message.data)["position"]
        changes.append((position, message.metadata.timestamp.timestamp()))
        if position >= last:
            done.set()

    subscription = await client.jetstream().subscribe(
        StandingsChanged.filter().replace(StandingsChanged.source, who),
        ordered_consumer=True,
        deliver_policy=DeliverPolicy.ALL,
        cb=on_change,
    )
    async with asyncio.timeout(LIMIT_SECONDS):
        await done.wait()
    await subscription.unsubscribe()
    (start, began_at), (end, ended_at) = changes[0], changes[-1]
    return (end - start) / (ended_at - began_at)
