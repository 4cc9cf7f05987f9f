"""One command lets a consumer in, one starts it; killed or set back, it has all events once."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from contracts.stream import PUBLIC_STREAM
from kit.stored import message_at

from sayembara import event_log
from sayembara.embedded.running import Embedded
from tests.audit.played import LUWU_UTARA, play_quietly
from tests.support.node import Node
from tests.support.waiting import until
from tests.system.command import told
from tests.system.embedded import embedded

EVENTS = "proposal.admitted,stage.ranked,proposal.awarded"
TYPES = {f"{each}.v1" for each in EVENTS.split(",")}
SOME = 5
WHY = ("--by", "Biro Organisasi", "--reason", "surat 045/1182")


@dataclass
class Consumer:
    """A starter in its folder; `ids` reads what it has kept there."""

    folder: Path
    command: list[str]
    ids: Callable[[Path], list[str]]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=subprocess.DEVNULL)

    def end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.ended()

    def stopped(self) -> int:
        """Its exit code, when it is asked to stop."""
        assert self.process is not None
        self.process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        assert self.process is not None
        code = self.process.wait(60)
        self.process = None
        return code

    async def has_some(self) -> bool:
        return len(self.ids(self.folder)) >= SOME

    async def has_all(self, expected: list[str]) -> bool:
        return set(self.ids(self.folder)) >= set(expected)


def of_sqlite(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "taken.sqlite3") as store:
        tables = store.execute("SELECT 1 FROM sqlite_master WHERE name = 'taken'").fetchone()
        rows = store.execute("SELECT id FROM taken ORDER BY rowid") if tables else []
        return [row[0] for row in rows]


def of_lines(folder: Path) -> list[str]:
    kept = folder / "taken.jsonl"
    whole = kept.read_text().rpartition("\n")[0] if kept.exists() else ""
    return [json.loads(line)["id"] for line in whole.splitlines()]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(tmp_path_factory.mktemp("system")) as one:
        yield one


def let_in(system: Embedded, name: str, folder: Path) -> Path:
    given = ("--events", EVENTS, "--folder", str(folder / name), *WHY)
    told(system, "consumer", "add", name, *given)
    return folder / name


async def shown(system: Embedded) -> list[str]:
    """The ids of these events on the public stream, in its order."""
    async with event_log.connected(system.system.log_place()) as log:
        info = await log.api(f"STREAM.INFO.{PUBLIC_STREAM}")
        places = range(1, info["state"]["last_seq"] + 1)
        found = await asyncio.gather(*(message_at(log, each, PUBLIC_STREAM) for each in places))
        headers = [each.headers for each in found if each is not None]
        return [each["ce-id"] for each in headers if each["ce-type"] in TYPES]


async def is_through(system: Embedded, name: str) -> bool:
    async with event_log.connected(system.system.log_place()) as log:
        info = await log.api(f"CONSUMER.INFO.{PUBLIC_STREAM}.consumer-{name}")
        return bool(info["num_pending"] == 0 and info["num_ack_pending"] == 0)


async def test_awards_appear_once_whatever_happens_to_the_consumers(
    system: Embedded, tmp_path: Path, node: Node
) -> None:
    python = Consumer(
        await asyncio.to_thread(let_in, system, "kemendagri", tmp_path),
        [sys.executable, "starter.py"],
        of_sqlite,
    )
    javascript = Consumer(
        await asyncio.to_thread(let_in, system, "lan", tmp_path),
        [str(node.binary), "starter.mjs"],
        of_lines,
    )
    node.install(javascript.folder)
    both = (python, javascript)
    with ExitStack() as ends:
        for each in both:
            ends.callback(each.end, signal.SIGKILL)
            each.start()
        playing = asyncio.create_task(play_quietly(system, LUWU_UTARA))
        for each in both:
            await until(each.has_some, "the first events appear")
            each.end(signal.SIGKILL)
        await playing
        expected = await shown(system)
        assert len(expected) > 2 * SOME
        for each in both:
            each.start()
            await until(partial(each.has_all, expected), "nothing is missing", 60)
            assert sorted(each.ids(each.folder)) == sorted(expected), "not once each"

        for name in ("kemendagri", "lan"):
            await asyncio.to_thread(told, system, "consumer", "rewind", name, "--to", "start")
            await until(partial(is_through, system, name), "it has all again", 60)
        for each in both:
            assert sorted(each.ids(each.folder)) == sorted(expected), (
                "a second effect after the rewind"
            )
        assert python.stopped() == 0, "it stops as it is asked to"
        await asyncio.to_thread(told, system, "consumer", "revoke", "lan", *WHY)
        assert javascript.ended() == 1, "whose key is refused, it ends"
        python.start()
        await asyncio.to_thread(told, system, "consumer", "revoke", "kemendagri", *WHY)
        assert python.ended() == 1, "whose key is refused, it ends"
