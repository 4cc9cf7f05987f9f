"""One try: what an endpoint is sent, and what became of it."""

import asyncio
import json
import ssl
import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

import httpcore
import httpx
import structlog

from notification_service.settings import NotificationSettings
from notification_service.webhooks.network import Guarded, Refused, Resolve, resolve
from notification_service.webhooks.rules import Outcome, signature

TRY_SECONDS = 10
CONNECT_SECONDS = 4
REST_SECONDS = 1
REST_BYTES_MAX = 4096
KEPT_OPEN = 64
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
USER_AGENT = "Sayembara"

Headers = list[tuple[bytes, bytes]]

_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError)

log = structlog.get_logger()


def structured(headers: Mapping[str, str], position: int, data: bytes) -> bytes:
    """An event as one JSON text, in the structured mode of CloudEvents; the data as they are."""
    facts = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    about = {**facts, "datacontenttype": "application/json", "position": position}
    return json.dumps(about, ensure_ascii=False)[:-1].encode() + b', "data": ' + data + b"}"


class Sender:
    """Posts to endpoints. It follows no redirect, asks no proxy, and goes where it may only."""

    def __init__(
        self, pool: httpcore.AsyncConnectionPool, clock: Callable[[], float] = time.time
    ) -> None:
        self._pool = pool
        # Real time, also in a rehearsal: the endpoint compares it with its own.
        self._clock = clock

    async def post(self, url: str, message: str, secrets: Sequence[str], body: bytes) -> Outcome:
        """Send the message once, signed with each of the secrets, and tell what became of it."""
        headers = _headers(message, secrets, int(self._clock()), body)
        try:
            async with asyncio.timeout(TRY_SECONDS) as limit:
                return await self._post(url, headers, body, limit)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this endpoint's alone
            return Outcome(error=_why(error))

    async def _post(
        self, url: str, headers: Headers, body: bytes, limit: asyncio.Timeout
    ) -> Outcome:
        to = httpx.URL(url)
        where = httpcore.URL(
            scheme=to.raw_scheme, host=to.raw_host, port=to.port, target=to.raw_path
        )
        limits = {"timeout": {"connect": CONNECT_SECONDS}}
        async with self._pool.stream(
            "POST", where, headers=headers, content=body, extensions=limits
        ) as answer:
            outcome = _outcome(answer, self._clock())
            # It has answered: the rest has a limit of its own.
            limit.reschedule(None)
            await _drop_the_rest(answer)
        return outcome


@asynccontextmanager
async def sender(
    settings: NotificationSettings, resolve: Resolve = resolve
) -> AsyncIterator[Sender]:
    """What posts to endpoints, until the block ends."""
    pool = httpcore.AsyncConnectionPool(
        ssl_context=_trusted(settings.webhook_ca_file),
        network_backend=Guarded(settings.webhook_networks, resolve),
        max_connections=None,
        max_keepalive_connections=KEPT_OPEN,
    )
    async with pool:
        yield Sender(pool)


@lru_cache
def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _headers(message: str, secrets: Sequence[str], timestamp: int, body: bytes) -> Headers:
    signed = " ".join(signature(each, message, timestamp, body) for each in secrets)
    named = {
        "content-type": CONTENT_TYPE,
        "user-agent": USER_AGENT,
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
    return [(name.encode(), value.encode()) for name, value in named.items()]


def _outcome(answer: httpcore.Response, now: float) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Outcome(status)
    if 300 <= status < 400:
        error = f"it redirects (HTTP status {status}), which is not followed: give the final URL"
        return Outcome(status, error)
    return Outcome(status, f"it answers with HTTP status {status}", _retry_after(answer, now))


def _retry_after(answer: httpcore.Response, now: float) -> int | None:
    named = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
    asked = named.get(b"retry-after", "")
    if asked.isascii() and asked.isdecimal():
        return int(asked[:9])
    with suppress(ValueError, OverflowError):  # it is no date either
        return max(0, int(parsedate_to_datetime(asked).timestamp() - now))
    return None


async def _drop_the_rest(answer: httpcore.Response) -> None:
    """Read what else it says, so that the connection can be used again; no more than a little."""
    with suppress(TimeoutError, *_BROKEN):  # it has answered, which is what counts
        async with asyncio.timeout(REST_SECONDS):
            read = 0
            async for part in answer.aiter_stream():
                read += len(part)
                if read > REST_BYTES_MAX:
                    break


def _why(error: Exception) -> str:
    match error:
        case Refused():
            return str(error)
        case TimeoutError() | httpcore.TimeoutException():
            return f"it has not answered within {TRY_SECONDS} s"
        case httpcore.ConnectError():
            return _why_not_connected(error)
        case httpcore.NetworkError() | httpcore.ProtocolError():
            return "it broke the connection off before it answered"
    # Its own words may hold the URL, which is for no log.
    at = traceback.format_tb(error.__traceback__)
    log.error("a webhook met a bug", error=type(error).__name__, at=at)
    return f"a mistake in the service, {type(error).__name__}: see its logs"


def _why_not_connected(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is no good: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS as it should"
        cause = cause.__cause__ or cause.__context__
    return "no connection to it can be made"
