"""Every HTTP API holds to its own document, whatever it is asked.

schemathesis makes requests that fit the document and requests that do not; one half of them is
led to what is really there. No answer may be a server error, and every status, media type and
body must be in the document. The requests are the same in every run.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import schemas  # noqa: F401 - not first in the thread below
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.bad_input.prepared import PREPARED, found, prepared
from tests.support.access import Fitting
from tests.support.nats import NatsServer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
TOO_LARGE = [each for each in CHECKS if each is not negative_data_rejection]
"""Of a body that is too large no more is read: schemathesis does not take that for a refusal."""
EXAMPLES = 12
EXAMPLES_OF_RULEBOOKS = 3
"""Making up one takes seconds; the tests of rulebook files have every mistake in them."""
BOUNDED = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


@schemathesis.serializer("application/toml")
def as_it_is(_: Any, value: Any) -> bytes:
    """A file goes as the bytes or the text that was made up for it."""
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


class Allowed(requests.auth.AuthBase):
    """Shows with each request the token of somebody who may send it."""

    def __init__(self, fitting: httpx.Auth) -> None:
        self.fitting = fitting

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.method is not None
        assert request.url is not None
        body = request.body if isinstance(request.body, bytes) else None
        seen = httpx.Request(request.method, request.url, content=body)
        shown = next(self.fitting.auth_flow(seen)).headers["authorization"]
        request.headers["authorization"] = shown
        return request


def exercise(url: str, ids: Mapping[str, str], fitting: httpx.Auth) -> int:
    """Ask every operation of the document in every way; gives how many operations there are."""
    document = schemathesis.openapi.from_dict(without_tokens(f"{url}/openapi.json"))
    found: list[Any] = list(document.get_all_operations())
    operations = [each.ok() for each in found]
    with requests.Session() as session:
        session.auth = Allowed(fitting)
        for operation in operations:
            ask_often(operation, GenerationMode.POSITIVE, ids, url, session)
            with suppress(hypothesis.errors.Unsatisfiable):  # nothing to send, so nothing wrong
                ask_often(operation, GenerationMode.NEGATIVE, ids, url, session)
    return len(operations)


def without_tokens(address: str) -> dict[str, Any]:
    """The document, but who may do what: every request here is by somebody who may."""
    document: dict[str, Any] = httpx.get(address).json()
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    return document


def ask_often(
    operation: Any,
    mode: GenerationMode,
    ids: Mapping[str, str],
    url: str,
    session: requests.Session,
) -> None:
    statuses: set[int] = set()
    many = EXAMPLES_OF_RULEBOOKS if operation.path.endswith("/what-if") else EXAMPLES

    @hypothesis.settings(BOUNDED, max_examples=many)
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), led=st.booleans())
    def ask(case: Any, led: bool) -> None:
        if led and mode is GenerationMode.POSITIVE:
            known = {name: ids[name] for name in case.path_parameters if name in ids}
            case.path_parameters.update(known)
        if operation.path.endswith("/changes"):
            case.query["follow"] = False  # else it has no end
        answer = case.call(url, session)
        case.validate_response(answer, checks=TOO_LARGE if answer.status_code == 413 else CHECKS)
        statuses.add(answer.status_code)

    ask()
    assert statuses - {401, 403}, f"{operation.label} lets nobody in"


@pytest.mark.parametrize("name", PREPARED)
async def test_api_answers_as_its_document_says(
    name: str, nats_server: NatsServer, tmp_path: Path
) -> None:
    async with prepared(name, nats_server, tmp_path) as (one, client):
        ids = {**PREPARED[name].ids, **await found(client)}
        assert isinstance(client.auth, Fitting)
        assert await asyncio.to_thread(exercise, one.url, ids, client.auth) > 8
