"""The web server of a service."""

from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from kit.http import make_app
from kit.operations import operations
from kit.running import Running


class Server(uvicorn.Server):
    """A web server that leaves the signals to FastStream."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take no signal."""
        yield


def make_server(running: Running) -> Server:
    """The web server of a service, with the addresses that every service has."""
    settings = running.settings
    config = uvicorn.Config(
        make_app(running, operations),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    return Server(config)
