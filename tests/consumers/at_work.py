"""The embedded form's NATS server alone, and consumers that log in to it with their keys."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import nats
from contracts.public import POSITION_HEADER
from contracts.stream import PUBLIC_STREAM
from nats.js import JetStreamContext

from sayembara.consumers import working
from sayembara.consumers.granted import Granted
from sayembara.consumers.keys import Key
from sayembara.consumers.working import Place
from sayembara.embedded.running import Embedded
from tests.deploy.broker import User

AWARDED, RANKED = "proposal.awarded.v1", "stage.ranked.v1"
ACK = f"$JS.ACK.{PUBLIC_STREAM}"


@dataclass(frozen=True)
class Known:
    """A consumer and its key."""

    granted: Granted
    key: Key

    @property
    def subscription(self) -> tuple[str, str]:
        return self.granted.durable, self.granted.stream


def known(name: str, *events: str, **other: Any) -> Known:
    key = Key.new()
    usual: dict[str, Any] = {
        "consumer": name,
        "nkey": key.public,
        "events": events or (AWARDED,),
        "of_edition": None,
        "view": "public",
        "from_position": 1,
        "whole_log": False,
        "revoked": False,
        "by": "Biro Organisasi",
        "reason": "surat 045/1182",
    }
    return Known(Granted(**usual | other), key)


def with_another_key(one: Known) -> Known:
    key = Key.new()
    return Known(replace(one.granted, nkey=key.public), key)


def place_of(system: Embedded) -> Place:
    return Place(system.system.log_place(), system.system.folder)


async def let_in(system: Embedded, *consumers: Known) -> None:
    """These may consume, and nobody else."""
    await working.let_in(place_of(system), [each.granted for each in consumers])


@asynccontextmanager
async def logged_in(system: Embedded, one: Known, **options: Any) -> AsyncIterator[User]:
    """A connection as any client library makes it: an address and a key."""
    refusals: list[str] = []

    async def refused(error: Exception) -> None:
        refusals.append(str(error))

    client = await nats.connect(
        system.system.ports.addresses().nats,
        nkeys_seed_str=one.key.seed,
        error_cb=refused,
        **{"max_reconnect_attempts": 2, "reconnect_time_wait": 0.05} | options,
    )
    try:
        yield User(client, refusals)
    finally:
        await client.close()


async def taken(user: User, one: Known, most: int = 100) -> list[str]:
    """The subjects of what it is sent now, each acknowledged."""
    durable, stream = one.subscription
    subscription = await user.client.jetstream().pull_subscribe_bind(durable, stream=stream)
    found = []
    while waiting := (await subscription.consumer_info()).num_pending:
        # Asked for more than there is, it would wait for more.
        for message in await subscription.fetch(min(most, waiting), timeout=20):
            found.append(message.subject)
            await message.ack_sync(timeout=20)
    return found


async def show(jetstream: JetStreamContext, position: int, proposal: str, fact: str) -> None:
    """Put a message on the public stream, as notification does."""
    await jetstream.publish(
        f"public.e1.proposal.{proposal}.{fact}", b"{}", headers={POSITION_HEADER: str(position)}
    )


async def show_awarded(user: User, positions: Sequence[int]) -> None:
    for position in positions:
        await show(user.client.jetstream(), position, f"p{position}", "awarded")
