"""The NATS servers, through the account SYS: told to read who may consume, asked who is there."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kit.several import answers
from nats.aio.client import Client

from sayembara import event_log
from sayembara.addresses import SYSTEM, LogPlace
from sayembara.consumers.granted import Granted
from sayembara.deploy.nats_config import CONSUMERS_FILE
from sayembara.deploy.nats_consumers import Account, consumers_config
from sayembara.trouble import Trouble

ANSWER_SECONDS = 5.0
PING = "$SYS.REQ.SERVER.PING"
CONNECTIONS = "$SYS.REQ.ACCOUNT.PING.STATZ"
RELOADS = 2
"""What an account that is new may ask for works from the second time on (nats-server 2.15)."""


def write_accounts(data: Path, consumers: Sequence[Granted]) -> None:
    """Write the accounts of these consumers where the servers read them; Trouble if one cannot."""
    path = data / CONSUMERS_FILE
    fresh = path.with_suffix(".new")
    accounts = [Account(each.durable, each.stream, each.nkey, each.whole_log) for each in consumers]
    try:
        fresh.write_text(consumers_config(accounts), encoding="utf-8")
        # At once: a server that starts just now must not read half of it.
        fresh.replace(path)
    except OSError as error:
        raise Trouble(
            f"{path} cannot be written ({error.strerror}): SAYEMBARA_DATA must name the system's"
            " data folder"
        ) from error


async def reload(place: LogPlace, data: Path) -> int:
    """Have every server read its configuration again; gives how many servers did.

    Whoever is in no account any more is cut off at once. Nobody else notices.
    """
    async with _system(place, data) as client:
        servers = await _servers(client)
        for _ in range(RELOADS):
            for server in servers:
                await _reload(client, server)
    return len(servers)


async def connections(place: LogPlace, data: Path) -> dict[str, int]:
    """How many connections each account has now; accounts without any are left out."""
    found: Counter[str] = Counter()
    async with _system(place, data) as client:
        known = len(await _servers(client))
        for answer in await answers(client, CONNECTIONS, known, ANSWER_SECONDS):
            for each in answer["data"]["account_statz"]:
                found[each["acc"]] += each["conns"]
    return found


@asynccontextmanager
async def _system(place: LogPlace, data: Path) -> AsyncIterator[Client]:
    password = data / "secrets" / f"nats_{SYSTEM}"
    if not password.exists():
        raise Trouble(
            f"{password} is not there: SAYEMBARA_DATA names the system's data folder, and"
            " `sayembara secrets` adds to it what one from before is missing"
        )
    async with event_log.connected(LogPlace(place.url, SYSTEM, password)) as log:
        yield log.client


async def _servers(client: Client) -> list[dict[str, Any]]:
    """Every server, of which each knows how many there are."""
    (first,) = await answers(client, PING, 1, ANSWER_SECONDS)
    known = first["statsz"]["active_servers"]
    return [each["server"] for each in await answers(client, PING, known, ANSWER_SECONDS)]


async def _reload(client: Client, server: dict[str, Any]) -> None:
    subject = f"$SYS.REQ.SERVER.{server['id']}.RELOAD"
    answer = json.loads((await client.request(subject, timeout=ANSWER_SECONDS)).data)
    if error := answer.get("error"):
        raise Trouble(
            f"the NATS server {server['name']} does not take its configuration, and goes on as"
            f" before: {error.get('description', error)}"
        )
