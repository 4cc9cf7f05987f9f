"""A consumer as bad as can be, in a process of its own. Arguments: URL SEED STREAM DURABLE HOW.

It floods: asks without end on every connection it may have, and reads nothing. It stalls: takes all
that it may hold, and acknowledges nothing. It loops: refuses everything at once, again and again.
"""

import asyncio
import sys
from contextlib import suppress

import nats
from nats.aio.client import Client

ASKED = b'{"batch": 256, "expires": 1000000000}'


async def main(url: str, seed: str, stream: str, durable: str, how: str) -> None:
    many = 4 if how == "floods" else 1
    clients = [await nats.connect(url, nkeys_seed_str=seed, error_cb=quiet) for _ in range(many)]
    sys.stdout.write("there\n")
    sys.stdout.flush()
    await asyncio.gather(*(HOW[how](each, stream, durable) for each in clients))


async def quiet(_: Exception) -> None:
    pass


async def floods(client: Client, stream: str, durable: str) -> None:
    await client.subscribe("_INBOX.flood", cb=nothing)
    while True:
        for _ in range(500):
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
            await client.publish(subject, ASKED, reply="_INBOX.flood")
        await client.flush(60)


async def nothing(_: object) -> None:
    await asyncio.sleep(0.01)


async def stalls(client: Client, stream: str, durable: str) -> None:
    subscription = await client.jetstream().pull_subscribe_bind(durable, stream=stream)
    while True:
        with suppress(TimeoutError):
            await subscription.fetch(256, timeout=5)


async def loops(client: Client, stream: str, durable: str) -> None:
    subscription = await client.jetstream().pull_subscribe_bind(durable, stream=stream)
    while True:
        with suppress(TimeoutError):
            for message in await subscription.fetch(256, timeout=5):
                await message.nak()


HOW = {"floods": floods, "stalls": stalls, "loops": loops}

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
