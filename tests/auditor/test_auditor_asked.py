"""What the operator asks the auditor of a played edition: verifications, and the past."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sayembara import event_log, show
from sayembara.audit.asof import standings_at
from sayembara.audit.kept import kept_leaves
from sayembara.audit.leaf import leaf_hash
from sayembara.embedded.running import Embedded
from sayembara.play.api import Refusal, Services
from tests.audit.editions import SMALL, play_small, read_log
from tests.support.waiting import until
from tests.system.embedded import embedded, services_of

STANDINGS = f"/editions/{SMALL}/stages/meja/standings"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(tmp_path_factory.mktemp("asked")) as running:
        asyncio.run(play_small(running))
        yield running


async def verified(system: Embedded) -> dict[str, Any]:
    async with services_of(system) as services:
        before = (await services.post("auditor", "/verification"))["ended_at"]

        async def has_ended() -> bool:
            return bool((await services.get("auditor", "/verification"))["ended_at"] != before)

        await until(has_ended, "the log is verified", 90)
        found: dict[str, Any] = await services.get("auditor", "/verification")
        return found


def metrics(system: Embedded) -> str:
    return httpx.get(system.system.ports.addresses().services["auditor"] + "/metrics").text


async def test_the_leaves_that_were_heard_are_the_operators_alone(system: Embedded) -> None:
    messages = await asyncio.to_thread(read_log, system.system.log_place())
    async with services_of(system) as services:
        heard = await kept_leaves(services)
    url = system.system.ports.addresses().services["auditor"]
    async with Services(system.system.ports.addresses()) as nobody:
        assert await kept_leaves(nobody) == []

    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{url}/leaves")).status_code == httpx.codes.UNAUTHORIZED
    both = min(len(heard), len(messages))
    assert both > len(messages) // 2
    assert heard[:both] == [leaf_hash(each) for each in messages[:both]]


async def test_the_past_is_answered_as_it_is_replayed(system: Embedded) -> None:
    async with (
        services_of(system) as services,
        event_log.connected(system.system.log_place()) as log,
    ):
        for moment in ("60", "2026-03-02T23:59:59+08:00"):
            shown = await services.get("auditor", STANDINGS, at=moment)
            found = await standings_at(log, SMALL, "meja", moment)
            assert shown == json.loads(show.standings_json(found.model_dump(mode="json")))
            assert shown["rows"]


async def test_a_past_that_there_was_not_is_told_in_words(system: Embedded) -> None:
    async with services_of(system) as services:
        for moment, words in (
            ("999999", "the log has no position 999999"),
            ("2001-01-01T00:00:00Z", "nothing was said of"),
            ("2026-01-01T00:00:00", "names no time zone"),
        ):
            with pytest.raises(Refusal, match=words) as refused:
                await services.get("auditor", STANDINGS, at=moment)
            assert (refused.value.status, "Traceback" in str(refused.value)) == (404, False)
        for moment in ("", "--help", "1; ls"):
            with pytest.raises(Refusal) as refused:
                await services.get("auditor", STANDINGS, at=moment)
            assert refused.value.status == httpx.codes.UNPROCESSABLE_ENTITY


async def test_a_verification_is_shown_and_a_finding_raises_the_metric(system: Embedded) -> None:
    found = await verified(system)
    assert (found["exit_code"], found["asked_at"]) == (0, None), found["page"]
    assert "nothing was found: the log is in order" in found["page"]
    assert 'sayembara_verification{figure="failed"} 0.0' in metrics(system)

    forged = f"sayembara.ranking.{SMALL}.stage.meja.ranked"
    async with event_log.connected(system.system.log_place()) as log:
        await log.client.request(forged, b"{}", timeout=20)
    found = await verified(system)
    assert found["exit_code"] == 1
    assert "is no event" in found["page"]
    assert 'sayembara_verification{figure="failed"} 1.0' in metrics(system)
