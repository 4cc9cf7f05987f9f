"""The compose files, brought up for a test on free ports, with secrets and volumes of its own."""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from sayembara.__main__ import make_secrets
from sayembara.addresses import SERVICES, Addresses, LogPlace, admin_password
from sayembara.play.api import Services
from sayembara.tokens import Signer
from tests.support.nats import free_port
from tests.system.embedded import ROOT

UP_SECONDS = 180


@cache
def why_no_engine() -> str:
    """Why nothing can be tried in containers here; empty when it can."""
    for asked in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            answer = subprocess.run(asked, capture_output=True, check=False, timeout=30)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"`{' '.join(asked)}` does not answer: {error}"
        if answer.returncode:
            return f"`{' '.join(asked)}` fails: {answer.stderr.decode().strip()[:200]}"
    return ""


NEEDS_DOCKER = [
    pytest.mark.docker,
    pytest.mark.skipif(bool(why_no_engine()), reason=f"no Docker Engine: {why_no_engine()}"),
]


class Deployment:
    """A system in containers; `docker` runs one command of Docker and gives what it printed."""

    def __init__(self, private: Path, files: tuple[str, ...], replicas: int) -> None:
        self.private = private
        self.replicas = replicas
        self.project = f"sayembara-{uuid4().hex[:8]}"
        self.ports = {name: free_port() for name in (*SERVICES, "nats", "websocket", "mail")}
        self._files = [word for file in files for word in ("--file", str(ROOT / file))]
        self._environment = {
            **os.environ,
            "SAYEMBARA_PRIVATE": str(private),
            "SAYEMBARA_CLOCK": "rehearsal",
            **{f"{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }

    def compose(self, *words: str) -> str:
        return self.docker("compose", *self._files, "--project-name", self.project, *words)

    def docker(self, *words: str) -> str:
        answer = subprocess.run(
            ["docker", *words], env=self._environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, f"docker {' '.join(words)}: {answer.stderr[-3000:]}"
        return answer.stdout

    def up(self) -> None:
        self.compose("up", "--build", "--wait", "--wait-timeout", str(UP_SECONDS))

    def container(self, service: str) -> str:
        return f"{self.project}-{service}-1"

    def log_place(self) -> LogPlace:
        url = f"nats://127.0.0.1:{self.ports['nats']}"
        return LogPlace(url, "admin", admin_password(self.private), self.replicas)

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        addresses = Addresses.on_this_machine(
            {name: self.ports[name] for name in SERVICES}, self.ports["nats"]
        )
        async with Services(addresses, Signer.of_folder(self.private).token) as services:
            yield services

    def inspect(self, service: str) -> dict[str, dict[str, object]]:
        found: list[dict[str, dict[str, object]]] = json.loads(
            self.docker("inspect", self.container(service))
        )
        return found[0]


@contextmanager
def deployed(private: Path, *files: str, replicas: int = 1) -> Iterator[Deployment]:
    make_secrets(private)
    deployment = Deployment(private, ("docker-compose.yml", *files), replicas)
    try:
        deployment.up()
        yield deployment
    finally:
        deployment.compose("down", "--volumes", "--timeout", "5")
