"""The services, over HTTP: as a secretariat's own program would use them."""

import asyncio
import sys
import time
from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any, Literal

import httpx
from kit.tokens import EVERY_EDITION, Role

from sayembara.addresses import Addresses
from sayembara.tokens import OPERATOR, Tokens, nobody
from sayembara.trouble import Trouble

AT_ONCE = 16
ANSWER_SECONDS = 30
NOT_NOW_SECONDS = 30
PAUSE_SECONDS = 0.1

# httpcore looks for this library on the disk several times per request, which took nearly half of
# a play's own time. Only programs that do not run on asyncio need it: here it counts as missing.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # Python allows it

Method = Literal["GET", "PUT", "POST"]


class Refusal(Trouble):
    """A service said no; `code` is its code for programs, `status` the HTTP status.

    `problem` is its whole answer: some say more than a text.
    """

    def __init__(self, text: str, code: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(text)
        self.code = code
        self.status = status
        self.problem = problem


class NoAnswer(Trouble):
    """A service does not answer at its address."""


class Services:
    """The four services, asked as the operator; at most 16 requests are under way at a time.

    Every call raises Refusal when the service refuses, and NoAnswer when it does not answer. A
    service that asks to come back later (503), or that has answered before, is asked again for
    30 seconds from then on: it may be starting again, and every request may be repeated without
    harm.
    """

    def __init__(
        self,
        addresses: Addresses,
        tokens: Tokens = nobody,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.addresses = addresses
        # As people do, everybody shows one token all the time.
        self._tokens = cache(tokens)
        self._token = self._tokens("operator", OPERATOR)
        # One for each: a client looks through all its connections several times per request.
        self._clients = _clients(addresses, client)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._has_answered: set[str] = set()

    async def __aenter__(self) -> "Services":
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    def acting(self, role: Role, subject: str, edition: str = EVERY_EDITION) -> "Services":
        """The same services, asked as somebody else."""
        other = copy(self)
        other._token = self._tokens(role, subject, edition)
        return other

    async def get(self, service: str, path: str, **query: str) -> Any:
        """What is there."""
        return await self._call("GET", service, path, params=query)

    async def find(self, service: str, path: str) -> Any:
        """What is there, or None when the service knows nothing of it (yet)."""
        try:
            return await self.get(service, path)
        except Refusal as refusal:
            if refusal.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def put(self, service: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Put `body` there."""
        return await self._call("PUT", service, path, json=body)

    async def put_toml(self, service: str, path: str, text: str) -> Any:
        """Put a TOML text there."""
        headers = {"content-type": "application/toml"}
        return await self._call("PUT", service, path, content=text.encode(), headers=headers)

    async def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        seconds: int = ANSWER_SECONDS,
    ) -> Any:
        """Have something done; the answer is waited for so many seconds."""
        return await self._call("POST", service, path, json=body, timeout=seconds)

    async def once(self, method: Method, service: str, path: str, **sent: Any) -> Any:
        """One request, without asking again."""
        response = await self._send(method, service, path, **sent)
        self._has_answered.add(service)
        if response.is_success:
            return response.json() if response.content else None
        raise _refusal(f"{method} {response.request.url.path} of {service}", response)

    async def _call(self, method: Method, service: str, path: str, **sent: Any) -> Any:
        deadline: float | None = None
        while True:
            try:
                return await self.once(method, service, path, **sent)
            except (Refusal, NoAnswer) as error:
                now = time.monotonic()
                # Not from its beginning: it may have waited for minutes behind thousands of others.
                deadline = deadline or now + NOT_NOW_SECONDS
                if not self._may_pass(error, service) or now > deadline:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)

    def _may_pass(self, error: Trouble, service: str) -> bool:
        if isinstance(error, Refusal):
            return error.status == httpx.codes.SERVICE_UNAVAILABLE
        # It answered before: it is being started again. Every request may be sent twice.
        return service in self._has_answered

    async def _send(self, method: Method, service: str, path: str, **sent: Any) -> httpx.Response:
        url = self.addresses.services[service] + path
        shown = {"authorization": f"Bearer {self._token}"} if self._token else {}
        headers = {**sent.pop("headers", {}), **shown}
        try:
            async with self._slots:
                client = self._clients[service]
                return await client.request(method, url, headers=headers, **sent)
        except httpx.TransportError as error:
            raise NoAnswer(
                f"{service} does not answer at {self.addresses.services[service]}"
                f" ({type(error).__name__}): is it running? `sayembara up` starts it"
            ) from error


def _clients(
    addresses: Addresses, client: httpx.AsyncClient | None
) -> Mapping[str, httpx.AsyncClient]:
    # What is trusted takes a tenth of a second to read. No proxy of the environment belongs
    # between: the services are ours.
    trusted = httpx.create_ssl_context(trust_env=False)
    return {
        name: client or httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, verify=trusted)
        for name in addresses.services
    }


def _refusal(what: str, response: httpx.Response) -> Refusal:
    try:
        problem = response.json()
        title, detail, code = problem["title"], problem["detail"], problem.get("code", "")
    except (ValueError, KeyError, TypeError):
        problem = {}
        title, detail, code = response.reason_phrase, response.text[:200], ""
    one_line = " ".join(str(detail).split())
    text = f"{what}: {title}: {one_line}"
    return Refusal(text, code, response.status_code, problem)
