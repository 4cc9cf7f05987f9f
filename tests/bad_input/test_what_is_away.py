"""The log or the store is away, locked or full: it is told, nothing is lost, the rest goes on.

PostgreSQL stopped and started is among the crashes (`make chaos`); the whole rest is here or, as
the table says, beside what it belongs to.

what                                    where
malformed body, wrong type or version   test_bodies.py; tests/shared/test_running.py
forged subject of another service       tests/shared/test_running.py; on NATS tests/access
sheet of a recused juror                tests/evaluation/test_evaluation_rules.py
mark off the scale, second sheet        tests/evaluation/test_evaluation_rules.py, _api.py
late proposal                           tests/submission/test_submission_handlers.py
contradicting rules in an edition       tests/submission/test_submission_rulebook_file.py
oversized body, any other odd body      test_bodies.py
anything schemathesis thinks of         test_api_documents.py
consumer, stream or permission gone     tests/traps
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from contracts.stream import STREAM
from kit.log import Log
from nats.aio.client import Client
from sqlalchemy import Connection
from submission_service.app import SERVICE as SUBMISSION

from tests.shared.toy import TOY, publish, sheet
from tests.submission import facts
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, http, started
from tests.support.waiting import until
from tests.traps.test_log import until_not_ready
from tests.traps.test_reading import until_counted, until_taken

EDITION = f"/editions/{facts.EDITION}"
SECTION = '[[sections]]\nid = "s{}"\nname = {{ id = "a", en = "a" }}\nsource = "{}"\n'


async def until_published(ask: httpx.AsyncClient) -> None:
    async def is_so() -> bool:
        return bool((await ask.get("/status")).json()["unpublished"] == 0)

    await until(is_so, "everything that was said is on the log", 60)


async def said_on_the_log(client: Client, type_: str) -> int:
    found, after = 0, 0
    last = await Log(client).last_position()
    while after < last:
        after += 1
        message = await client.jetstream().get_msg(STREAM, seq=after)
        found += (message.headers or {}).get("ce-type") == type_
    return found


async def test_event_that_no_server_takes_is_refused_when_it_is_said(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    sections = "".join(SECTION.format(number, "x" * 4000) for number in range(248))
    large = facts.TOML.replace("[[stages]]", sections + "[[stages]]", 1)
    toml = {"content-type": "application/toml"}
    async with (
        connected(nats_server),
        started(SUBMISSION, nats_server, f"sqlite:///{tmp_path}/submission.db") as one,
        http(one) as ask,
    ):
        put = await ask.put(EDITION, content=large, headers=toml)
        assert put.status_code == 200, put.text
        answer = await ask.post(f"{EDITION}/opening")
        assert (answer.status_code, answer.json()["code"]) == (409, "event_too_large")
        assert "at most 1000000" in answer.json()["detail"]
        await ask.put(EDITION, content=facts.TOML, headers=toml)
        assert (await ask.post(f"{EDITION}/opening")).status_code == 200
        await until_published(ask)


async def test_log_away_at_the_start_is_told_until_it_is_there(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server):
        nats_server.stop()
    store = f"sqlite:///{tmp_path}/toy.db"
    async with started(TOY, nats_server, store, ready=False) as toy, http(toy) as ask:
        await until_not_ready(toy, "waiting for the NATS server")
        await until(lambda: answers(ask), "its addresses answer")
        assert (await ask.get("/readyz")).status_code == 503
        answer = await ask.post("/decisions")
        assert (answer.status_code, answer.json()["code"]) == (503, "not_active")
        assert answer.headers["retry-after"] == "1"
        nats_server.start()
        await until(toy.is_ready, "the service is ready")


async def answers(ask: httpx.AsyncClient) -> bool:
    try:
        return (await ask.get("/livez")).status_code == 200
    except httpx.ConnectError:
        return False


async def test_what_is_accepted_while_the_log_is_away_is_on_it_later(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, f"sqlite:///{tmp_path}/toy.db") as toy,
        http(toy) as ask,
    ):
        await publish(client, sheet("p1"))
        await until_counted(toy, "p1", 1)
        nats_server.kill()
        for _ in range(3):
            assert (await ask.post("/decisions")).status_code == 200
        await until_not_ready(toy, "log")
        assert (await ask.get("/readyz")).status_code == 503
        nats_server.start()
        await until(toy.is_ready, "the service is ready again")
        await until_published(ask)
        assert await said_on_the_log(client, "results.announced.v1") == 3


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Another program writes to the store, and does not come to an end."""
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_locked_store_refuses_for_now_and_what_waits_is_taken_later(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    store = tmp_path / "toy.db"
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, f"sqlite:///{store}") as toy,
        http(toy) as ask,
    ):
        await publish(client, sheet("p1"))
        await until_counted(toy, "p1", 1)
        await until_published(ask)
        with locked(store):
            answer = await ask.post("/decisions")
            assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
            await publish(client, sheet("p1", "j2"))
            await until_not_ready(toy, "database is locked")
            assert (await ask.get("/counts")).json() == {"p1": 1}
        await until_counted(toy, "p1", 2)
        await until(toy.is_ready, "the service is ready again")
        assert (await ask.post("/decisions")).status_code == 200
        await until_published(ask)
        assert await said_on_the_log(client, "results.announced.v1") == 1


async def test_store_that_is_not_there_at_the_start_is_told_until_it_is(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    folder.write_text("in the way")
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, f"sqlite:///{folder}/toy.db", ready=False) as toy,
    ):
        await until_not_ready(toy, "start: ")
        folder.unlink()
        folder.mkdir()
        await until(toy.is_ready, "the service is ready")
        await publish(client, sheet("p1"))
        await until_counted(toy, "p1", 1)


async def fill_up(toy: Started) -> None:
    """From here on SQLite answers "database or disk is full" when it needs another page."""

    def limit(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await toy.running.database.write(limit)


async def make_room(toy: Started) -> None:
    def limit(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

    await toy.running.database.write(limit)


async def test_full_disk_refuses_for_now_and_what_waits_is_taken_later(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    accepted = 0
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, f"sqlite:///{tmp_path}/toy.db") as toy,
        http(toy) as ask,
    ):
        await publish(client, sheet("p1"))
        await until_counted(toy, "p1", 1)
        await fill_up(toy)
        answer = await ask.post("/decisions")
        while answer.status_code == 200:
            accepted += 1
            answer = await ask.post("/decisions")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
        await publish(client, *(sheet(f"p{number}") for number in range(2, 400)))
        await until_not_ready(toy, "database or disk is full")
        assert (await ask.get("/livez")).status_code == 200
        await make_room(toy)
        await until_counted(toy, "p399", 1)
        await until_taken(toy)
        await until(toy.is_ready, "the service is ready again")
        await until_published(ask)
        counts = (await ask.get("/counts")).json()
        assert counts == {f"p{number}": 1 for number in range(1, 400)}
        assert await said_on_the_log(client, "results.announced.v1") == accepted
