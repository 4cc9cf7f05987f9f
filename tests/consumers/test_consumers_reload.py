"""Letting in and showing out while others are at work: who is cut off, and who notices nothing."""

import asyncio
from collections.abc import Iterator

import nats
import pytest

from sayembara.consumers import seeing, server, working
from sayembara.consumers.granted import Granted
from sayembara.embedded.processes import stop_all
from sayembara.embedded.running import Embedded
from sayembara.trouble import Trouble
from tests.consumers.at_work import (
    Known,
    known,
    let_in,
    logged_in,
    place_of,
    show_awarded,
    taken,
    with_another_key,
)
from tests.deploy.broker import User, broker, user
from tests.support.waiting import until

GONE, STAYS = known("gone"), known("stays")


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with broker(tmp_path_factory.mktemp("reload")) as running:
        asyncio.run(let_in(running, GONE, STAYS))
        yield running


async def cannot_come_back(system: Embedded, one: Known) -> None:
    with pytest.raises(nats.errors.Error, match="Authorization Violation"):
        async with logged_in(system, one, allow_reconnect=False):
            pass


async def is_shown_out(own: User) -> None:
    async def is_so() -> bool:
        return own.client.is_closed

    await until(is_so, "the open connection is closed")


async def test_who_is_revoked_is_cut_off_and_nobody_else_notices(system: Embedded) -> None:
    durable, stream = STAYS.subscription
    async with (
        logged_in(system, GONE) as gone,
        logged_in(system, STAYS) as stays,
        user(system, "ranking") as service,
        user(system, "admin") as admin,
    ):
        pull = await stays.client.jetstream().pull_subscribe_bind(durable, stream=stream)
        waits = asyncio.create_task(pull.fetch(1, timeout=20))
        await stays.client.flush()
        await let_in(system, STAYS)
        await is_shown_out(gone)
        await cannot_come_back(system, GONE)

        await show_awarded(admin, [1])
        (message,) = await waits
        await message.ack_sync(timeout=20)
        others = (stays, service, admin)
        assert [each.client.stats["reconnects"] for each in others] == [0, 0, 0]
        assert stays.refusals == service.refusals == []
        names = await admin.ask(f"$JS.API.CONSUMER.NAMES.{stream}")
        assert names["consumers"] == ["consumer-stays"]


async def test_who_comes_can_begin_at_once(system: Embedded) -> None:
    fresh = [known(f"fresh-{number}") for number in range(3)]
    async with user(system, "admin") as admin:
        await show_awarded(admin, [1, 2])
    await let_in(system, GONE, STAYS, *fresh)
    for each in fresh:
        async with logged_in(system, each) as own:
            assert len(await taken(own, each)) == 2


async def test_another_key_shuts_the_one_before_out(system: Embedded) -> None:
    fresh = with_another_key(GONE)
    async with user(system, "admin") as admin:
        await show_awarded(admin, [1, 2])
    async with logged_in(system, GONE) as before:
        subscription = await before.client.jetstream().pull_subscribe_bind(
            GONE.granted.durable, stream=GONE.granted.stream
        )
        (message,) = await subscription.fetch(1, timeout=20)
        await message.ack_sync(timeout=20)
        await let_in(system, fresh, STAYS)
        await is_shown_out(before)
    await cannot_come_back(system, GONE)
    async with logged_in(system, fresh) as own:
        assert await taken(own, fresh) == ["public.e1.proposal.p2.awarded"]


async def test_who_may_consume_is_still_in_after_a_restart(system: Embedded) -> None:
    await asyncio.to_thread(stop_all, [system.broker])
    await asyncio.to_thread(system.start_broker)
    async with logged_in(system, STAYS) as own:
        assert await taken(own, STAYS) == []


async def test_a_configuration_with_a_mistake_changes_nothing(system: Embedded) -> None:
    place = place_of(system)
    broken = [Granted(**{**vars(GONE.granted), "nkey": "UNONSENSE"})]
    async with logged_in(system, STAYS) as stays:
        server.write_accounts(place.data, broken)
        with pytest.raises(Trouble, match="does not take its configuration, and goes on as before"):
            await server.reload(place.log, place.data)
        assert await taken(stays, STAYS) == []


async def test_who_is_there_is_seen(system: Embedded) -> None:
    place = place_of(system)
    async with user(system, "admin") as admin:
        await show_awarded(admin, [3, 5])
    async with logged_in(system, STAYS) as own:
        durable, stream = STAYS.subscription
        subscription = await own.client.jetstream().pull_subscribe_bind(durable, stream=stream)
        first, _ = await subscription.fetch(2)
        await first.ack_sync(timeout=20)
        gone, stays = await seeing.seen(place, [GONE.granted, STAYS.granted])
    assert (gone.state, gone.connections, gone.position, gone.behind) == ("away", 0, 0, 2)
    assert (stays.state, stays.connections) == ("connected", 1)
    assert (stays.position, stays.behind, stays.unacknowledged) == (3, 0, 1)
    assert gone.last_sent_at is None
    assert stays.last_acknowledged_at is not None


async def test_without_the_data_folder_it_is_told(system: Embedded) -> None:
    nowhere = working.Place(place_of(system).log, system.system.folder / "elsewhere")
    with pytest.raises(Trouble, match="SAYEMBARA_DATA"):
        await server.reload(nowhere.log, nowhere.data)
    with pytest.raises(Trouble, match="SAYEMBARA_DATA"):
        server.write_accounts(nowhere.data, [])
