"""What is measured runs as processes of its own, on free ports, and ends with the measurement."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nats
from kit.log import Log
from nats.aio.client import Client

from tests.support.nats import NatsServer
from tests.support.postgres import Postgres

ROOT = Path(__file__).parents[2]


@contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m` this command while the block runs."""
    started = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=sys.stderr,
    )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def service(name: str, **settings: object) -> Iterator[subprocess.Popen[bytes]]:
    """A service of Sayembara with these settings."""
    named = {f"SAYEMBARA_{key.upper()}": str(value) for key, value in settings.items()}
    with process(f"{name}_service", SAYEMBARA_LOG_LEVEL="error", **named) as started:
        yield started


@asynccontextmanager
async def log_server() -> AsyncIterator[tuple[str, Client, Log, Path]]:
    """A nats-server with an empty log that syncs every write, a client, and a folder to use."""
    with TemporaryDirectory(prefix="bench-") as name:
        server = NatsServer(Path(name))
        server.start()
        client = await nats.connect(server.url)
        log = Log(client)
        try:
            await log.apply_stream()
            yield server.url, client, log, Path(name)
        finally:
            await client.close()
            server.stop()


class Stores:
    """Empty stores of each kind, on this machine."""

    def __init__(self, folder: Path, kinds: tuple[str, ...]) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres") if "postgresql" in kinds else None
        self.made = 0

    def new(self, kind: str) -> str:
        """The address of an empty store."""
        self.made += 1
        if kind == "postgresql":
            assert self.postgres is not None
            return self.postgres.new_database()
        return f"sqlite:///{self.folder}/{self.made}.db"

    def stop(self) -> None:
        if self.postgres is not None:
            self.postgres.stop()


def environment_of(nats_url: str, store: str) -> Mapping[str, str]:
    return {"BENCH_NATS": nats_url, "BENCH_STORE": store}
