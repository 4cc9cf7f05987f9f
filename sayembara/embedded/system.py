"""The one map: which services there are, on which ports, and what each is told."""

import json
import random
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kit.settings import sqlite_url

from sayembara.addresses import (
    AUDITOR,
    NATS,
    NATS_PORT,
    PORTS,
    SERVICES,
    Addresses,
    LogPlace,
    admin_password,
    kept_ports,
    key_file,
    ports_file,
)
from sayembara.embedded.nats_server import nats_command
from sayembara.embedded.processes import Child
from sayembara.tokens import public_keys
from sayembara.trouble import Trouble

MONITOR_PORT = 18222
WEBSOCKET_PORT = 14223
QUIET_PORTS = range(20_000, 32_000)
MONITOR = "nats-server (monitor)"
WEBSOCKET = "nats-server (WebSocket)"
USUAL = {**PORTS, NATS: NATS_PORT, WEBSOCKET: WEBSOCKET_PORT, MONITOR: MONITOR_PORT}
MODULES = {AUDITOR: "sayembara.auditor"}
"""What runs a service that is none of the four."""


@dataclass(frozen=True)
class Ports:
    """The port of every service, and those of the NATS server, by name."""

    of: Mapping[str, int]

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Those that a system's folder remembers, else the usual ones."""
        return cls({**USUAL, **kept_ports(folder)})

    @classmethod
    def row(cls, first: int) -> Self:
        """`first` and those after it, in the order of the services, then of the NATS server."""
        return cls({name: first + place for place, name in enumerate(USUAL)})

    def checked(self) -> Self:
        """The same; Trouble when something else listens on one of them."""
        for name, port in self.of.items():
            if not is_free(port):
                raise Trouble(
                    f"port {port} of {name} is in use: is Sayembara running already? Stop what"
                    f" listens there, or take other ports: sayembara up --ports {free_row()}"
                )
        return self

    def keep(self, folder: Path) -> None:
        """Have a system's folder remember them: the next start and every command find them."""
        ports_file(folder).write_text(f"{json.dumps(self.of)}\n", "utf-8")

    @classmethod
    def free(cls) -> Self:
        """The usual ports where they are free, other free ones where they are not."""
        return cls({name: port if is_free(port) else free_port() for name, port in USUAL.items()})

    def addresses(self) -> Addresses:
        """Where the services and the log are, on these ports."""
        return Addresses.on_this_machine({name: self.of[name] for name in SERVICES}, self.of[NATS])


@dataclass(frozen=True)
class System:
    """Everything that runs, over one data folder: the broker, and the services with a store each.

    `stores` gives the database address of each service; without it each has a SQLite file.
    """

    folder: Path
    ports: Ports
    rehearsal: bool
    stores: Mapping[str, str] | None = None

    def broker(self) -> Child:
        """The NATS server, not started yet; writes its configuration."""
        ports = (self.ports.of[each] for each in (NATS, WEBSOCKET, MONITOR))
        command = nats_command(self.folder, *ports)
        return Child(NATS, command, {}, self.log_of(NATS))

    def broker_health(self) -> str:
        """The address that answers when the NATS server takes messages."""
        return f"http://127.0.0.1:{self.ports.of[MONITOR]}/healthz"

    def live(self) -> str:
        """The address at which everybody may listen to what is public."""
        return f"ws://127.0.0.1:{self.ports.of[WEBSOCKET]}"

    def log_place(self) -> LogPlace:
        """The log, for the operator's user."""
        return LogPlace(self.ports.addresses().nats, password_file=admin_password(self.folder))

    def service(self, name: str) -> Child:
        """One service as a process of its own, not started yet."""
        command = (sys.executable, "-m", MODULES.get(name, f"{name}_service"))
        return Child(name, command, self._environment(name), self.log_of(name))

    def log_of(self, name: str) -> Path:
        """The file that a process writes its log to."""
        return self.folder / "log" / f"{name}.log"

    def _environment(self, name: str) -> dict[str, str]:
        stores = self.stores or {each: self._sqlite(each) for each in SERVICES}
        return {
            "SAYEMBARA_NATS_URL": self.ports.addresses().nats,
            "SAYEMBARA_NATS_USER": name,
            "SAYEMBARA_NATS_PASSWORD_FILE": str(self.folder / "secrets" / f"nats_{name}"),
            "SAYEMBARA_DATABASE_URL": stores[name],
            "SAYEMBARA_HTTP_HOST": "127.0.0.1",
            "SAYEMBARA_HTTP_PORT": str(self.ports.of[name]),
            "SAYEMBARA_TOKEN_KEYS": str(public_keys(self.folder)),
            "SAYEMBARA_CLOCK": "rehearsal" if self.rehearsal else "system",
            "SAYEMBARA_CONTACT_KEYS": str(self.folder / "contact-keys"),
            "SAYEMBARA_CHECKPOINT_KEY": str(key_file(self.folder)),
            "SAYEMBARA_PUBLIC_URL": self.ports.addresses().services[AUDITOR],
            "SAYEMBARA_AUDITOR_PUBLIC_URL": self.ports.addresses().services[AUDITOR],
            "SAYEMBARA_MAIL": "folder",
            "SAYEMBARA_MAIL_FOLDER": str(self.folder / "mail"),
        }

    def _sqlite(self, name: str) -> str:
        return sqlite_url(self.folder / f"{name}.db")


def is_free(port: int) -> bool:
    """Whether nothing listens on that port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_row() -> int:
    """The first of as many free ports in a row as a system needs; a number that reads well."""
    rows = range(9101, QUIET_PORTS.start, 100)
    return next(first for first in rows if all(map(is_free, Ports.row(first).of.values())))


def free_port() -> int:
    """A port that nothing listens on, and that no outgoing connection is given meanwhile."""
    return next(port for port in random.sample(QUIET_PORTS, len(QUIET_PORTS)) if is_free(port))
