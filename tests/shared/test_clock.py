"""The clock: real, unless a rehearsal sets it; a restart does not lose what was set."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from kit.clock import Clock
from kit.database import Database
from kit.tables import metadata

from tests.shared.toy import TOY
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started

MOMENT = datetime(2019, 9, 2, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


def test_a_clock_on_real_time_cannot_be_set() -> None:
    with pytest.raises(RuntimeError, match="real time"):
        Clock().set(MOMENT)


async def test_a_rehearsal_recalls_its_clock_and_real_time_does_not(
    new_store: Callable[[str], str],
) -> None:
    database = Database(new_store("clock"))
    await database.write(metadata.create_all)
    clock = Clock(rehearsal=True)
    clock.set(MOMENT)
    await database.write(clock.keep)
    rehearsal, real = Clock(rehearsal=True), Clock()
    for each in (rehearsal, real):
        await database.read(each.recall)
    assert abs(rehearsal.now() - MOMENT) < A_MINUTE
    assert abs(real.now() - datetime.now(UTC)) < A_MINUTE
    database.close()


async def test_the_clock_is_set_over_http_in_a_rehearsal_only(
    nats_server: NatsServer, new_store: Callable[[str], str]
) -> None:
    order = {"now": MOMENT.isoformat()}
    async with connected(nats_server):
        async with (
            started(TOY, nats_server, new_store("a"), clock="rehearsal") as toy,
            http(toy) as ask,
        ):
            assert (await ask.put("/clock", json=order)).status_code == 200
            shown = datetime.fromisoformat((await ask.get("/clock")).json()["now"])
            assert abs(shown - MOMENT) < A_MINUTE
        async with started(TOY, nats_server, new_store("b")) as toy, http(toy) as ask:
            answer = await ask.put("/clock", json=order)
            assert (answer.status_code, answer.json()["code"]) == (409, "real_time")
