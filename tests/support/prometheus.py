"""A real Prometheus over the project's own configuration, quicker and on other addresses."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.nats import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"


def tool(name: str) -> str:
    """The program's path; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install prometheus)")
    return found


class Prometheus:
    def __init__(self, address: str) -> None:
        self.address = address

    async def alerts(self) -> list[dict[str, Any]]:
        """What is pending or firing now, as Prometheus tells it."""
        async with httpx.AsyncClient(trust_env=False) as ask:
            answer = await ask.get(f"{self.address}/api/v1/alerts")
        alerts: list[dict[str, Any]] = answer.json()["data"]["alerts"]
        return alerts

    async def firing(self) -> set[tuple[str, str]]:
        """The alerts that fire, each with its service."""
        return {
            (each["labels"]["alertname"], each["labels"]["service"])
            for each in await self.alerts()
            if each["state"] == "firing"
        }

    async def count(self, query: str) -> int:
        """How many series the query finds now."""
        async with httpx.AsyncClient(trust_env=False) as ask:
            answer = await ask.get(f"{self.address}/api/v1/query", params={"query": query})
        return len(answer.json()["data"]["result"])

    async def is_ready(self) -> bool:
        async with httpx.AsyncClient(trust_env=False) as ask:
            try:
                return (await ask.get(f"{self.address}/-/ready")).is_success
            except httpx.TransportError:
                return False


@contextmanager
def prometheus(folder: Path, services: Mapping[str, str]) -> Iterator[Prometheus]:
    """Prometheus, scraping each service at its address (host and port) every second."""
    folder.mkdir()
    config = _quick((DEPLOY / "prometheus.yml").read_text())
    for name, address in services.items():
        config = re.sub(rf'"{name}:\d+"', f'"{address}"', config)
    (folder / "prometheus.yml").write_text(config)
    (folder / "alerts.yml").write_text(_quick((DEPLOY / "alerts.yml").read_text()))
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                tool("prometheus"),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        yield Prometheus(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)


def _quick(text: str) -> str:
    """The same without the patience."""
    return re.sub(r"(_interval|_timeout|for): \w+", r"\1: 1s", text)
