"""What was just said is published without being read back; nothing is lost or doubled by that."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kit import outbox
from kit.database import Database
from kit.log import Log
from kit.observe import Meters
from kit.relay import Relay
from kit.tables import metadata
from sqlalchemy import Connection

from tests.shared.test_told import said
from tests.support.nats import NatsServer
from tests.support.system import connected

NewStore = Callable[[str], str]


async def say(database: Database, numbers: Sequence[int]) -> None:
    await database.write(lambda each: outbox.append(each, [said(number) for number in numbers]))


@asynccontextmanager
async def relaying(server: NatsServer, folder: Path) -> AsyncIterator[tuple[Relay, Log]]:
    """A relay that has published the first of its events, and so knows what comes next."""
    database = Database(f"sqlite:///{folder}/ranking.db")
    await database.write(metadata.create_all)
    async with connected(server) as client:
        log = Log(client)
        relay = Relay("ranking", database, log, 2, Meters("ranking"))
        await say(database, [0])
        await relay.publish_next()
        yield relay, log
    database.close()


async def test_what_is_held_is_what_the_outbox_has(new_store: NewStore) -> None:
    database = Database(new_store("held"))
    await database.write(metadata.create_all)
    await say(database, [1, 2])
    await say(database, [3])

    assert [row.id for row in database.just_said] == [1, 2, 3]
    kept = await database.read(lambda each: outbox.unpublished(each, 10))
    assert list(database.just_said) == kept
    database.close()


async def test_of_a_transaction_that_fails_nothing_is_held(new_store: NewStore) -> None:
    database = Database(new_store("fails"))
    await database.write(metadata.create_all)

    def fail(connection: Connection) -> None:
        outbox.append(connection, [said(1)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    await say(database, [2])
    assert [row.headers["ce-id"] for row in database.just_said] == ["2"]
    database.close()


async def test_it_is_published_without_a_look_at_the_store(
    nats_server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relaying(nats_server, tmp_path) as (relay, log):
        await say(relay.database, [1, 2, 3])
        monkeypatch.delattr(outbox, "unpublished")
        assert await relay.publish_next() is True
        assert await relay.publish_next() is False
        places = await log.own_places("ranking", 0)
        assert [(each.outbox_id, each.position) for each in places] == [(n, n) for n in range(1, 5)]


async def test_what_is_not_held_any_more_is_read(nats_server: NatsServer, tmp_path: Path) -> None:
    async with relaying(nats_server, tmp_path) as (relay, log):
        await say(relay.database, [1, 2, 3])
        relay.database.just_said.popleft()
        await relay.flush()
        await say(relay.database, [4])
        await relay.flush()
        assert [each.outbox_id for each in await log.own_places("ranking", 0)] == [1, 2, 3, 4, 5]
        assert await relay.database.read(outbox.last_position) == 5


async def test_what_came_on_the_log_without_an_answer_is_not_published_again(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with relaying(nats_server, tmp_path) as (relay, log):
        await say(relay.database, [1, 2])
        await log.publish(list(relay.database.just_said))
        relay.forget()
        await relay.flush()
        await say(relay.database, [3])
        await relay.flush()
        assert [each.outbox_id for each in await log.own_places("ranking", 0)] == [1, 2, 3, 4]
        assert await log.last_position() == 4
