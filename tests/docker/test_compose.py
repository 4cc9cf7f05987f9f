"""The compose files, for real: the edition played from this machine against the containers."""

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sayembara import event_log, show
from sayembara.addresses import SERVICES
from sayembara.play.api import Services
from sayembara.play.checks import load
from sayembara.play.playing import play
from sayembara.trouble import Trouble
from tests.docker.compose import NEEDS_DOCKER, Deployment, deployed
from tests.support.waiting import until
from tests.system.embedded import DIGEST, EXAMPLE, ROOT

pytestmark = NEEDS_DOCKER
FOLDER = load(EXAMPLE)
STAGE = f"/editions/{FOLDER.edition}/stages/{FOLDER.rulebook.stages[0].id}"
SHEETS_BEFORE_THE_BLOW = 30


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("private")) as deployment:
        yield deployment


async def play_on(deployment: Deployment) -> dict[str, Any]:
    async with deployment.services() as services:
        await play(FOLDER, services, Console(quiet=True))
        return dict(await show.find_standings(services, FOLDER.edition))


async def states(deployment: Deployment) -> dict[str, dict[str, Any]]:
    async with deployment.services() as services:
        return {name: await services.get(name, "/status") for name in SERVICES}


def test_the_edition_gives_the_digest_of_the_embedded_form(single: Deployment) -> None:
    standings = asyncio.run(play_on(single))
    assert standings["digest"] == DIGEST
    found = asyncio.run(states(single))
    assert {name: state["parked"] for name, state in found.items()} == dict.fromkeys(SERVICES, 0)
    asyncio.run(every_notice_is_a_mail(single))
    assert asyncio.run(event_log.check(single.log_place())) > 300


async def every_notice_is_a_mail(deployment: Deployment) -> None:
    async with deployment.services() as services:

        async def all_left() -> bool:
            notices = await services.get("notification", "/notices", edition=FOLDER.edition)
            return {each["state"] for each in notices} == {"delivered"}

        await until(all_left, "every notice was delivered")
        notices = await services.get("notification", "/notices", edition=FOLDER.edition)
    url = f"http://127.0.0.1:{deployment.ports['mail']}/api/v1/messages?limit=1000"
    with await asyncio.to_thread(urllib.request.urlopen, url) as answer:
        mails = json.load(answer)["messages"]
    sent = sorted(each["MessageID"] for each in mails)
    assert sent == sorted(f"{each['notice']}@sayembara" for each in notices)


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_can_write_nothing_and_is_nobody(single: Deployment, service: str) -> None:
    container = single.inspect(service)
    assert container["Config"]["User"] == "10001:10001"
    assert container["HostConfig"]["ReadonlyRootfs"] is True
    assert container["HostConfig"]["CapDrop"] == ["ALL"]
    secret = (single.private / "secrets" / f"nats_{service}").read_text().strip()
    assert secret not in json.dumps(container)


def test_the_image_brings_the_pages_about_the_events(single: Deployment) -> None:
    auditor = f"http://127.0.0.1:{single.ports['auditor']}"
    for address in ("contracts/index.html", "schemas/public/stage.ranked.v1.json"):
        with urllib.request.urlopen(f"{auditor}/{address}") as answer:
            assert answer.read() == (ROOT / "docs" / address).read_bytes()


def test_nothing_listens_beyond_this_machine(single: Deployment) -> None:
    listed = single.compose("ps", "--all", "--format", "{{.Ports}}")
    published = [each for line in listed.splitlines() for each in line.split(", ") if "->" in each]
    assert len(published) == len(SERVICES) + len(("NATS", "its WebSocket", "the mail server"))
    assert [each for each in published if not each.startswith("127.0.0.1:")] == []


def test_a_killed_node_of_the_cluster_loses_nothing(tmp_path: Path) -> None:
    """The node that is killed leads the log, so that another must take over with all of it."""
    with deployed(tmp_path, "compose.cluster.yml", replicas=3) as deployment:
        standings, killed = asyncio.run(play_and_kill_the_leader(deployment))
        assert standings["digest"] == DIGEST
        found = asyncio.run(states(deployment))
        assert [state["parked"] for state in found.values()] == [0] * len(SERVICES)
        deployment.docker("start", deployment.container(killed))
        asyncio.run(all_are_current_again(deployment))


async def play_and_kill_the_leader(deployment: Deployment) -> tuple[dict[str, Any], str]:
    leader = str((await log_info(deployment))["cluster"]["leader"])
    playing = asyncio.create_task(play_on(deployment))
    async with deployment.services() as services:
        await until(lambda: some_sheets_are_in(services, playing), "some sheets are in", 60)
    await asyncio.to_thread(deployment.docker, "kill", deployment.container(leader))
    assert not playing.done()
    return await playing, leader


async def some_sheets_are_in(services: Services, playing: "asyncio.Task[Any]") -> bool:
    if playing.done():
        raise AssertionError("the play was over before the node could be killed")
    state = await services.find("evaluation", STAGE)
    return state is not None and state["sheets"] >= SHEETS_BEFORE_THE_BLOW


async def log_info(deployment: Deployment) -> dict[str, Any]:
    async with event_log.connected(deployment.log_place()) as log:
        return await log.api("STREAM.INFO.SAYEMBARA")


async def all_are_current_again(deployment: Deployment) -> None:
    async def is_so() -> bool:
        try:
            cluster = (await log_info(deployment))["cluster"]
        except Trouble:
            return False
        return [each["current"] for each in cluster["replicas"]] == [True, True]

    await until(is_so, "all three nodes have the whole log", 60)
    assert await event_log.check(deployment.log_place()) > 300
