"""The auditor over a real log: what it signs, shows and proves, and how it says that it cannot."""

from base64 import b64decode
from pathlib import Path
from typing import Any

import httpx
from contracts.auditor import CheckpointSigned
from contracts.ranking import ResultsAnnounced
from contracts.stream import STREAM, STREAM_CONFIG
from kit.log import Log
from kit.running import Running
from nats.aio.client import Client

from sayembara.addresses import LogPlace
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import Checkpoint
from sayembara.audit.proving import tree_of
from sayembara.audit.reading import Logged, read
from sayembara.audit.tree import Tree, proves_consistency, proves_inclusion
from sayembara.event_log import connected as at
from tests.auditor.at_work import HOUR, OPERATOR, auditor, newest, signed_now
from tests.shared.toy import publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import connected
from tests.support.waiting import until

ANNOUNCED = ResultsAnnounced(edition="e1", by="Kota", awards=0)
DELETABLE = STREAM_CONFIG | {"deny_delete": False, "deny_purge": False}


async def whole_log(server: NatsServer) -> list[Logged]:
    async with at(LogPlace(server.url)) as log:
        return [each async for batch in read(log) for each in batch]


async def is_signed(ask: httpx.AsyncClient, size: int) -> bool:
    found = await newest(ask)
    return found is not None and found.size >= size


async def test_it_signs_what_is_on_the_log_and_says_so_there(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client:
        await publish(client, *(sheet(f"p{number}") for number in range(600)))
        await client.request("sayembara.nobody", b"\xff no event", timeout=20)
        async with auditor(nats_server, tmp_path, checkpoint_seconds=HOUR) as (_, ask):
            await until(lambda: is_signed(ask, 601), "all that was there is signed")
            found = await newest(ask)
            assert found == Checkpoint(found.origin, 601, found.root) if found else None

            async def is_said() -> bool:
                return len(await whole_log(nats_server)) == 602

            await until(is_said, "the checkpoint is on the log")
            messages = await whole_log(nats_server)
            said = messages[-1].event
            assert isinstance(said, CheckpointSigned)
            assert said.note == (await ask.get("/checkpoint")).text
            assert (await ask.get("/checkpoints/601")).text == said.note
            assert found is not None
            assert found.root == Tree(map(leaf_hash, messages[:601])).root()


async def test_it_signs_at_once_when_results_are_announced(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with (
        connected(nats_server) as client,
        auditor(nats_server, tmp_path, checkpoint_seconds=HOUR) as (one, ask),
    ):
        await publish(client, sheet("p1"))
        await until(lambda: is_signed(ask, 1), "the first message is signed")
        last = await publish(client, sheet("p2"))

        async def is_heard() -> bool:
            return await one.running.checkpoint() >= last

        await until(is_heard, "the second is heard")
        assert not await is_signed(ask, last)
        last = await publish(client, ANNOUNCED)
        await until(lambda: is_signed(ask, last), "the announcement is signed")
        listed = (await ask.get("/checkpoints", params={"after": 1})).json()
        assert listed[0]["size"] >= last


async def test_its_proofs_hold(nats_server: NatsServer, tmp_path: Path) -> None:
    async with (
        connected(nats_server) as client,
        auditor(nats_server, tmp_path, checkpoint_seconds=HOUR) as (_, ask),
    ):
        await publish(client, *(sheet(f"p{number}") for number in range(20)))
        await until(lambda: is_signed(ask, 1), "something is signed")
        first = await newest(ask)
        await publish(client, *(sheet(f"q{number}") for number in range(300)))
        last = await signed_now(ask)
        assert first is not None
        steps = {"from": first.size, "to": last.size}
        shown = (await ask.get("/proofs/consistency", params=steps)).json()
        assert (shown["from"], shown["to"]) == (first.size, last.size)
        proof = [b64decode(each) for each in shown["proof"]]
        assert proves_consistency(first.size, last.size, first.root, last.root, proof)
        for each in await whole_log(nats_server):
            if each.position > last.size:
                break
            where = {"position": each.position, "size": last.size}
            shown = (await ask.get("/proofs/inclusion", params=where)).json()
            proof = [b64decode(step) for step in shown["proof"]]
            assert b64decode(shown["leaf"]) == leaf_hash(each)
            assert proves_inclusion(
                leaf_hash(each), each.position - 1, last.size, proof, last.root
            ), each.position


async def test_a_proof_that_there_is_not_is_refused_with_words(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server), auditor(nats_server, tmp_path) as (_, ask):
        for path in (
            "/proofs/consistency?from=2&to=1",
            "/proofs/consistency?from=0&to=9",
            "/proofs/inclusion?position=1&size=1",
            "/proofs/inclusion?position=0&size=1",
        ):
            answer = await ask.get(path)
            assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, path
        for path in ("/checkpoint", "/checkpoints/7"):
            answer = await ask.get(path)
            assert (answer.status_code, "signed" in answer.json()["detail"]) == (404, True)
        assert (await ask.get("/checkpoints")).json() == []
        assert (await ask.post("/checkpoints", headers=OPERATOR)).status_code == 404


async def test_what_it_heard_is_never_made_anew(nats_server: NatsServer, tmp_path: Path) -> None:
    async with connected(nats_server), auditor(nats_server, tmp_path) as (_, ask):
        order = {"by": "Secretariat", "reason": "to see it refused"}
        answer = await ask.post("/rebuild", json=order, headers=OPERATOR)
        assert (answer.status_code, answer.json()["code"]) == (409, "evidence")


async def test_it_goes_on_with_its_tree_after_a_start_on_each_store(
    nats_server: NatsServer, tmp_path: Path, new_store: object
) -> None:
    assert callable(new_store)
    store = new_store("auditor")
    async with connected(nats_server) as client:
        await publish(client, *(sheet(f"p{number}") for number in range(300)))
        async with auditor(nats_server, tmp_path, store) as (_, ask):
            await until(lambda: is_signed(ask, 300), "the log is signed")
        last = await publish(client, *(sheet(f"q{number}") for number in range(300)))
        async with auditor(nats_server, tmp_path, store, checkpoint_seconds=0.1) as (_, ask):
            await until(lambda: is_signed(ask, last), "what came meanwhile is signed")
            found = await newest(ask)
            async with at(LogPlace(nats_server.url)) as log:
                tree = await tree_of(log)
            assert found is not None
            assert found.root == tree.root(found.size)


async def remove_the_third(client: Client) -> None:
    log = Log(client)
    await log.api(f"STREAM.CREATE.{STREAM}", DELETABLE)
    await publish(client, *(sheet(f"p{number}") for number in range(5)))
    await log.api(f"STREAM.MSG.DELETE.{STREAM}", {"seq": 3})
    await log.apply_stream()


async def test_a_store_that_was_lost_is_filled_again_and_signs_what_fits(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    hours: dict[str, Any] = {"checkpoint_seconds": HOUR}
    async with connected(nats_server) as client:
        async with auditor(nats_server, tmp_path, **hours) as (_, ask):
            await publish(client, *(sheet(f"p{number}") for number in range(300)))
            before = await signed_now(ask)
            note = (await ask.get(f"/checkpoints/{before.size}")).text
            await until(lambda: _is_said(nats_server, before.size), "it is on the log")
        last = await publish(client, sheet("q1"))
        lost = f"sqlite:///{tmp_path}/new.db"
        async with auditor(nats_server, tmp_path, lost, **hours) as (one, ask):
            await until(lambda: _has_heard(one.running, last), "the whole log is heard again")
            after = await signed_now(ask)
            assert (await ask.get(f"/checkpoints/{before.size}")).text == note
            assert after.size >= last
            steps = {"from": before.size, "to": after.size}
            shown = (await ask.get("/proofs/consistency", params=steps)).json()
            proof = [b64decode(each) for each in shown["proof"]]
            assert proves_consistency(before.size, after.size, before.root, after.root, proof)
            await until(lambda: _is_said(nats_server, after.size), "the new one is on the log")


async def _has_heard(running: Running, position: int) -> bool:
    return await running.checkpoint() >= position


async def _is_said(server: NatsServer, size: int) -> bool:
    said = [each for each in await whole_log(server) if each.event_type == CheckpointSigned.type]
    return any(size == getattr(each.event, "size", 0) for each in said)


async def test_where_a_message_is_missing_it_says_so_and_signs_nothing(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with at(LogPlace(nats_server.url)) as log:
        await remove_the_third(log.client)
    words = "the log has no message at position 3: nothing is signed any more"

    async def said() -> bool:
        return any(words in each for each in one.running.why_not_ready())

    async with auditor(nats_server, tmp_path, ready=False) as (one, ask):
        await until(said, "the hole is told")
        assert 'sayembara_tree{figure="missing"} 3.0' in (await ask.get("/metrics")).text
        assert (await ask.get("/checkpoint")).status_code == 404
        refused = await ask.post("/checkpoints", headers=OPERATOR)
        assert (refused.status_code, refused.json()["code"]) == (409, "message_missing")


async def test_a_verification_begins_by_the_schedule(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async def has_ended() -> bool:
        return bool((await ask.get("/verification", headers=OPERATOR)).json()["ended_at"])

    async with (
        connected(nats_server),
        auditor(nats_server, tmp_path, verify_hours=0.0001) as (_, ask),
    ):
        await until(has_ended, "the empty log is verified", 60)
        found = (await ask.get("/verification", headers=OPERATOR)).json()
        assert (found["exit_code"], "0 messages" in found["page"]) == (0, True)
