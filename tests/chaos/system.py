"""The system of a drill: as `sayembara up` runs it, but a server that takes notes gets its mail."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sayembara.addresses import SERVICES
from sayembara.embedded.processes import Child, stop_all
from sayembara.embedded.running import Embedded, running
from sayembara.embedded.system import USUAL, Ports, System
from tests.support.nats import wait_for_port

ROOT = Path(__file__).parents[2]
PORTS = 1 + len(USUAL) + len(SERVICES)
"""How many a drill needs: the mail server, the services, the NATS server and monitor, standbys."""


@dataclass(frozen=True)
class DrillSystem(System):
    """A system whose notices go to the mail server on `mail_port`."""

    mail_port: int = 0

    def service(self, name: str) -> Child:
        """One service as a process of its own, not started yet."""
        child = super().service(name)
        mail = {
            "SAYEMBARA_MAIL": "smtp",
            "SAYEMBARA_SMTP_PORT": str(self.mail_port),
            "SAYEMBARA_SMTP_TLS": "none",
        }
        child.environment = {**child.environment, **mail}
        return child

    def standby(self, name: str, port: int) -> Child:
        """A second process of a service, on the same store, with its HTTP API on `port`."""
        child = self.service(name)
        child.environment = {**child.environment, "SAYEMBARA_HTTP_PORT": str(port)}
        child.log = self.log_of(f"{name}-standby")
        return child


@contextmanager
def drill_system(folder: Path, ports: Sequence[int]) -> Iterator[Embedded]:
    """A system with its data in `folder`, running; its mails are noted in `folder / "mails"`."""
    port, *others = ports
    command = [sys.executable, "-m", "tests.chaos.sink", str(port), str(folder / "mails")]
    sink = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_for_port(port)
        named = Ports(dict(zip(USUAL, others, strict=False)))
        system = DrillSystem(folder, named, rehearsal=True, mail_port=port)
        with (
            (folder / "watcher.log").open("a") as log,
            running(system, lambda line: print(line, file=log, flush=True)) as embedded,
        ):
            yield embedded
    finally:
        sink.terminate()
        sink.wait()


@contextmanager
def standbys(embedded: Embedded, ports: Sequence[int]) -> Iterator[dict[int, int]]:
    """A second process of each service, standing by: the port of the first one and its own."""
    system = embedded.system
    assert isinstance(system, DrillSystem)
    twins = {system.ports.of[name]: port for name, port in zip(SERVICES, ports, strict=True)}
    children = [system.standby(name, port) for name, port in zip(SERVICES, ports, strict=True)]
    for child in children:
        child.start()
    try:
        for port in twins.values():
            wait_for_port(port)
        yield twins
    finally:
        stop_all(children)
