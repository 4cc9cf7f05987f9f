"""Takes the events of Sayembara, each once. Start it in this folder: `python3 starter.py`.

What an event means for you goes into `effect`. Each event is kept in `taken.sqlite3` together with
its id, in one transaction: so it may come again, and has no second effect.
"""

import asyncio
import json
import os
import signal
import sqlite3
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import nats
from nats.aio.msg import Msg

HERE = Path(__file__).resolve().parent
SETTINGS = tomllib.loads((HERE / "consumer.toml").read_text("utf-8"))
TABLES = """
CREATE TABLE IF NOT EXISTS taken (id TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS facts (type TEXT, edition TEXT, position INTEGER, data TEXT);
"""


class Taken(NamedTuple):
    """What is told of an event; `position` is its place on the log of Sayembara."""

    id: str
    type: str
    position: int
    edition: str


def effect(store: sqlite3.Connection, event: Taken, data: dict[str, Any]) -> None:
    """What the event means for you: write it with `store`, and nothing is ever done twice.

    An older event may come after a newer one: what you overwrite, overwrite by `position`.
    """
    row = (event.type, event.edition, event.position, json.dumps(data))
    store.execute("INSERT INTO facts VALUES (?, ?, ?, ?)", row)


def take(store: sqlite3.Connection, event: Taken, data: dict[str, Any]) -> bool:
    """Have the effect and note the id, both or neither; False when it was taken before."""
    with store:  # one transaction
        known = "INSERT OR IGNORE INTO taken VALUES (?, ?)"
        if store.execute(known, (event.id, event.position)).rowcount == 0:
            return False
        effect(store, event, data)
    return True


def read(message: Msg) -> tuple[Taken, dict[str, Any]] | None:
    """The event in a message, or None when its type and version are not known here."""
    headers = message.headers or {}
    if headers.get("ce-type") not in SETTINGS["events"]:
        return None
    data = json.loads(message.data)  # more fields than you know are no error
    # The internal view has no such header: there the message itself is on the log.
    position = headers.get("Sayembara-Position") or message.metadata.sequence.stream
    return Taken(headers["ce-id"], headers["ce-type"], int(position), data["edition"]), data


async def handle(store: sqlite3.Connection, message: Msg) -> None:
    """Take one message; only what is safely kept is acknowledged."""
    try:
        found = read(message)
        if found is None:
            say("not understood, passed over", message.headers)
        elif take(store, *found):
            print(json.dumps(found[0]._asdict()), flush=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, the event must come again
        say(f"failed, comes again in 30 s: {error!r}", message.headers)
        await message.nak(delay=30)
    else:
        await message.ack()


def say(*words: object) -> None:
    """Tell whoever looks after this program."""
    print("starter:", *words, file=sys.stderr, flush=True)


async def on_error(error: Exception) -> None:
    """Say what the connection suffers; it is made again by itself, unless the key is refused."""
    if "authorization violation" in str(error).lower():
        say(f"{SETTINGS['url']} refuses the key {SETTINGS['key']}: ask the operator")
        say("after a restore it is taken again once the operator said `sayembara consumer apply`")
        os._exit(1)  # the client would try for ever; nothing is half done here
    say(f"connection: {error!r}")


async def main() -> None:
    """Take event after event, until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    store = sqlite3.connect(HERE / "taken.sqlite3")
    store.executescript(TABLES)
    key = str(HERE / SETTINGS["key"])
    more = {"max_reconnect_attempts": -1, "reconnect_time_wait": 1, "ping_interval": 20}
    client = await nats.connect(SETTINGS["url"], nkeys_seed=key, error_cb=on_error, **more)
    say(f"connected as {SETTINGS['name']}; each event that is taken is a line")
    js = client.jetstream()
    events = await js.pull_subscribe_bind(SETTINGS["durable"], stream=SETTINGS["stream"])
    while not stop.is_set():
        try:
            for message in await events.fetch(1, timeout=2):
                await handle(store, message)
        except nats.errors.TimeoutError:
            continue
        except nats.errors.Error as error:
            say(f"asking again in 1 s: {error!r}")
            await asyncio.sleep(1)
    await client.close()


if __name__ == "__main__":
    asyncio.run(main())
