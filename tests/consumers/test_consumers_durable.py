"""The place of a consumer: where it begins, paused, set back, and never lost by a change."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from contracts.stream import PUBLIC_STREAM, STREAM
from kit.log import Log

from sayembara import event_log
from sayembara.consumers import durable
from sayembara.consumers.places import position_of, sequence_at, sequence_of
from sayembara.embedded.running import Embedded
from tests.consumers.at_work import (
    RANKED,
    Known,
    known,
    let_in,
    logged_in,
    show_awarded,
    taken,
)
from tests.deploy.broker import broker, user
from tests.support.waiting import until

EVENTS_ON_THE_LOG = 12
SHOWN = (1, 2, 5, 9, 3, 4, 11)
"""The positions that are shown, in this order: 3 and 4 were held back."""


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with broker(tmp_path_factory.mktemp("durable")) as running:
        asyncio.run(prepared(running))
        yield running


@pytest.fixture
async def log(system: Embedded) -> AsyncIterator[Log]:
    async with event_log.connected(system.system.log_place()) as connected:
        yield connected


async def prepared(system: Embedded) -> None:
    async with user(system, "admin") as admin:
        for number in range(1, EVENTS_ON_THE_LOG + 1):
            await admin.ask(f"sayembara.ranking.e1.proposal.p{number}.awarded")
        await show_awarded(admin, SHOWN)


def awarded(*positions: int) -> list[str]:
    return [f"public.e1.proposal.p{position}.awarded" for position in positions]


@pytest.mark.parametrize(
    ("position", "sequence"), [(1, 1), (2, 2), (3, 3), (5, 3), (6, 4), (10, 7), (12, 8), (99, 8)]
)
async def test_a_position_of_the_log_is_found_in_the_public_view(
    log: Log, position: int, sequence: int
) -> None:
    assert await sequence_of(log, PUBLIC_STREAM, position) == sequence


async def test_the_log_itself_is_counted_as_it_is(log: Log) -> None:
    assert [await sequence_of(log, STREAM, each) for each in (1, 7, 12, 13, 99)] == [
        1, 7, 12, 13, 13
    ]  # fmt: skip
    assert [await position_of(log, STREAM, each) for each in (0, 7)] == [0, 7]


async def test_a_message_of_the_public_view_tells_its_position(log: Log) -> None:
    found = [await position_of(log, PUBLIC_STREAM, each) for each in range(9)]
    assert found == [0, *SHOWN, 0]


async def test_a_moment_is_found(system: Embedded, log: Log) -> None:
    long_ago, never = datetime(2019, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    stored = await log.api(f"STREAM.MSG.GET.{PUBLIC_STREAM}", {"seq": 4})
    moment = datetime.fromisoformat(stored["message"]["time"])
    moments = (long_ago, moment, never)
    assert [await sequence_at(log, PUBLIC_STREAM, each) for each in moments] == [1, 4, 8]


@pytest.mark.parametrize(("start", "first"), [(1, 0), (5, 2), (6, 3), (13, 7)])
async def test_it_begins_where_it_was_told_to(system: Embedded, start: int, first: int) -> None:
    one = known("one", from_position=start)
    await let_in(system, one)
    async with user(system, "admin") as admin, logged_in(system, one) as own:
        await show_awarded(admin, [14])
        assert await taken(own, one) == awarded(*SHOWN[first:], 14)


async def test_of_one_edition_it_is_given_that_alone(system: Embedded) -> None:
    mine, others = known("mine", of_edition="e1"), known("others", of_edition="e2")
    inside = known("inside", "sheet.submitted.v1", view="internal", of_edition="e2")
    await let_in(system, mine, others, inside)
    for one, most in ((mine, len(SHOWN)), (others, 0), (inside, 0)):
        async with logged_in(system, one) as own:
            assert len(await taken(own, one)) == most


async def test_set_back_it_is_given_the_same_again(system: Embedded, log: Log) -> None:
    one = known("one")
    await let_in(system, one)
    async with logged_in(system, one) as own:
        before = await taken(own, one)
        await durable.rewind(log, one.granted, 1)
        assert await taken(own, one) == before
        await durable.rewind(log, one.granted, await sequence_of(log, PUBLIC_STREAM, 9))
        assert await taken(own, one) == awarded(9, 3, 4, 11)


async def test_set_back_while_it_works_nothing_is_lost(system: Embedded, log: Log) -> None:
    one = known("one")
    await let_in(system, one)
    async with logged_in(system, one) as own:
        name, stream = one.subscription
        subscription = await own.client.jetstream().pull_subscribe_bind(name, stream=stream)
        held = await subscription.fetch(3)
        await durable.rewind(log, one.granted, 2)
        for message in held:
            await message.ack()
        assert await taken(own, one) == awarded(*SHOWN[1:])


async def test_paused_it_is_given_nothing_and_then_what_has_waited(
    system: Embedded, log: Log
) -> None:
    one = known("one")
    await let_in(system, one)
    await durable.pause(log, one.granted, datetime.now(UTC) + timedelta(days=36_500))
    async with user(system, "admin") as admin, logged_in(system, one) as own:
        await show_awarded(admin, [14])
        await let_in(system, one)
        name, stream = one.subscription
        request = b'{"batch": 1, "no_wait": true}'
        answer = await own.client.request(
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", request, timeout=20
        )
        state = await durable.state(log, one.granted)
        assert state is not None
        assert (state["paused"], state["num_pending"]) == (True, 8)
        assert (answer.data, state["delivered"]["stream_seq"]) == (b"", 0)
        await durable.resume(log, one.granted)
        assert await taken(own, one) == awarded(*SHOWN, 14)


async def test_its_place_outlasts_whoever_comes_and_goes(system: Embedded) -> None:
    one = known("one")
    await let_in(system, one)
    async with logged_in(system, one) as own:
        assert len(await taken(own, one)) == len(SHOWN)
    await let_in(system, one, known("other", RANKED))
    await let_in(system, one)
    async with logged_in(system, one) as own:
        assert await taken(own, one) == []


async def test_a_durable_that_is_lost_begins_again(system: Embedded, log: Log) -> None:
    one = known("one", from_position=5)
    await let_in(system, one)
    await log.api(f"CONSUMER.DELETE.{PUBLIC_STREAM}.consumer-one")
    assert await durable.state(log, one.granted) is None
    await let_in(system, one)
    async with logged_in(system, one) as own:
        assert await taken(own, one) == awarded(*SHOWN[2:])


async def held(log: Log, one: Known) -> int:
    state = await durable.state(log, one.granted)
    assert state is not None
    return int(state["num_ack_pending"])


async def test_what_it_refuses_comes_again(system: Embedded, log: Log) -> None:
    one = known("one", from_position=11)
    await let_in(system, one)
    async with logged_in(system, one) as own:
        name, stream = one.subscription
        subscription = await own.client.jetstream().pull_subscribe_bind(name, stream=stream)
        (first,) = await subscription.fetch(1, timeout=20)
        await first.nak()
        (again,) = await subscription.fetch(1, timeout=20)
        assert again.metadata.num_delivered == 2
        await again.ack_sync(timeout=20)

        async def settled() -> bool:
            return await held(log, one) == 0

        await until(settled, "nothing is out any more")
