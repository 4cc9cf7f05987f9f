"""A service rebuilds its store while it works: nobody is refused, and nothing is lost."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from contracts.operations import StoreRebuilt
from evaluation_service.app import SERVICE as EVALUATION
from kit.log import Log
from kit.stored import messages_between
from ranking_service.app import SERVICE as RANKING
from ranking_service.handlers import scoring
from ranking_service.store import Tally

from tests.evaluation.facts import BAPPEDA, FIRST
from tests.evaluation.facts import EDITION as LUWU
from tests.evaluation.facts import admitted as enters
from tests.evaluation.facts import opened as opens
from tests.evaluation.facts import withdrawn as leaves
from tests.ranking.facts import DESK, EDITION, FIELD, OFFICE, REASON, closed
from tests.ranking.test_ranking_on_the_log import BEFORE, final
from tests.rebuild.stores import BY_ORDER, assert_same, ended, stores
from tests.shared.toy import TOY, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, http, started
from tests.support.waiting import until

NewStore = Callable[[str], str]

STAGE = f"/editions/{LUWU}/stages/{FIRST}"
SEAT = {"office": BAPPEDA.office, "agency": BAPPEDA.agency}
PROPOSALS = [f"p{number}" for number in range(1, 41)]
ACCEPTED = {**BY_ORDER, "accept_differences": True}


async def taken(ask: httpx.AsyncClient) -> None:
    async def is_quiet() -> bool:
        status = (await ask.get("/status")).json()
        return bool(status["lag"] == 0 and status["unpublished"] == 0)

    await until(is_quiet, "everything is taken and published")


async def rebuilt(ask: httpx.AsyncClient, order: dict[str, Any] = BY_ORDER) -> dict[str, Any]:
    answer = await ask.post("/rebuild", json=order)
    assert answer.status_code == 202, answer.text
    return await ended(ask)


async def test_sheets_handed_in_meanwhile_are_in_the_new_store(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(EVALUATION, nats_server, new_store("evaluation")) as one,
        http(one) as ask,
    ):
        await publish(client, opens(), *(enters(each) for each in PROPOSALS))
        await taken(ask)
        assert (await ask.put(f"{STAGE}/jurors/{BAPPEDA.juror}", json=SEAT)).status_code == 200
        handing_in = asyncio.create_task(hand_in_until(ask, over := asyncio.Event()))
        for _ in range(3):
            found = await rebuilt(ask)
            assert (found["state"], found["why"]) == ("done", "")
        over.set()
        versions = await handing_in

        assert min(versions.values()) > 1, "no sheet was handed in meanwhile"
        for proposal, version in versions.items():
            kept = (await ask.get(sheet_of(proposal))).json()
            assert kept[-1]["version"] == version


async def hand_in_until(ask: httpx.AsyncClient, over: asyncio.Event) -> dict[str, int]:
    """Each proposal's sheet, amended again and again: every answer is yes."""
    versions = dict.fromkeys(PROPOSALS, 0)
    while not over.is_set() or min(versions.values()) < 2:
        for proposal in PROPOSALS:
            versions[proposal] += 1
            marks = {"kebaruan": str(versions[proposal] % 100), "dampak": "3.5"}
            answer = await ask.put(sheet_of(proposal), json={"marks": marks, "reason": "ralat"})
            assert answer.status_code == 200, answer.text
    return versions


def sheet_of(proposal: str) -> str:
    return f"{STAGE}/proposals/{proposal}/sheets/{BAPPEDA.juror}"


async def test_what_was_said_counts_from_when_it_was_said_not_from_its_place_on_the_log(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    store = new_store("evaluation")
    async with (
        connected(nats_server) as client,
        started(EVALUATION, nats_server, store) as one,
        http(one) as ask,
    ):
        await publish(client, opens(), enters("p1"))
        await taken(ask)
        publish_next = stop_publishing(one)
        closing = {"by": OFFICE, "decision": {"by": OFFICE, "minute": "BA-1", "reason": REASON}}
        assert (await ask.post(f"{STAGE}/closing", json=closing)).status_code == 200
        await publish(client, leaves("p1"))
        await until(lambda: has_taken(one, 3), "the withdrawal is taken after the closing")
        one.running.relay.publish_next = publish_next  # type: ignore[union-attr,method-assign]  # the relay goes on
        await taken(ask)

        found = await rebuilt(ask)
        assert (found["state"], found["differs"]) == ("done", [])
        before, after = stores(store, EVALUATION)
        assert [row[:3] for row in after["entries"]] == [(LUWU, FIRST, "p1")]
        assert_same(before, after)


def stop_publishing(one: Started) -> Any:
    async def nothing() -> bool:
        return False

    relay = one.running.relay
    assert relay is not None
    publish_next, relay.publish_next = relay.publish_next, nothing  # type: ignore[method-assign]  # it is held up
    return publish_next


async def has_taken(one: Started, position: int) -> bool:
    return await one.running.checkpoint() == position


async def test_withdrawals_amendments_recusals_and_what_is_parked_come_out_the_same(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    store = new_store("ranking")
    async with (
        connected(nats_server) as client,
        started(RANKING, nats_server, store) as one,
        http(one) as ask,
    ):
        await publish(client, *BEFORE, closed(), closed(FIELD))
        await final(ask)
        award = {"award": "special", "proposal": "b", "by": OFFICE, "reason": REASON}
        await until(lambda: is_ranked(ask, FIELD), "the second stage is ranked")
        answer = await ask.post(f"/editions/{EDITION}/awards", json=award)
        assert answer.status_code == 200, answer.text
        await taken(ask)
        found = await rebuilt(ask)
        assert (found["state"], found["differs"]) == ("done", [])
        before, after = stores(store, RANKING)
        assert len(after["parked"]) == 1
        assert_same(before, after)


async def is_ranked(ask: httpx.AsyncClient, stage: str) -> bool:
    answer = await ask.get(f"/editions/{EDITION}/stages/{stage}/standings")
    return bool(answer.json()["final"])


async def test_a_changed_rule_takes_over_only_when_its_differences_are_accepted(
    nats_server: NatsServer, new_store: NewStore, monkeypatch: Any
) -> None:
    tally_of = scoring.tally_of

    def better(*given: Any) -> Tally:
        tally = tally_of(*given)
        return tally if tally.score is None else tally._replace(score=tally.score + 1)

    async with (
        connected(nats_server) as client,
        started(RANKING, nats_server, new_store("ranking")) as one,
        http(one) as ask,
    ):
        await publish(client, *BEFORE)
        await taken(ask)
        monkeypatch.setattr(scoring, "tally_of", better)

        refused = await rebuilt(ask)
        assert refused["state"] == "refused"
        (differs,) = refused["differs"]
        assert (differs["table"], differs["before"], differs["after"]) == ("standings", 3, 3)
        assert differs["examples"] == [f"{EDITION}/{DESK}/{each}" for each in "abc"]
        assert await scores(ask) == {"a": "85.00", "c": "85.00", "b": "80.00"}

        accepted = await rebuilt(ask, ACCEPTED)
        assert (accepted["state"], accepted["differs"]) == ("done", [differs])
        assert await scores(ask) == {"a": "86.00", "c": "86.00", "b": "81.00"}
        await taken(ask)
        said = await last_said(Log(client))
        assert (said.by, said.reason) == (BY_ORDER["by"], BY_ORDER["reason"])
        assert [each.model_dump(mode="json") for each in said.differs] == [differs]


async def scores(ask: httpx.AsyncClient) -> dict[str, str]:
    answer = await ask.get(f"/editions/{EDITION}/stages/{DESK}/standings")
    return {row["proposal"]: row["score"] for row in answer.json()["rows"]}


async def last_said(log: Log) -> StoreRebuilt:
    last = await log.last_position()
    (message,) = await messages_between(log, last, last)
    assert isinstance(message.event, StoreRebuilt)
    return message.event


async def test_only_one_rebuild_goes_on_at_a_time(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, new_store("toy")) as toy,
        http(toy) as ask,
    ):
        await publish(client, sheet("p1"))
        await taken(ask)
        assert (await ask.get("/rebuild")).json()["state"] == "none"
        first, second = [await ask.post("/rebuild", json=BY_ORDER) for _ in range(2)]
        assert (first.status_code, second.status_code) == (202, 409)
        assert second.json()["code"] == "rebuilding"
        assert (await ended(ask))["state"] == "done"


async def test_what_was_parked_stays_so_and_what_was_discarded_does_not_come_back(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    store = new_store("toy")
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, store) as toy,
        http(toy) as ask,
    ):
        await publish(client, *(sheet(each) for each in ("p1", "refused-1", "refused-2")))
        await taken(ask)
        assert (await ask.post("/parked/2/discard", json=BY_ORDER)).status_code == 200
        await taken(ask)
        found = await rebuilt(ask)
        assert (found["state"], found["differs"]) == ("done", [])
        before, after = stores(store, TOY)
        assert [row[0] for row in after["parked"]] == [3]
        assert_same(before, after)


async def test_a_store_that_somebody_else_has_open_stays(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    path = tmp_path / "toy.db"
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, f"sqlite:///{path}") as toy,
        http(toy) as ask,
    ):
        await publish(client, sheet("p1"))
        await taken(ask)
        other = sqlite3.connect(path)
        other.execute("SELECT * FROM counts").fetchall()
        found = await rebuilt(ask)
        other.close()

        assert found["state"] == "failed"
        assert "another process has" in found["why"]
        await publish(client, sheet("p1", "j2"))
        await taken(ask)
        assert (await ask.get("/counts")).json() == {"p1": 2}
