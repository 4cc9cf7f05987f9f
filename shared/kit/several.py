"""A question that several NATS servers answer, each for itself."""

import json
from typing import Any

from nats.aio.client import Client


async def answers(client: Client, subject: str, servers: int, seconds: float) -> list[Any]:
    """What so many servers answer; TimeoutError when one of them does not in that time."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    await client.publish(subject, reply=inbox)
    found = [json.loads((await subscription.next_msg(seconds)).data) for _ in range(servers)]
    await subscription.unsubscribe()
    return found
