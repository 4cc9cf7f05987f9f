"""A rulebook amended over HTTP and from the command line, on both kinds of store."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path

import httpx
import pytest
from contracts.rulebook import Rulebook
from rich.console import Console

from sayembara.addresses import SERVICES, Addresses
from sayembara.amend import Amended, amend, minute_of, show_amended
from sayembara.play.api import Refusal, Services
from sayembara.trouble import Trouble
from tests.submission.facts import MINUTE, RULEBOOK, TOML
from tests.submission.test_submission_api import NewStore, refusal, said, submission
from tests.support.nats import NatsServer

ADDRESS = "/editions/kipp-uji-2019"
HEAVIER = TOML.replace("weight = 12.10", "weight = 20")
ORDER = {"rulebook": HEAVIER, "decision": MINUTE.model_dump()}


@asynccontextmanager
async def opened(server: NatsServer, new_store: NewStore) -> AsyncIterator[httpx.AsyncClient]:
    async with submission(server, new_store) as client:
        await client.put("/clock", json={"now": "2019-09-02T09:00:00+08:00"})
        toml = {"content-type": "application/toml"}
        await said(client, "PUT", ADDRESS, content=TOML.encode(), headers=toml)
        assert await refusal(client, "POST", f"{ADDRESS}/amendment", json=ORDER) == [
            409,
            "edition_not_open",
        ]
        await said(client, "POST", f"{ADDRESS}/opening")
        yield client


async def test_an_open_edition_goes_on_under_another_rulebook(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with opened(nats_server, new_store) as client:
        for expected in (["rulebook.amended.v1"], []):
            assert await said(client, "POST", f"{ADDRESS}/amendment", json=ORDER) == expected
        edition = (await client.get(ADDRESS)).json()
        answer = (await client.get(f"{ADDRESS}/rulebook")).json()

    (shown,) = edition["amendments"]
    assert [shown["before"], shown["digest"]] == [RULEBOOK.digest(), edition["rulebook_digest"]]
    assert shown["decision"] == MINUTE.model_dump()
    book = Rulebook.model_validate(answer["rulebook"])
    assert answer["rulebook"] == book.published()
    assert book.digest() == answer["rulebook_digest"] == edition["rulebook_digest"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ORDER | {"rulebook": "id = 7"}, [422, "rulebook_wrong"]),
        (ORDER | {"rulebook": TOML.replace("max = 10", "max = 9")}, [409, "amendment_refused"]),
        (ORDER | {"decision": {"by": "Panitia"}}, [422, "malformed_request"]),
        (ORDER | {"why": "?"}, [422, "malformed_request"]),
        (ORDER | {"rulebook": "id = \u0000"}, [422, "rulebook_wrong"]),
    ],
)
async def test_what_cannot_be_is_answered_with_its_code(
    nats_server: NatsServer,
    new_store: NewStore,
    order: dict[str, object],
    expected: list[object],
) -> None:
    async with opened(nats_server, new_store) as client:
        assert await refusal(client, "POST", f"{ADDRESS}/amendment", json=order) == expected
        edition = (await client.get(ADDRESS)).json()

    assert [edition["rulebook_digest"], edition["amendments"]] == [RULEBOOK.digest(), []]


async def test_half_a_character_is_no_text(nats_server: NatsServer, new_store: NewStore) -> None:
    body = json.dumps(ORDER | {"rulebook": "id = \ud800"})
    async with opened(nats_server, new_store) as client:
        sent = {"content": body, "headers": {"content-type": "application/json"}}
        assert await refusal(client, "POST", f"{ADDRESS}/amendment", **sent) == [
            422,
            "malformed_request",
        ]


async def test_the_command_amends_and_tells_what_changes(
    nats_server: NatsServer, new_store: NewStore, tmp_path: Path
) -> None:
    file, other = tmp_path / "rulebook.toml", tmp_path / "other.toml"
    file.write_text(f"\ufeff{HEAVIER}", "utf-8")
    other.write_text(TOML.replace("max = 10", "max = 9"), "utf-8")
    async with opened(nats_server, new_store) as client:
        addresses = Addresses(dict.fromkeys(SERVICES, str(client.base_url)), "nats://nowhere")
        services = Services(addresses, client=client)
        first, again = [await amend(services, RULEBOOK.id, file, MINUTE) for _ in range(2)]
        with pytest.raises(Trouble, match=r"other\.toml: this may not change\n.*criteria\.dampak"):
            await amend(services, RULEBOOK.id, other, MINUTE)
        with pytest.raises(Refusal, match="there is no edition 'lain'"):
            await amend(services, "lain", file, MINUTE)

    assert [str(each) for each in first.changes] == [
        "stages.presentasi.criteria.kebaruan.weight: 12.1 → 20"
    ]
    assert [again.changes, again.before] == [(), first.digest]


def shown(found: Amended) -> list[str]:
    out = StringIO()
    show_amended(Console(file=out, width=120), "kipp-uji-2019", found)
    return out.getvalue().splitlines()


def test_the_command_says_when_nothing_changes() -> None:
    assert shown(Amended((), "sha256:1", "sha256:1")) == [
        "'kipp-uji-2019' has this rulebook already: nothing was changed",
        "rulebook digest: sha256:1",
    ]
    assert shown(Amended((), "sha256:1", "sha256:2")) == ["rulebook digest: sha256:2"]


@pytest.mark.parametrize(("part", "text"), [("by", ""), ("reason", "?")])
def test_a_decision_without_its_parts_is_refused(part: str, text: str) -> None:
    parts: dict[str, str] = {"by": "Panitia", "minute": "BA-1", "reason": "Karena"} | {part: text}
    decide: Callable[..., object] = minute_of

    with pytest.raises(Trouble, match=f"--{part}: "):
        decide(**parts)
