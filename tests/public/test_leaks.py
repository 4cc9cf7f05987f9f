"""While a stage is frozen, nothing that goes out tells of it: every byte is searched."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from contracts.event import Event
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.notification import facts as notices
from tests.public.facts import changed, frozen, outcome, revealed, unfrozen
from tests.public.stream import notification, public_stream, until_shown
from tests.shared.toy import publish
from tests.support.nats import NatsServer
from tests.support.system import connected

WINNER, LOSER = "rahasia-pemenang", "rahasia-kalah"
SECRETS = (WINNER.encode(), LOSER.encode(), b"81.5", b"stage.ranked", b"results.announced")
BEFORE: list[Event] = [notices.OPENED, notices.ADMITTED, changed("p1"), frozen()]
HELD: list[Event] = [
    changed(WINNER, by=["s1"]),
    changed(LOSER, by=["s1"], stage="s2"),
    *outcome(WINNER, by=["s1"]),
]
MEANWHILE: list[Event] = [notices.closed("s1"), revealed("p3"), frozen("s9"), unfrozen("s9")]


class Ear:
    """Keeps whatever comes: subject, headers and body, as one run of bytes each."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def hear(self, message: Msg) -> None:
        told = "\n".join(f"{name}: {value}" for name, value in (message.headers or {}).items())
        self.heard.append(b"\n".join((message.subject.encode(), told.encode(), message.data)))

    def tells(self) -> list[bytes]:
        return [secret for secret in SECRETS if any(secret in each for each in self.heard)]


@asynccontextmanager
async def ear(client: Client) -> AsyncIterator[Ear]:
    one = Ear()
    for subject in ("live.>", "public.>"):
        await client.subscribe(subject, cb=one.hear)
    await client.flush()
    yield one


async def test_nothing_goes_out_between_the_freeze_and_the_unfreeze(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client, notification(nats_server, tmp_path):
        await publish(client, *BEFORE)
        await until_shown(client, len(BEFORE))
        async with ear(client) as outside:
            for event in HELD:
                await publish(client, event)
            await publish(client, *MEANWHILE)
            # What is shown later is shown after it: so all of what was held has been dealt with.
            found = await until_shown(client, len(BEFORE) + len(MEANWHILE))
            await client.flush()
            assert len(outside.heard) == 2 * len(MEANWHILE)
            assert outside.tells() == []

        await publish(client, unfrozen())
        after = await until_shown(client, len(found) + 1 + len(HELD))
    freed = [each.headers["ce-type"] for each in after[len(found) :]]
    assert freed == [unfrozen().type, *(each.type for each in HELD)]


async def test_nothing_leaks_when_the_stream_is_made_again_or_the_service_starts_while_frozen(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client:
        async with notification(nats_server, tmp_path):
            await publish(client, *BEFORE, *HELD)
            await until_shown(client, len(BEFORE))
        async with ear(client) as outside:
            # A new store takes the whole log again, in batches of one.
            store = f"sqlite:///{tmp_path / 'again.db'}"
            async with notification(nats_server, tmp_path, store, batch_size=1):
                await publish(client, *MEANWHILE)
                await until_shown(client, len(BEFORE) + len(MEANWHILE))
            await client.flush()
        assert outside.tells() == []
        assert len(await public_stream(client)) == len(BEFORE) + len(MEANWHILE)


@pytest.mark.parametrize("event", [*HELD[:1], *HELD[2:]], ids=lambda each: each.type)
def test_each_of_these_would_be_found_if_it_went_out(event: Event) -> None:
    whole = event.subject().encode() + event.type.encode() + event.model_dump_json().encode()
    assert any(secret in whole for secret in SECRETS)
