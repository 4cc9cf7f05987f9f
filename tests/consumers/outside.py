"""Consumers from outside: let in before a store or a log is made again, and going on after it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import nats
import pytest
from contracts.consumers import View
from contracts.stream import PUBLIC_STREAM, STREAM
from kit.stored import message_at

from sayembara import event_log
from sayembara.consumers import durable, seeing, working
from sayembara.consumers.folder import KEY_FILE
from sayembara.consumers.granted import events_named
from sayembara.consumers.keys import Key
from sayembara.consumers.seeing import Seen
from sayembara.consumers.working import Asked, Given, Word
from sayembara.embedded.running import Embedded
from tests.consumers.at_work import Known, logged_in, place_of
from tests.system.embedded import services_of

EVENTS = "proposal.admitted,stage.ranked,proposal.awarded"
VIEWS: dict[str, View] = {
    "kemendagri": "public",
    "lan": "internal",
    "paused": "public",
    "revoked": "public",
}
TAKEN = 2
WORD = Word("Biro Organisasi", "surat 045/1182")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


async def let_in(system: Embedded, folder: Path) -> None:
    """Two take some, one has another key; one is paused, one revoked. What was taken is kept."""
    async with services_of(system) as services:
        url = system.system.ports.addresses().nats
        for name, view in VIEWS.items():
            asked = Asked(name, events_named(EVENTS, view), None, view, "start")
            await working.add(services, place_of(system), asked, WORD, Given(folder / name, url))
        paused = await working.found(services, "paused")
        await working.rotate(services, place_of(system), "lan", WORD, Given(folder / "lan", url))
        await working.revoke(services, place_of(system), "revoked", WORD)
    for name in ("kemendagri", "lan"):
        ids = await take(system, folder, name, TAKEN)
        (folder / f"{name}.json").write_text(json.dumps(ids))
    async with event_log.connected(system.system.log_place()) as log:
        await durable.pause(log, paused, LATER)


async def take(system: Embedded, folder: Path, name: str, most: int) -> list[str]:
    """The ids of what it is sent next, each acknowledged."""
    one = await _known(system, folder, name)
    async with logged_in(system, one, allow_reconnect=False) as own:
        bound = await own.client.jetstream().pull_subscribe_bind(
            one.granted.durable, stream=one.granted.stream
        )
        found = []
        for message in await bound.fetch(most, timeout=10):
            found.append((message.headers or {})["ce-id"])
            await message.ack_sync(timeout=10)
        return found


async def _known(system: Embedded, folder: Path, name: str) -> Known:
    seed = (folder / name / KEY_FILE).read_text().strip()
    async with services_of(system) as services:
        (granted,) = [each for each in await working.granted(services) if each.consumer == name]
    return Known(granted, Key(seed, granted.nkey))


async def applied(system: Embedded) -> dict[str, Seen]:
    """How they are doing after `sayembara consumer apply`."""
    async with services_of(system) as services:
        await working.apply(services, place_of(system))
    return await seen(system)


async def seen(system: Embedded) -> dict[str, Seen]:
    async with services_of(system) as services:
        found = await seeing.seen(place_of(system), await working.granted(services))
    return {each.consumer: each for each in found}


async def goes_on(system: Embedded, folder: Path) -> None:
    """With the keys that they have they are sent exactly the rest; who was revoked stays out."""
    found = await seen(system)
    assert (found["paused"].state, found["revoked"].state) == ("paused", "revoked")
    assert found["paused"].behind == len(await _all(system, "public"))
    for name in ("kemendagri", "lan"):
        before = json.loads((folder / f"{name}.json").read_text())
        expected = await _all(system, VIEWS[name])
        assert before == expected[:TAKEN]
        assert found[name].behind == len(expected) - TAKEN
        assert await take(system, folder, name, len(expected)) == expected[TAKEN:]
    with pytest.raises(nats.errors.Error, match="Authorization Violation"):
        await take(system, folder, "revoked", 1)


async def _all(system: Embedded, view: View) -> list[str]:
    """The ids of all their events, in the order of their stream."""
    stream, types = (PUBLIC_STREAM if view == "public" else STREAM), events_named(EVENTS, view)
    async with event_log.connected(system.system.log_place()) as log:
        last = (await log.api(f"STREAM.INFO.{stream}"))["state"]["last_seq"]
        found = [await message_at(log, each, stream) for each in range(1, last + 1)]
    return [each.event_id for each in found if each is not None and each.event_type in types]
