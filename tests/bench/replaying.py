"""What part f measures, each in a process of its own, so that its memory is its own.

`python -m tests.bench.replaying replayed|read URL`, or `sourced|projected FOLDER`,
tells seconds and peak memory as JSON. Starting up is outside.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import nats
from contracts.event import SUBJECT_ROOT
from kit.log import Log
from nats.aio.msg import Msg
from nats.js.api import DeliverPolicy

from sayembara.audit.asof import replayed_up_to
from sayembara.audit.scratch import scratch
from tests.bench import sourced, world
from tests.bench.whole import peak_mib


async def replayed(log: Log) -> dict[str, object]:
    """The edition replayed as `sayembara audit replay` does, to the digest of its standings."""
    last = await log.last_position()
    with scratch() as store:
        await replayed_up_to(log, store, world.EDITION, last)
        return {"digest": store.standings(world.EDITION, world.STAGE).digest}


async def read(log: Log) -> dict[str, object]:
    """The same messages read with nats-py, and no look taken at them: an ordered push consumer."""
    left, done = await log.last_position(), asyncio.Event()

    async def count(_: Msg) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    await log.client.jetstream().subscribe(
        f"{SUBJECT_ROOT}.*.{world.EDITION}.>",
        ordered_consumer=True,
        deliver_policy=DeliverPolicy.ALL,
        cb=count,
    )
    await done.wait()
    return {}


async def measured(
    url: str, work: Callable[[Log], Awaitable[dict[str, object]]]
) -> dict[str, object]:
    """The work's figures."""
    client = await nats.connect(url)
    began_at = time.perf_counter()
    found = await work(Log(client))
    seconds = time.perf_counter() - began_at
    await client.close()
    return {**found, "seconds": seconds, "peak_mib": peak_mib("self")}


def main() -> None:
    """Run from the command line."""
    what, where = sys.argv[1:]
    works = {"replayed": replayed, "read": read}
    if of_log := works.get(what):
        found = asyncio.run(measured(where, of_log))
    else:
        of_peer = {"sourced": sourced.replayed, "projected": sourced.projected}[what]
        found = of_peer(sourced.environment_of(Path(where)))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
