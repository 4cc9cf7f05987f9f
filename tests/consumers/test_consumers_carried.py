"""The place of a consumer, kept as a position of the log, and found on a stream filled anew."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from contracts.stream import PUBLIC_STREAM
from kit.log import Log

from sayembara import event_log
from sayembara.backup import consumers
from sayembara.consumers import durable, places, seeing
from sayembara.consumers.durable import Waits
from sayembara.embedded.running import Embedded
from sayembara.trouble import Trouble
from tests.consumers.at_work import (
    Known,
    known,
    let_in,
    logged_in,
    place_of,
    show,
    show_awarded,
    taken,
)
from tests.deploy.broker import broker, user

SHOWN = (1, 2, 5, 9, 3, 4, 11)
"""The positions that are shown, in this order: 3 and 4 were held back."""
TAKEN = 5
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with broker(tmp_path_factory.mktemp("carried")) as running:
        asyncio.run(said(running))
        yield running


async def said(system: Embedded) -> None:
    async with user(system, "admin") as admin:
        for number in range(1, max(SHOWN) + 1):
            await admin.ask(f"sayembara.ranking.e1.proposal.p{number}.awarded")


@pytest.fixture
async def log(system: Embedded) -> AsyncIterator[Log]:
    async with event_log.connected(system.system.log_place()) as connected:
        await anew(system, connected, SHOWN)
        yield connected


async def anew(system: Embedded, log: Log, shown: tuple[int, ...]) -> None:
    """The public stream is lost with everybody's place, made again, and filled with these."""
    await log.api(f"STREAM.DELETE.{PUBLIC_STREAM}")
    await log.apply_stream()
    async with user(system, "admin") as admin:
        await show_awarded(admin, shown)


def awarded(*positions: int) -> list[str]:
    return [f"public.e1.proposal.p{position}.awarded" for position in positions]


@pytest.mark.parametrize(("position", "sequence"), [(0, 1), (2, 3), (9, 5), (3, 6), (11, 8)])
async def test_what_comes_behind_a_position_is_found_in_the_order_shown(
    log: Log, position: int, sequence: int
) -> None:
    assert await places.sequence_after(log, PUBLIC_STREAM, position) == sequence


async def take_some(system: Embedded, one: Known, count: int = TAKEN) -> None:
    async with logged_in(system, one) as own:
        name, stream = one.subscription
        subscription = await own.client.jetstream().pull_subscribe_bind(name, stream=stream)
        for message in await subscription.fetch(count, timeout=5):
            await message.ack_sync(timeout=5)


async def test_on_a_stream_with_other_numbers_each_goes_on_where_it_was(
    system: Embedded, log: Log, tmp_path: Path
) -> None:
    one, paused, new = known("one"), known("paused"), known("new", from_position=4)
    await let_in(system, one, paused, new)
    await take_some(system, one)
    await durable.pause(log, paused.granted, LATER)
    consumers.write(tmp_path, await consumers.places(log))

    await anew(system, log, ())
    await consumers.put_back(log, consumers.read(tmp_path))
    async with user(system, "admin") as admin:
        await show(admin.client.jetstream(), 0, "none", "withdrawn")
        await show_awarded(admin, SHOWN)
    assert await states_of(system, one) == [("waits: sayembara consumer apply", None, None)]

    await let_in(system, one, paused, new)
    assert await states_of(system, one, paused) == [("away", 3, 2), ("paused", 0, len(SHOWN))]
    async with logged_in(system, one) as own:
        assert await taken(own, one) == awarded(*SHOWN[TAKEN:])
    async with logged_in(system, new) as own:
        assert await taken(own, new) == awarded(*SHOWN[2:])


async def states_of(system: Embedded, *those: Known) -> list[tuple[str, int | None, int | None]]:
    found = await seeing.seen(place_of(system), [each.granted for each in those])
    return [(each.state, each.position, each.behind) for each in found]


async def test_before_its_place_is_found_it_is_sent_nothing(system: Embedded, log: Log) -> None:
    one = known("one")
    await let_in(system, one)
    await take_some(system, one)
    found = await consumers.places(log)
    await anew(system, log, SHOWN)
    await consumers.put_back(log, found)

    assert await consumers.places(log) == found, "a backup in between keeps the place too"
    with pytest.raises(Trouble, match="`sayembara consumer apply` finds it one"):
        await durable.must_be_placed(log, one.granted)
    state = await durable.state(log, one.granted)
    assert state is not None
    assert (state["paused"], Waits.of(state)) == (True, Waits(SHOWN[TAKEN - 1]))


async def test_a_stream_that_is_still_filled_is_waited_for(system: Embedded, log: Log) -> None:
    one = known("one")
    await let_in(system, one)
    await take_some(system, one)
    found = await consumers.places(log)
    await anew(system, log, SHOWN[:1])
    await consumers.put_back(log, found)

    letting = asyncio.create_task(let_in(system, one))
    async with user(system, "admin") as admin:
        for position in SHOWN[1:]:
            await show_awarded(admin, [position])
    await letting
    async with logged_in(system, one) as own:
        assert await taken(own, one) == awarded(*SHOWN[TAKEN:])


async def test_a_stream_that_stands_still_is_told_and_tried_again(
    system: Embedded, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = known("one")
    await let_in(system, one)
    await take_some(system, one)
    found = await consumers.places(log)
    await anew(system, log, SHOWN[:2])
    await consumers.put_back(log, found)
    monkeypatch.setattr(places, "STILL_SECONDS", 1)
    with pytest.raises(Trouble, match="no message of position 3 of the log, and does not go on"):
        await let_in(system, one)

    async with user(system, "admin") as admin:
        await show_awarded(admin, SHOWN[2:])
    await let_in(system, one)
    async with logged_in(system, one) as own:
        assert await taken(own, one) == awarded(*SHOWN[TAKEN:])


async def test_one_that_was_just_made_is_sent_nothing_of_before_it_was_let_in(
    system: Embedded, log: Log
) -> None:
    """The operator's command ended between making its place and finding where it begins."""
    one = known("one", from_position=10)
    await let_in(system, one)
    await durable.make(log, PUBLIC_STREAM, durable.config(one.granted), Waits())
    assert await consumers.places(log) == ()
    await let_in(system, one)
    async with logged_in(system, one) as own:
        assert await taken(own, one) == awarded(11)


async def test_a_pause_that_is_over_by_then_is_over(system: Embedded, log: Log) -> None:
    one = known("one")
    await let_in(system, one)
    (found,) = await consumers.places(log)
    over = found.model_copy(update={"paused_until": "2019-09-02T04:00:00Z"})
    await anew(system, log, SHOWN)
    await consumers.put_back(log, [over])
    await let_in(system, one)
    async with logged_in(system, one) as own:
        assert await taken(own, one) == awarded(*SHOWN)
