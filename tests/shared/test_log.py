"""The log: made and checked as declared, written all or nothing, found again after an outage."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from contracts.envelope import Envelope
from contracts.ranking import ResultsAnnounced
from contracts.stream import STREAM, STREAM_CONFIG
from kit import outbox
from kit.database import Database
from kit.log import Drift, Log, LogError
from kit.observe import Meters
from kit.outgoing import OUTBOX_HEADER, Outgoing
from kit.relay import Relay
from kit.tables import metadata

from tests.shared.toy import TOY, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import connected, started
from tests.support.waiting import until

NewStore = Callable[[str], str]


def rows(first: int, last: int) -> list[Outgoing]:
    return [
        Outgoing(
            number,
            f"sayembara.ranking.e1.stage.s{number}.ranked",
            {"Nats-Msg-Id": f"event-{number}", OUTBOX_HEADER: str(number)},
            b"{}",
        )
        for number in range(first, last + 1)
    ]


async def test_a_missing_log_is_told_and_made(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        log = Log(client)
        await log.check_stream()
        await log.api(f"STREAM.DELETE.{STREAM}")
        with pytest.raises(Drift, match="the log is not there; make it with `sayembara log apply`"):
            await log.check_stream()
        await log.apply_stream()
        await log.check_stream()


async def test_a_changed_log_is_told_with_the_difference(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        log = Log(client)
        await log.api(f"STREAM.UPDATE.{STREAM}", STREAM_CONFIG | {"max_age": 10**12})
        with pytest.raises(Drift, match="max_age"):
            await log.check_stream()
        await log.apply_stream()
        await log.check_stream()


async def test_the_log_refuses_delete_and_purge(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        await publish(client, sheet("p1"))
        log = Log(client)
        with pytest.raises(LogError, match="not permitted"):
            await log.api(f"STREAM.PURGE.{STREAM}")
        with pytest.raises(LogError, match="not permitted"):
            await log.api(f"STREAM.MSG.DELETE.{STREAM}", {"seq": 1})
        assert await log.last_position() == 1


async def test_a_batch_is_on_the_log_whole_and_in_order(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        log = Log(client)
        assert await log.publish(rows(1, 1)) == 1
        assert await log.publish(rows(2, 500)) == 500
        places = await log.own_places("ranking", 0)
        assert [(place.outbox_id, place.position) for place in places] == [
            (number, number) for number in range(1, 501)
        ]


async def test_a_batch_that_repeats_an_event_is_refused_whole(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        log = Log(client)
        await log.publish(rows(1, 3))
        with pytest.raises(LogError, match="duplicate"):
            await log.publish(rows(3, 5))
        assert await log.last_position() == 3


async def test_a_consumer_that_hears_something_else_is_brought_to_its_table(
    nats_server: NatsServer,
) -> None:
    async with connected(nats_server) as client:
        log = Log(client)
        assert await log.ensure_consumer("ranking", ("sayembara.evaluation.>",)) is True
        assert await log.ensure_consumer("ranking", ("sayembara.evaluation.>",)) is False
        assert await log.ensure_consumer("ranking", TOY.filters) is True
        found = (await log.consumer("ranking"))["config"]
        assert tuple(found["filter_subjects"]) == TOY.filters


async def test_the_relay_finds_its_place_although_the_duplicate_window_has_passed(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    """What was published but not marked, because the process died in between, is not said twice."""
    database = Database(new_store("relay"))
    await database.write(metadata.create_all)
    async with connected(nats_server) as client:
        log = Log(client)
        await log.api(f"STREAM.UPDATE.{STREAM}", STREAM_CONFIG | {"duplicate_window": 10**8})
        relay = Relay("ranking", database, log, 100, Meters("ranking"))
        await database.write(lambda connection: outbox.append(connection, toy_events(5)))
        lost = await database.read(lambda connection: outbox.unpublished(connection, 100))
        await log.publish(lost[:3])
        await relay.recover()
        left = await database.read(lambda connection: outbox.unpublished(connection, 100))
        assert [row.id for row in left] == [4, 5]
        assert await relay.publish_next() is True
        assert await relay.publish_next() is False
        assert await log.last_position() == 5
        again = Relay("ranking", database, log, 100, Meters("ranking"))
        await again.recover()
        assert await database.read(outbox.last_position) == 5
    database.close()


def toy_events(count: int) -> list[outbox.Said]:
    said = []
    for number in range(count):
        event = ResultsAnnounced(edition="e1", awards=number, by="Secretariat")
        envelope = Envelope.around(
            event, id=f"id-{number}", time=datetime.now(UTC), correlation="c", causation=None
        )
        said.append(outbox.Said(event, envelope))
    return said


async def test_a_consumer_deleted_under_way_is_made_again_and_nothing_is_lost(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, new_store("toy")) as toy,
    ):
        await publish(client, sheet("p1"))
        await Log(client).api(f"CONSUMER.DELETE.{STREAM}.ranking")
        await publish(client, sheet("p1", "j2"))

        async def counted() -> bool:
            return bool(await toy.running.query(lambda store: store.count("p1")) == 2)

        await until(counted, "both sheets are counted")


async def test_a_service_without_its_log_says_what_to_do_and_ends(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with connected(nats_server) as client:
        await Log(client).api(f"STREAM.DELETE.{STREAM}")
        async with started(TOY, nats_server, new_store("toy"), ready=False) as toy:
            with pytest.raises(Drift, match="sayembara log apply"):
                await toy.task


async def test_what_was_acknowledged_is_never_put_on_another_log(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    database = Database(new_store("relay"))
    await database.write(metadata.create_all)
    async with connected(nats_server) as client:
        log = Log(client)
        relay = Relay("ranking", database, log, 100, Meters("ranking"))
        await relay.recover()
        await database.write(lambda connection: outbox.append(connection, toy_events(3)))
        assert await relay.publish_next() is True
        await log.api(f"STREAM.DELETE.{STREAM}")
        await log.apply_stream()
        with pytest.raises(Drift, match="the log ends at position 0, and this service knows it"):
            await relay.recover()
        relay.forget()
        with pytest.raises(Drift, match="the log ends at position 0"):
            await relay.publish_next()
        assert await database.read(outbox.last_position) == 3
        assert await log.last_position() == 0
    database.close()
