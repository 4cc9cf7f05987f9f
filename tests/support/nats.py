"""A real nats-server for one test, on ports and in a folder of its own."""

import itertools
import os
import socket
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

CONFIG = """
host: 127.0.0.1
port: {port}
jetstream {{ store_dir: "{folder}", sync_interval: always }}
"""


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
SPAN = 12_000 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
BEGIN = os.getpid() % SPAN
# Each worker has a span of its own: what one has stopped for a while, no other may take.
PORTS = (20_000 + WORKER * SPAN + (BEGIN + number) % SPAN for number in itertools.count())


def free_port() -> int:
    """A port that stays free while its server is away: no outgoing connection is given it."""
    return next(port for port in PORTS if is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@dataclass(frozen=True)
class NatsAt:
    """A server that somebody else runs."""

    url: str


class NatsServer:
    """Can be stopped, killed and started again on the same port and data."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.config = folder / "nats.conf"
        self.config.write_text(CONFIG.format(port=self.port, folder=folder / "jetstream"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = Path(sysconfig.get_path("scripts")) / "nats-server"
        self.process = subprocess.Popen(
            [binary, "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


def wait_for_port(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)  # a server tells nobody that it listens
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")
