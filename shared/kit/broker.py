"""The broker: FastStream over NATS, configured once, safely.

FastStream's defaults drop a message whose handler raised, rewrite streams that they did not make,
and stop reconnecting after two minutes. So: no acknowledgement but ours, no declaration, and
reconnecting for ever. Everything that touches the broker is in this file, `log` and `reader`.
"""

import logging
import os
from collections.abc import Awaitable, Callable

import structlog
from faststream import AckPolicy
from faststream.nats import NatsBroker
from faststream.nats.security import NatsUserPassword

from kit.settings import Settings, read_secret

EXIT_CONNECTION_CLOSED = 70

log = structlog.get_logger()


class Connection:
    """What becomes of the connection, told to whoever must know."""

    def __init__(self) -> None:
        self.stopping = False
        self.on_reconnect: list[Callable[[], None]] = []

    async def lost(self) -> None:
        """The server went away; the client reconnects by itself."""
        if not self.stopping:
            log.warning("the NATS server is away; trying to reconnect")

    async def back(self) -> None:
        """The server is back: what was asked before the break is not answered any more."""
        log.info("the NATS server is back")
        for tell in self.on_reconnect:
            tell()

    async def closed(self) -> None:
        """The client gave up for good. A process without its log must not look alive."""
        if not self.stopping:
            log.error("the NATS connection is closed for good; the process ends")
            os._exit(EXIT_CONNECTION_CLOSED)

    async def failed(self, error: Exception) -> None:
        """The server refused something, a permission perhaps: the log must show it."""
        if not self.stopping:
            log.warning("NATS reported an error", error=f"{type(error).__name__}: {error}")


def make_broker(settings: Settings, service: str, connection: Connection) -> NatsBroker:
    """The one broker of a service."""
    callbacks: dict[str, Callable[..., Awaitable[None]]] = {
        "disconnected_cb": connection.lost,
        "reconnected_cb": connection.back,
        "closed_cb": connection.closed,
        "error_cb": connection.failed,
    }
    return NatsBroker(
        settings.nats_url.split(","),
        name=f"sayembara-{service}",
        security=_login(settings),
        ack_policy=AckPolicy.MANUAL,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        inbox_prefix=f"_INBOX_{service}",
        graceful_timeout=20,
        logger=logging.getLogger("sayembara.broker"),
        **callbacks,  # type: ignore[arg-type] # FastStream types each callback by name only
    )


def _login(settings: Settings) -> NatsUserPassword | None:
    if settings.nats_user is None or settings.nats_password_file is None:
        return None
    return NatsUserPassword(settings.nats_user, read_secret(settings.nats_password_file))
