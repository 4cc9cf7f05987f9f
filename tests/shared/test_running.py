"""A service at work, on a real nats-server and on each kind of store."""

from collections.abc import Callable

from tests.shared.toy import EARLY, TOY, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started
from tests.support.waiting import until

NewStore = Callable[[str], str]


async def test_sheets_become_counts_and_what_is_said_is_on_the_log(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, new_store("toy")) as toy,
        http(toy) as ask,
    ):
        await publish(client, *(sheet("p1", f"j{number}") for number in range(6)))

        async def counted() -> bool:
            return bool((await ask.get("/counts")).json() == {"p1": 6})

        await until(counted, "six sheets are counted")
        answer = await ask.post("/decisions")
        assert answer.status_code == 200, answer.text
        types = [event["type"] for event in answer.json()["events"]]
        assert types == ["results.announced.v1", "stage.ranked.v1"]

        async def said() -> bool:
            state = (await ask.get("/status")).json()
            return bool(state["unpublished"] == 0)

        await until(said, "everything is published")


async def test_what_fails_is_parked_and_the_rest_goes_on(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    EARLY["too-early"] = True
    async with (
        connected(nats_server) as client,
        started(
            TOY, nats_server, new_store("toy"), not_yet_tries=2, not_yet_delay_seconds=0.1
        ) as toy,
        http(toy) as ask,
    ):
        events = [sheet(each) for each in ("p1", "refused-1", "bug-1", "too-early", "p2")]
        await publish(client, *events)
        await publish(client, sheet("p3"), headers={"ce-type": "sheet.sent.v9"})
        await publish(client, sheet("p5"), body=b"{broken")
        await publish(client, sheet("p6"), subject="sayembara.evaluation.e1.sheet.p9.submitted")
        await publish(client, sheet("p4"))

        async def all_counted() -> bool:
            status = (await ask.get("/status")).json()
            return bool(status["lag"] == 0 and status["parked"] == 6)

        await until(all_counted, "everything is taken or parked")
        assert (await ask.get("/counts")).json() == {"p1": 1, "p2": 1, "p4": 1}
        parked = (await ask.get("/parked")).json()
        outcomes = [(each["outcome"], each["reason"].split(":")[0]) for each in parked]
        assert outcomes == [
            ("refused", "recused"),
            ("bug", "ZeroDivisionError"),
            ("not_yet", "the proposal is not known yet"),
            ("refused", "unreadable_event"),
            ("refused", "unreadable_event"),
            ("refused", "wrong_subject"),
        ]
        places = [each["position"] for each in parked]
        EARLY["too-early"] = False
        order = {"by": "Operator", "reason": "the proposal is known now"}
        assert (await ask.post(f"/parked/{places[2]}/retry", json=order)).status_code == 200
        assert (await ask.get("/counts")).json()["too-early"] == 1
        discard = {"by": "Operator", "reason": "a forged subject"}
        answer = await ask.post(f"/parked/{places[5]}/discard", json=discard)
        assert answer.status_code == 200
        left = [each["position"] for each in (await ask.get("/parked")).json()]
        assert left == [places[0], places[1], places[3], places[4]]


async def test_a_service_that_was_away_catches_up_once(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    store = new_store("toy")
    async with connected(nats_server) as client:
        async with started(TOY, nats_server, store):
            await publish(client, *(sheet("p1", f"j{number}") for number in range(50)))
        await publish(client, *(sheet("p2", f"j{number}") for number in range(50)))
        async with started(TOY, nats_server, store) as toy, http(toy) as ask:

            async def caught_up() -> bool:
                return bool((await ask.get("/counts")).json() == {"p1": 50, "p2": 50})

            await until(caught_up, "all hundred sheets are counted once")


async def test_the_server_killed_in_the_middle_loses_and_doubles_nothing(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, new_store("toy")) as toy,
        http(toy) as ask,
    ):
        await publish(client, *(sheet("p1", f"j{number}") for number in range(20)))
        nats_server.kill()
        nats_server.start()
        async with connected(nats_server) as again:
            await publish(again, *(sheet("p1", f"k{number}") for number in range(20)))

        async def counted() -> bool:
            return bool((await ask.get("/counts")).json() == {"p1": 40})

        await until(counted, "forty sheets are counted")


async def test_a_standby_takes_over(nats_server: NatsServer, new_store: NewStore) -> None:
    store = new_store("toy")
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, store) as first,
        started(TOY, nats_server, store, ready=False) as second,
    ):
        await until(lambda: _waits(second), "the second waits for the lead")
        async with http(second) as ask:
            assert (await ask.get("/readyz")).status_code == 503
            assert (await ask.post("/decisions")).status_code == 503
        await publish(client, sheet("p1"))
        await first.stop()
        await until(second.is_ready, "the second is active")
        await publish(client, sheet("p1", "j2"))
        async with http(second) as ask:

            async def counted() -> bool:
                return bool((await ask.get("/counts")).json() == {"p1": 2})

            await until(counted, "both sheets are counted once")


async def _waits(one: object) -> bool:
    troubles = one.running.troubles  # type: ignore[attr-defined] # a Started
    return "lead" in troubles.get("process", "")
