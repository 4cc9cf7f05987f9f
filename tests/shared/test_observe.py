"""Metrics: what is counted, and that a scrape answers while the store or the log is away."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
from fastapi import FastAPI
from kit.observe import Meters
from kit.running import MEASURE_SECONDS
from kit.service import Tally
from kit.watched import Watched

from tests.shared.toy import TOY, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, http, started
from tests.support.waiting import until

NewStore = Callable[[str], str]
COUNTED = Tally("toys", "Toys by colour", "colour", lambda _: {"red": 2, "blue": 0})


def value(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(f"sayembara_{name}", labels)


async def until_parked(toy: Started, count: int) -> None:
    async def all_of_them() -> bool:
        await toy.running.measure()
        return value(toy.running.meters, "parked_messages") == count

    await until(all_of_them, f"{count} messages are parked")


async def test_a_scrape_shows_what_was_done(nats_server: NatsServer, new_store: NewStore) -> None:
    toy_with_tally = replace(TOY, tallies=(COUNTED,))
    async with (
        connected(nats_server) as client,
        started(toy_with_tally, nats_server, new_store("toy")) as toy,
        http(toy) as ask,
    ):
        await publish(client, sheet("p1"), sheet("refused"), sheet("bug"))
        await until_parked(toy, 2)
        shown = (await ask.get("/metrics")).text.splitlines()
        meters = toy.running.meters
    assert value(meters, "messages_parked_total", outcome="refused") == 1
    assert value(meters, "messages_parked_total", outcome="bug") == 1
    assert (value(meters, "position") or 0) >= 3
    assert value(meters, "messages_taken_total", type="sheet.submitted.v1") == 3
    assert value(meters, "messages_taken_total", type="message.parked.v1") is None
    assert value(meters, "active") == value(meters, "ready") == 1
    assert value(meters, "reached", part="store") == value(meters, "reached", part="log") == 1
    assert 'sayembara_toys{colour="red"} 2.0' in shown
    assert 'sayembara_toys{colour="blue"} 0.0' in shown
    assert (value(meters, "transaction_seconds_count") or 0) > 0
    assert (value(meters, "last_commit_seconds") or 0) > 0


async def test_a_scrape_answers_while_the_log_is_away_and_then_shows_it_again(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server),
        started(TOY, nats_server, new_store("toy")) as toy,
        http(toy) as ask,
    ):
        nats_server.kill()
        assert (await ask.get("/metrics", timeout=MEASURE_SECONDS * 5)).status_code == 200
        assert value(toy.running.meters, "reached", part="log") == 0
        assert value(toy.running.meters, "reached", part="store") == 1
        nats_server.start()

        async def reached() -> bool:
            await toy.running.measure()
            return value(toy.running.meters, "reached", part="log") == 1

        await until(reached, "the log is reached again")


async def test_a_scrape_answers_while_the_store_is_away(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    async with (
        connected(nats_server),
        started(TOY, nats_server, f"sqlite:///{folder / 'toy.db'}") as toy,
        http(toy) as ask,
    ):
        await toy.running.measure()
        folder.rename(tmp_path / "gone")
        toy.running.database.readers.dispose()
        assert (await ask.get("/metrics")).status_code == 200
        assert value(toy.running.meters, "reached", part="store") == 0
        assert value(toy.running.meters, "reached", part="log") == 1
        (tmp_path / "gone").rename(folder)
        await toy.running.measure()
        assert value(toy.running.meters, "reached", part="store") == 1


async def test_a_standby_shows_that_it_is_one(nats_server: NatsServer, new_store: NewStore) -> None:
    store = new_store("toy")
    async with (
        connected(nats_server),
        started(TOY, nats_server, store),
        started(TOY, nats_server, store, ready=False) as second,
    ):
        async with http(second) as ask:

            async def answers() -> bool:
                try:
                    return (await ask.get("/metrics")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(answers, "the standby answers")
        assert value(second.running.meters, "active") == 0
        assert value(second.running.meters, "ready") == 0


async def _answer(sheet: str) -> str:
    return str(1 // len(sheet.removeprefix("bug")))


async def test_requests_are_counted_by_template_and_never_by_what_a_caller_makes_up() -> None:
    meters = Meters("toy")
    app = FastAPI()
    app.add_api_route("/sheets/{sheet}", _answer, methods=["GET"])
    transport = httpx.ASGITransport(Watched(app, meters), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as ask:
        for path in ("/sheets/1", "/sheets/2", "/sheets/bug", "/made/up", "/made/up/too"):
            await ask.get(path)
        await ask.request("MADEUP", "/made/up")
        await ask.request("MADEUP", "/sheets/1")
    counted = {
        (each.labels["method"], each.labels["route"], each.labels["status"]): each.value
        for metric in meters.registry.collect()
        for each in metric.samples
        if each.name == "sayembara_http_requests_total"
    }
    assert counted == {
        ("GET", "/sheets/{sheet}", "200"): 2,
        ("GET", "/sheets/{sheet}", "500"): 1,
        ("GET", "other", "404"): 2,
        ("other", "other", "404"): 1,
        ("other", "/sheets/{sheet}", "405"): 1,
    }
