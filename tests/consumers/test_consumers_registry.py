"""Who may consume, as notification keeps and says it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.consumers import ConsumerAdded, ConsumerRevoked, ConsumerRotated
from kit.http import make_app
from notification_service.consuming.rules import CONSUMERS_MAX

from sayembara.consumers.keys import Key
from tests.consumers.at_work import AWARDED
from tests.notification.at_work import AtWork, at_work
from tests.support.access import KEYS, bearer

WORD = {"by": "Biro Organisasi", "reason": "surat 045/1182"}
NKEY, OTHER = Key.new().public, Key.new().public
ORDER = {"consumer": "kemendagri", "nkey": NKEY, "events": [AWARDED], **WORD}
ROW = {
    "consumer": "kemendagri",
    "nkey": NKEY,
    "events": [AWARDED],
    "of_edition": None,
    "view": "public",
    "from_position": 1,
    "whole_log": False,
    "revoked": False,
    **WORD,
}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[AtWork]:
    async with at_work(f"sqlite:///{tmp_path / 'notification.db'}", token_keys=KEYS) as one:
        yield one


@pytest.fixture
async def ask(here: AtWork) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(here) as client:
        yield client


@asynccontextmanager
async def asking(here: AtWork) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(here.running))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://here", headers=bearer("operator")
    ) as client:
        yield client


async def post(ask: httpx.AsyncClient, path: str, body: dict[str, Any]) -> list[str]:
    answer = await ask.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return [each["type"] for each in answer.json()["events"]]


async def refused(ask: httpx.AsyncClient, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = await ask.post(path, json=body)
    return answer.status_code, answer.json()["code"]


async def consumers(ask: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ask.get("/consumers")).json()
    return found


async def test_one_is_added_given_another_key_and_revoked(
    new_store: Callable[[str], str],
) -> None:
    async with at_work(new_store("notification"), token_keys=KEYS) as here, asking(here) as ask:
        await its_whole_life(here, ask)


async def its_whole_life(here: AtWork, ask: httpx.AsyncClient) -> None:
    assert await post(ask, "/consumers", ORDER) == ["consumer.added.v1"]
    assert await consumers(ask) == [ROW]

    rotation = {"nkey": OTHER, "by": "Biro Hukum", "reason": "tiap tahun"}
    assert await post(ask, "/consumers/kemendagri/rotation", rotation) == ["consumer.rotated.v1"]
    assert await consumers(ask) == [{**ROW, **rotation}]

    assert await post(ask, "/consumers/kemendagri/revocation", WORD) == ["consumer.revoked.v1"]
    assert await consumers(ask) == [{**ROW, "nkey": OTHER, "revoked": True}]

    said = await here.said()
    assert [type(each) for each in said] == [ConsumerAdded, ConsumerRotated, ConsumerRevoked]
    assert {each.edition for each in said} == {"none"}
    assert said[0].subject() == "sayembara.notification.none.consumer.kemendagri.added"


async def test_the_same_again_says_nothing(ask: httpx.AsyncClient) -> None:
    await post(ask, "/consumers", ORDER)
    assert await post(ask, "/consumers", ORDER) == []
    same = {"nkey": NKEY, **WORD}
    assert await post(ask, "/consumers/kemendagri/rotation", same) == []
    await post(ask, "/consumers/kemendagri/revocation", WORD)
    assert await post(ask, "/consumers/kemendagri/revocation", WORD) == []


async def test_a_name_is_free_again_when_it_was_revoked(ask: httpx.AsyncClient) -> None:
    await post(ask, "/consumers", ORDER)
    await post(ask, "/consumers/kemendagri/revocation", WORD)
    assert await post(ask, "/consumers", {**ORDER, "nkey": OTHER}) == ["consumer.added.v1"]
    assert await consumers(ask) == [{**ROW, "nkey": OTHER}]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"nkey": OTHER}, 409, "name_taken"),
        ({"events": [AWARDED, "stage.ranked.v1"]}, 409, "name_taken"),
        ({"consumer": "ranking"}, 409, "reserved_name"),
        ({"consumer": "lan", "events": ["proposal.cheered.v1"]}, 409, "unknown_event"),
        ({"consumer": "lan", "events": ["sheet.submitted.v1"]}, 409, "no_public_view"),
        ({"consumer": "lan", "whole_log": True}, 409, "whole_log_is_internal"),
        ({"consumer": "lan", "events": []}, 422, "malformed_request"),
        ({"consumer": "LAN RI"}, 422, "malformed_request"),
        ({"consumer": "lan", "nkey": "U" + "A" * 55}, 422, "malformed_request"),
        ({"consumer": "lan", "view": "secret"}, 422, "malformed_request"),
        ({"consumer": "lan", "by": ""}, 422, "malformed_request"),
    ],
)
async def test_what_cannot_be_is_refused(
    ask: httpx.AsyncClient, more: dict[str, Any], status: int, code: str
) -> None:
    await post(ask, "/consumers", ORDER)
    assert await refused(ask, "/consumers", {**ORDER, **more}) == (status, code)
    assert await consumers(ask) == [ROW]


async def test_the_internal_view_has_every_event(ask: httpx.AsyncClient) -> None:
    order = {**ORDER, "view": "internal", "events": ["sheet.submitted.v1"]}
    assert await post(ask, "/consumers", order) == ["consumer.added.v1"]


async def test_nobody_is_let_in_when_it_is_full(here: AtWork, ask: httpx.AsyncClient) -> None:
    usual: dict[str, Any] = {**ORDER, "edition": "none", "view": "public", "from_position": 1}
    added = [
        ConsumerAdded.model_validate(usual | {"consumer": f"c-{number}"})
        for number in range(CONSUMERS_MAX)
    ]
    await here.running.command(lambda store: list(map(store.keep_consumer, added)) and ())
    assert await refused(ask, "/consumers", ORDER) == (409, "too_many_consumers")


@pytest.mark.parametrize("action", ["rotation", "revocation"])
async def test_who_is_not_there_is_told(ask: httpx.AsyncClient, action: str) -> None:
    body = {"nkey": NKEY, **WORD} if action == "rotation" else WORD
    assert await refused(ask, f"/consumers/nobody/{action}", body) == (404, "no_such_consumer")


async def test_who_was_revoked_has_no_key(ask: httpx.AsyncClient) -> None:
    await post(ask, "/consumers", ORDER)
    await post(ask, "/consumers/kemendagri/revocation", WORD)
    rotation = {"nkey": OTHER, **WORD}
    assert await refused(ask, "/consumers/kemendagri/rotation", rotation) == (409, "revoked")
