"""The event log, for the operator: make its stream and consumers, or check them for drift."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import nats
from kit.log import Away, Drift, Log, LogError
from kit.settings import read_secret
from nats.errors import NoServersError

from sayembara.addresses import ADMIN, AUDITOR, LogPlace
from sayembara.trouble import Trouble

if TYPE_CHECKING:
    from kit.service import Service

CONNECT_SECONDS = 3


@asynccontextmanager
async def connected(place: LogPlace) -> AsyncIterator[Log]:
    """The log at that place; Trouble when nothing answers there or it refuses."""
    refused: list[Exception] = []

    async def keep(error: Exception) -> None:
        # The client would print each failed try; what comes of them is raised below.
        refused.append(error)

    try:
        client = await nats.connect(
            place.url.split(","),
            **_login(place),
            # Nobody but the operator may listen to another inbox.
            inbox_prefix="_INBOX" if place.user == ADMIN else f"_INBOX_{place.user}",
            connect_timeout=CONNECT_SECONDS,
            allow_reconnect=False,
            # These two count for the first connection too, which would be tried for two minutes.
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=keep,
        )
    except (*Away, NoServersError) as error:
        why = next((each for each in refused if "uthorization" in str(each)), error)
        raise Trouble(f"no NATS server answers at {place.url} ({why}); is it running?") from error
    try:
        yield Log(client, place.replicas, only_reads=_only_reads(place))
    except (Drift, LogError) as error:
        raise Trouble(str(error)) from error
    except Away as error:
        if isinstance(error, OSError) and error.filename:
            raise Trouble(f"{error.filename}: {error.strerror}") from error
        raise Trouble(f"the NATS server at {place.url} went away ({error}); try again") from error
    finally:
        await client.close()


def _login(place: LogPlace) -> dict[str, str]:
    if place.key_file is not None:
        if not place.key_file.is_file():
            raise Trouble(f"{place.key_file}, which SAYEMBARA_NATS_KEY_FILE names, is not there")
        return {"nkeys_seed": str(place.key_file)}
    if place.password_file is None:
        return {}
    return {"user": place.user, "password": read_secret(place.password_file)}


def _only_reads(place: LogPlace) -> bool:
    return place.user == AUDITOR or place.key_file is not None


async def apply(place: LogPlace) -> None:
    """Make the log, its public view and the services' consumers, or bring them to their tables."""
    async with connected(place) as log:
        await log.apply_stream()
        for service in _services():
            await log.ensure_consumer(service.name, service.filters)


async def check(place: LogPlace) -> int:
    """The last position of the log; Trouble when its stream or a consumer is not as declared."""
    async with connected(place) as log:
        await log.check_stream()
        await log.check_public()
        for service in _services():
            await log.check_consumer(service.name, service.filters)
        return await log.last_position()


def _services() -> "tuple[Service, ...]":
    from sayembara.documents.sources import SERVICES  # noqa: PLC0415 - it imports all four services

    return SERVICES
