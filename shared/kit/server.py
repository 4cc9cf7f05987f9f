"""The web server of a service."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kit.http import make_app
from kit.operations import operations
from kit.running import Running


class Server(uvicorn.Server):
    """A web server that leaves the signals to FastStream."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take no signal."""
        yield


class Protocol(H11Protocol):
    """HTTP that gives each request its connection too, as `transport` of its state.

    What is sent to many at once is written there: a message of ASGI for each costs five times
    as much.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin with this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def make_server(running: Running) -> Server:
    """The web server of a service, with the addresses that every service has."""
    settings = running.settings
    config = uvicorn.Config(
        make_app(running, operations),
        host=settings.http_host,
        port=settings.http_port,
        http=Protocol,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    return Server(config)
