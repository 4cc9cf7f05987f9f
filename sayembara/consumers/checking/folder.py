"""The check of a consumer that has a folder: a copy of it, played with on a server of its own."""

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
from contracts.stream import PUBLIC_STREAM, PUBLIC_STREAM_CONFIG, STREAM_CONFIG
from kit.log import Log
from nats.aio.client import Client
from rich.console import Console
from rich.progress import Progress

from sayembara.consumers.checking.gate import Gate
from sayembara.consumers.checking.judging import Verdict, judge
from sayembara.consumers.checking.process import Process
from sayembara.consumers.checking.rules import RULES, Rule
from sayembara.consumers.checking.server import Server
from sayembara.consumers.checking.world import World
from sayembara.trouble import Trouble

PATIENCE_SECONDS = 15
NEEDED = ("url", "stream", "durable", "key", "view", "events", "command")


async def check_folder(
    console: Console,
    folder: Path,
    command: Sequence[str] = (),
    rules: Sequence[Rule] = RULES,
    patience_seconds: float = PATIENCE_SECONDS,
) -> list[Verdict]:
    """A verdict on each rule; the folder itself stays as it is.

    What the consumer has not done after `patience_seconds`, it does not do.
    """
    facts = read_facts(folder)
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="sayembara-check-") as place:
        async with _world(
            Path(place), folder, facts, command or facts["command"], patience_seconds
        ) as world:
            with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
                task = bar.add_task("checking", total=len(rules))
                for rule in rules:
                    bar.update(task, description=rule.name)
                    anew = not verdicts or not verdicts[-1].kept
                    verdicts.append(await _played(world, rule, anew=anew))
                    bar.advance(task)
    return verdicts


def read_facts(folder: Path) -> dict[str, Any]:
    """What `consumer.toml` says; Trouble when it is not there or lacks something."""
    path = folder / "consumer.toml"
    try:
        facts = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Trouble(f"{folder} is no folder of a consumer: it has no consumer.toml") from error
    except ValueError as error:
        raise Trouble(f"{path} is not TOML: {error}") from error
    if missing := [name for name in NEEDED if not facts.get(name)]:
        raise Trouble(f"{path} does not say {', '.join(missing)}")
    return facts


async def _played(world: World, rule: Rule, *, anew: bool) -> Verdict:
    await world.begin(anew=anew)
    await rule.play(world)
    return judge(rule.name, rule.expected, world.sent, world.seen, order=rule.order)


@asynccontextmanager
async def _world(
    place: Path, folder: Path, facts: dict[str, Any], command: Sequence[str], patience: float
) -> AsyncIterator[World]:
    copy = place / "folder"
    shutil.copytree(folder, copy, symlinks=True)
    seed = (copy / facts["key"]).read_text("ascii").strip()
    server = Server(place, seed, facts["stream"], facts["durable"])
    process = Process(copy, command)
    try:
        await server.start()
        gate = Gate(server.port)
        await gate.back()
        _point_to(copy / "consumer.toml", f"nats://127.0.0.1:{gate.port}")
        client = await nats.connect(server.url, user="check", password=server.password)
        await _make_stream(client, facts["stream"])
        yield World(
            client,
            gate,
            process,
            facts,
            schemas=_schemas(folder, facts["events"]),
            patience_seconds=patience,
        )
        await process.kill()
        await gate.away()
        await client.close()
    finally:
        await process.kill()
        server.stop()


async def _make_stream(client: Client, stream: str) -> None:
    config = PUBLIC_STREAM_CONFIG if stream == PUBLIC_STREAM else STREAM_CONFIG
    await Log(client).api(f"STREAM.CREATE.{stream}", config)


def _point_to(path: Path, url: str) -> None:
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"(?m)^url *=.*$", f"url = {json.dumps(url)}", text), "utf-8")


def _schemas(folder: Path, events: Sequence[str]) -> dict[str, Any]:
    try:
        return {
            each: json.loads((folder / "schemas" / f"{each}.json").read_text("utf-8"))
            for each in events
        }
    except OSError as error:
        raise Trouble(f"{error.filename} is missing: `schemas/` has one for each event") from error
