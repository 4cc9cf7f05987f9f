"""Parked messages in the whole system: the operator's command, the log, and who is told."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from contracts.evaluation import SheetSubmitted
from contracts.event import Event
from contracts.operations import MessageDiscarded, MessageParked, MessageRetried, OperatorAction
from kit.settings import read_secret

from sayembara.audit.reading import Logged
from sayembara.embedded.running import Embedded
from tests.audit.played import log_of
from tests.ranking.facts import DESK, EDITION, admitted, amended, opened, sheet
from tests.shared.toy import publish
from tests.support.waiting import until
from tests.system.command import sayembara
from tests.system.embedded import embedded, services_of

WORD = ("--by", "Biro Organisasi", "--reason", "the opening came late")
CONTACT = {"role": "secretariat", "name": "Sekretariat", "email": "sekretariat@kota.example"}


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Embedded]:
    monkeypatch.setenv("SAYEMBARA_NOT_YET_TRIES", "1")
    with embedded(tmp_path) as running:
        yield running


async def say(system: Embedded, service: str, *events: Event, **changed: Any) -> None:
    """Put events on the log as a service that does not keep to the order."""
    client = await nats.connect(
        system.system.ports.addresses().nats,
        user=service,
        password=read_secret(system.system.folder / "secrets" / f"nats_{service}"),
        inbox_prefix=f"_INBOX_{service}".encode(),
    )
    await publish(client, *events, **changed)
    await client.close()


async def until_parked(system: Embedded, *outcomes: str) -> None:
    async with services_of(system) as services:

        async def parked() -> bool:
            found = await services.get("ranking", "/parked")
            return [each["outcome"] for each in found] == list(outcomes)

        await until(parked, f"ranking has parked {', '.join(outcomes)}")


def command(system: Embedded, *words: str) -> tuple[int, str]:
    ended = sayembara(system, *words)
    return ended.returncode, ended.stdout + ended.stderr


def test_the_operator_retries_and_discards_by_the_command(system: Embedded) -> None:
    asyncio.run(
        say(system, "evaluation", sheet("c", "juror-1", "99"), amended("c", "juror-1", "95"))
    )
    asyncio.run(until_parked(system, "not_yet", "behind"))
    asyncio.run(say(system, "submission", opened(), admitted("c")))
    asyncio.run(say(system, "evaluation", sheet("c", "juror-2", "60"), body=b"nonsense"))
    asyncio.run(until_parked(system, "not_yet", "behind", "refused"))

    code, page = command(system, "parked", "list")
    assert (code, "behind" in page) == (0, True)
    code, page = command(system, "parked", "retry", "ranking", "2", *WORD)
    assert (code, "retry or discard that one" in page) == (1, True)
    assert command(system, "parked", "retry", "ranking", "1", *WORD)[0] == 0
    asyncio.run(until_parked(system, "refused"))
    place = next(each.position for each in asyncio.run(log_of(system)) if each.body == b"nonsense")
    code, page = command(system, "parked", "retry", "ranking", str(place), *WORD)
    assert (code, "stays parked: unreadable_event" in page) == (1, True)
    assert command(system, "parked", "discard", "ranking", str(place), *WORD)[0] == 0

    assert asyncio.run(scores(system)) == {"c": "95.00"}
    log = asyncio.run(told(system))
    readable = (each.event for each in log if each.position != place)
    acts = [each for each in readable if isinstance(each, OperatorAction)]
    assert [(type(each), each.position) for each in acts] == [
        (MessageRetried, 1),
        (MessageRetried, place),
        (MessageDiscarded, place),
    ]
    assert {each.by for each in acts} == {"Biro Organisasi"}
    what_became_of_a_notice_follows_from_what_it_tells_of(system, log)


async def scores(system: Embedded) -> dict[str, str]:
    async with services_of(system) as services:
        found = await services.get("ranking", f"/editions/{EDITION}/stages/{DESK}/standings")
    return {row["proposal"]: row["score"] for row in found["rows"]}


async def told(system: Embedded) -> list[Logged]:
    """The log, once the secretariat was told of every parked message."""
    async with services_of(system) as services:
        await services.put("notification", f"/editions/{EDITION}/contacts/secretariat", CONTACT)

        async def delivered() -> bool:
            found = await services.get("notification", "/notices")
            return [each["state"] for each in found] == ["delivered"] * 2

        await until(delivered, "the secretariat is told of both")
    log: list[Logged] = []

    async def on_the_log() -> bool:
        log[:] = await log_of(system)
        return sum(each.event_type == "notice.delivered.v1" for each in log) == 2

    await until(on_the_log, "the log says so")
    return log


def what_became_of_a_notice_follows_from_what_it_tells_of(
    system: Embedded, log: list[Logged]
) -> None:
    parked = {each.event_id for each in log if each.event_type == MessageParked.type}
    notices = [each for each in log if each.event_type == "notice.delivered.v1"]
    assert {each.headers["ce-causationid"] for each in notices} <= parked
    assert {each.headers["ce-correlationid"] for each in notices} == {"c1"}
    code, page = command(system, "audit", "trace", str(notices[0].position))
    assert code == 0
    assert page.index(SheetSubmitted.type) < page.index(MessageParked.type)
    assert page.index(MessageParked.type) < page.index("notice.delivered.v1")
