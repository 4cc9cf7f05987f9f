"""Bodies that are no request at all: each is refused in words, whatever the address."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kit.document import PROBLEM

from tests.bad_input.prepared import DRAFT, PREPARED, SUBMITTED, found, prepared
from tests.shared.toy import TOY
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started

LARGE = b'{"by": "' + b"x" * 1_100_000 + b'"}'
WRONG = {
    "nothing": b"",
    "half of it": b'{"by": "Bagian',
    "no object": b"[]",
    "null": b"null",
    "no text": b'{"by": "\xff\xfe"}',
    "half a character": b'{"by": "\\ud800", "\\udfff": "x", "marks": {"\\ud800": "70"}}',
    "nul": b'{"by": "\\u0000", "name": "a\\u0000", "reason": "\\u0000\\u0000\\u0000"}',
    "too deep": b"[" * 100_000,
    "too many digits": b'{"by": ' + b"9" * 5_000 + b"}",
    "not a number": b'{"by": NaN, "now": Infinity}',
    "before all time": b'{"now": "0001-01-01T00:00:00+14:00"}',
    "after all time": b'{"now": "9999-12-31T23:59:59-14:00"}',
    "too large": LARGE,
}


def with_bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "requestBody" in operation:
                (media,) = operation["requestBody"]["content"]
                yield method, path, media


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.parametrize("name", PREPARED)
async def test_what_is_no_request_is_refused_with_its_reason(
    name: str, nats_server: NatsServer, tmp_path: Path
) -> None:
    async with prepared(name, nats_server, tmp_path) as (_, ask):
        ids = {**PREPARED[name].ids, **await found(ask)}
        document = (await ask.get("/openapi.json")).json()
        for method, path, media in with_bodies(document):
            address = path.format(
                **dict.fromkeys(("juror", "party", "agency", "consumer"), "a1") | ids
            )
            for what, body in WRONG.items():
                for content in (body, in_pieces(body)):
                    answer = await ask.request(
                        method, address, content=content, headers={"content-type": media}
                    )
                    expect_refusal(answer, f"{method} {path}: {what}")
        assert (await ask.get("/livez")).status_code == 200
        assert (await ask.get("/readyz")).status_code == 200


def expect_refusal(answer: httpx.Response, where: str) -> None:
    is_large = "too large" in where
    assert answer.status_code == (413 if is_large else 422), f"{where}: {answer.text}"
    assert answer.headers["content-type"] == PROBLEM, where
    code = "body_too_large" if is_large else answer.json()["code"]
    assert answer.json()["code"] == code, where
    assert answer.json()["detail"], where


async def test_limit_of_a_body_can_be_set(nats_server: NatsServer, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/toy.db"
    discard = "/parked/1/discard"
    order = {"by": "Operator", "reason": "a forged subject"}
    async with (
        connected(nats_server),
        started(TOY, nats_server, store, body_bytes_max=len(str(order))) as one,
        http(one) as ask,
    ):
        assert (await ask.post(discard, json=order)).json()["code"] == "not_parked"
        longer = await ask.post(discard, json=order | {"reason": "a" * 100})
        assert longer.status_code == 413
        assert "larger than the" in longer.json()["detail"]


async def test_text_that_a_store_cannot_keep_is_refused(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    draft = DRAFT | {"sections": {"ringkasan": "a\0b"}}
    async with prepared("submission", nats_server, tmp_path) as (_, ask):
        answer = await ask.put(f"{SUBMITTED}/proposals/p02", json=draft)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")
        assert answer.json()["detail"].startswith("body.sections.ringkasan: ")
