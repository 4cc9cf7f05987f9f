"""What is acknowledged is on the disk: asked of what runs, and tried with SIGKILL."""

import asyncio
import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contracts.stream import STREAM
from kit import outbox
from kit.database import Database
from kit.log import Log
from kit.observe import Meters
from kit.relay import Relay
from kit.tables import metadata
from sqlalchemy import text

from sayembara.embedded.running import Embedded
from sayembara.embedded.system import MONITOR
from tests.deploy.broker import broker, user
from tests.shared.test_log import toy_events


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    with broker(tmp_path) as running:
        yield running


def test_the_running_server_syncs_before_it_answers(system: Embedded) -> None:
    url = f"http://127.0.0.1:{system.system.ports.of[MONITOR]}/jsz"
    with urllib.request.urlopen(url) as answer:
        state: dict[str, Any] = json.load(answer)
    assert state["config"]["sync_always"] is True


@pytest.mark.parametrize("events", [1, 5])
async def test_an_event_is_found_after_the_server_was_killed_right_after_its_answer(
    system: Embedded, tmp_path: Path, events: int
) -> None:
    """Single events are published plainly, several as an atomic batch: both must last."""
    database = Database(f"sqlite:///{tmp_path / 'relay.db'}")
    await database.write(metadata.create_all)
    await database.write(lambda each: outbox.append(each, toy_events(events)))
    async with user(system, "ranking") as own:
        relay = Relay("ranking", database, Log(own.client), 100, Meters("ranking"))
        assert await relay.publish_next() is True
        assert system.broker.pid is not None
        os.kill(system.broker.pid, signal.SIGKILL)
    await asyncio.to_thread(system.broker.wait_or_kill, 10)
    assert system.broker.ended_with == -signal.SIGKILL
    await asyncio.to_thread(system.start_broker)
    async with user(system, "ranking") as own:
        places = await Log(own.client).own_places("ranking", 0)
        found = [(each.outbox_id, each.position) for each in places]
        assert found == [(number, number) for number in range(1, events + 1)]
        info = await own.ask(f"$JS.API.STREAM.INFO.{STREAM}")
        assert info["state"]["messages"] == events
    database.close()


async def test_a_sqlite_store_is_on_the_disk_at_each_commit(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    full = 2
    asked = text("PRAGMA synchronous")
    assert await database.write(lambda each: each.scalar(asked)) == full
    assert await database.write(lambda each: each.scalar(text("PRAGMA journal_mode"))) == "wal"
    database.close()
