"""Everybody's way in: a WebSocket without a name, which hears what is public and can do nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from sayembara.addresses import NATS
from sayembara.deploy.nats_public import PAYLOAD_BYTES, SUBSCRIPTIONS
from sayembara.embedded.running import Embedded
from sayembara.embedded.system import WEBSOCKET
from tests.deploy.broker import User, broker, user
from tests.support.aside import install
from tests.support.node import Node
from tests.support.waiting import until

GUIDE = Path(__file__).parents[2] / "docs" / "consumers.md"
BRIDGE = Path(__file__).with_name("websocket.mjs")
CHANGED = "kipp-2019.standings.s1.changed"
OTHER = "iga-2020.standings.s1.changed"
FORBIDDEN = (
    ">",
    "live",
    "sayembara.>",
    "public.>",
    "LOG.>",
    "$JS.>",
    "$SYS.>",
    "_INBOX.>",
    "_INBOX_ranking.>",
)


@dataclass(frozen=True)
class Place:
    """A broker, and the port of each way in; that of `ws` leads through Node.js's WebSocket."""

    broker: Embedded
    ports: dict[str, int]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, node: Node) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("websocket"), node) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path, node: Node) -> Iterator[Place]:
    with place(tmp_path, node) as running:
        yield running


@contextmanager
def place(folder: Path, node: Node) -> Iterator[Place]:
    with broker(folder) as running:
        ports = running.system.ports.of
        command = (node.binary, BRIDGE, f"ws://127.0.0.1:{ports[WEBSOCKET]}")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bridge:
            assert bridge.stdin
            assert bridge.stdout
            with bridge.stdin:
                way = int(bridge.stdout.readline())
                yield Place(running, {"ws": way, "nats": ports[NATS]})


@asynccontextmanager
async def anybody(system: Place, scheme: str = "ws", **who: Any) -> AsyncIterator[User]:
    refusals: list[str] = []

    async def refused(error: Exception) -> None:
        refusals.append(str(error))

    client = await nats.connect(
        f"nats://127.0.0.1:{system.ports[scheme]}",
        error_cb=refused,
        allow_reconnect=False,
        # These two count for the first connection too.
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        **who,
    )
    try:
        yield User(client, refusals)
    finally:
        await client.close()


async def listening(client: Client, subject: str) -> list[Msg]:
    heard: list[Msg] = []

    async def keep(message: Msg) -> None:
        heard.append(message)

    await client.subscribe(subject, cb=keep)
    await client.flush()
    return heard


def numbers(heard: list[Msg], header: str = "Nats-Sequence") -> list[int]:
    return [int((each.headers or {})[header]) for each in heard]


async def test_the_lines_of_the_guide_for_python_hear_what_is_shown(
    fresh: Place, tmp_path: Path
) -> None:
    # Only WebSocket asks nats-py for aiohttp, and nothing of ours does: so it is in no lock.
    install(tmp_path / "aside", "aiohttp==3.14.3")
    listening = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", lines_of_the_guide(fresh)),
        env={**os.environ, "PYTHONPATH": str(tmp_path / "aside"), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert listening.stdout
    line = asyncio.create_task(listening.stdout.readline())
    async with user(fresh.broker, "notification") as shows:

        async def is_heard() -> bool:
            headers = {"ce-type": "standings.changed.v1"}
            await shows.client.request(f"public.{CHANGED}", b'{"stage": "s1"}', headers=headers)
            return line.done()

        await until(is_heard, "the lines of the guide hear something, or end")
    if listening.returncode is None:
        listening.kill()
    await listening.wait()
    assert line.result() == b'standings.changed.v1 {"stage": "s1"}\n'


def lines_of_the_guide(system: Place) -> str:
    block = GUIDE.read_text("utf-8").split("In Python, with `nats-py[aiohttp]`:\n\n")[1]
    lines = takewhile(lambda line: line.startswith("    "), block.splitlines())
    port = system.broker.system.ports.of[WEBSOCKET]
    body = "\n".join(lines).replace(":14223", f":{port}")
    return f"import asyncio\nimport nats\n\nasync def main():\n{body}\n\nasyncio.run(main())"


async def test_anybody_hears_what_is_shown_and_notices_a_gap(fresh: Place) -> None:
    async with user(fresh.broker, "notification") as shows:

        async def show(subject: str, position: int) -> None:
            headers = {"Sayembara-Position": str(position)}
            await shows.client.request(f"public.{subject}", b"{}", headers=headers)

        async with anybody(fresh) as one:
            everything = await listening(one.client, "live.>")
            edition = await listening(one.client, "live.kipp-2019.>")
            for position, subject in enumerate((CHANGED, OTHER, CHANGED), 41):
                await show(subject, position)
            await until(lambda: has(edition, 2), "both of the edition are heard")
            assert [each.subject for each in edition] == [f"live.{CHANGED}"] * 2
            assert numbers(everything) == [1, 2, 3]
            assert numbers(edition, "Nats-Last-Sequence") == [0, 1]
            assert numbers(everything, "Sayembara-Position") == [41, 42, 43]
        await show(CHANGED, 44)
        async with anybody(fresh) as one:
            again = await listening(one.client, f"live.{CHANGED}")
            await show(CHANGED, 45)
            await until(lambda: has(again, 1), "the next one is heard")
    # It was away at 4: both say so, the number in the stream and the one before on this subject.
    assert (numbers(again), numbers(again, "Nats-Last-Sequence")) == ([5], [4])


async def has(heard: list[Msg], count: int) -> bool:
    return len(heard) >= count


@pytest.mark.parametrize("subject", FORBIDDEN)
async def test_anybody_hears_nothing_else(system: Place, subject: str) -> None:
    async with anybody(system) as one:
        await listening(one.client, subject)
        await one.refused(1)


@pytest.mark.parametrize(
    "subject",
    [
        f"live.{CHANGED}",
        f"public.{CHANGED}",
        "sayembara.ranking.e1.stage.s1.ranked",
        "$JS.API.INFO",
        "$JS.API.STREAM.INFO.SAYEMBARA_PUBLIC",
        "LOG.API.STREAM.INFO.SAYEMBARA",
        "$SYS.REQ.SERVER.PING",
        "_INBOX.x",
    ],
)
async def test_anybody_says_nothing(system: Place, subject: str) -> None:
    async with anybody(system) as one, user(system.broker, "admin") as admin:
        heard = await listening(admin.client, f"{subject.split('.', maxsplit=1)[0]}.>")
        await one.say(subject)
        await one.refused(1)
        assert heard == []


async def test_whoever_has_no_password_is_nobody_on_the_other_port(system: Place) -> None:
    with pytest.raises(NatsError, match="Authorization"):
        async with anybody(system, "nats"):
            pass
    with pytest.raises(NatsError, match="Authorization"):
        async with anybody(system, "nats", user="public", password=""):
            pass


@pytest.mark.parametrize("scheme", ["nats", "ws"])
@pytest.mark.parametrize("name", ["ranking", "admin", "system", "nobody"])
async def test_a_wrong_password_makes_nobody_anonymous(
    system: Place, scheme: str, name: str
) -> None:
    with pytest.raises(NatsError, match="Authorization"):
        async with anybody(system, scheme, user=name, password="wrong"):
            pass


async def test_who_says_much_or_subscribes_without_end_is_cut_off(system: Place) -> None:
    async def too_much(client: Client) -> None:
        await client.publish("live.x", b"x" * (PAYLOAD_BYTES + 1))

    async def without_end(client: Client) -> None:
        for number in range(SUBSCRIPTIONS + 1):
            await client.subscribe(f"live.e{number}.>")

    for deed in (too_much, without_end):
        await is_cut_off(system, deed)


async def is_cut_off(system: Place, deed: Callable[[Client], Any]) -> None:
    async with anybody(system) as one:
        await deed(one.client)

        async def told() -> bool:
            return bool(one.refusals) or one.client.is_closed

        await until(told, f"{deed.__name__} is refused")
        assert not any("permissions" in each for each in one.refusals)


async def test_others_hear_on_when_one_is_cut_off(system: Place) -> None:
    async with (
        anybody(system) as quiet,
        anybody(system) as loud,
        user(system.broker, "notification") as by,
    ):
        heard = await listening(quiet.client, f"live.{OTHER}")
        await loud.client.publish("live.x", b"x" * (PAYLOAD_BYTES + 1))
        await asyncio.sleep(0)
        assert "error" not in await by.ask(f"public.{OTHER}")
        await until(lambda: has(heard, 1), "the quiet one hears")
