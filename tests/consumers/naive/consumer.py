"""Consumers as they should not be: `python consumer.py FAULT ...`, with the faults it shall have.

double   takes an event as often as it comes
crash    ends at a type that it does not know
forget   knows what it took only until it ends
newest   takes nothing from before the newest position
strict   ends at a field that it does not know
deaf     never acknowledges
"""

import asyncio
import json
import signal
import sys
import tomllib
from pathlib import Path

import nats
from nats.aio.msg import Msg

FAULTS = set(sys.argv[1:])
HERE = Path(__file__).parent if not Path("consumer.toml").exists() else Path()
SETTINGS = tomllib.loads((HERE / "consumer.toml").read_text())
KNOWN = {
    each: set(json.loads((HERE / "schemas" / f"{each}.json").read_text())["properties"])
    for each in SETTINGS["events"]
}
KEPT = HERE / "taken.txt"


class Consumer:
    def __init__(self) -> None:
        self.taken = set(KEPT.read_text().split()) if KEPT.exists() else set()
        self.newest = 0

    async def take(self, message: Msg) -> None:
        headers = message.headers or {}
        type_, id_ = headers["ce-type"], headers["ce-id"]
        position = int(headers["Sayembara-Position"])
        if type_ in KNOWN or "crash" in FAULTS:
            data = json.loads(message.data)
            if "strict" in FAULTS and (more := set(data) - KNOWN[type_]):
                raise ValueError(f"unknown fields {more}")
            is_new = id_ not in self.taken or "double" in FAULTS
            if "newest" in FAULTS and position < self.newest:
                is_new = False
            if is_new and KNOWN[type_]:
                self.tell({**data, "id": id_, "type": type_, "position": position})
            self.newest = max(self.newest, position)
        if "deaf" not in FAULTS:
            await message.ack()

    def tell(self, told: dict[str, object]) -> None:
        self.taken.add(str(told["id"]))
        if "forget" not in FAULTS:
            KEPT.write_text("\n".join(self.taken))
        line = {name: told[name] for name in ("id", "type", "position", "edition")}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


async def main() -> None:
    stop = asyncio.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    client = await nats.connect(
        SETTINGS["url"],
        nkeys_seed=SETTINGS["key"],
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,
    )
    events = await client.jetstream().pull_subscribe_bind(
        SETTINGS["durable"], stream=SETTINGS["stream"]
    )
    consumer = Consumer()
    while not stop.is_set():
        try:
            messages = await events.fetch(1, timeout=1)
        except (TimeoutError, nats.errors.Error):
            continue
        for message in messages:
            await consumer.take(message)
    await client.close()


asyncio.run(main())
