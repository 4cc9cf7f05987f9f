"""Where the services and the log are: on this machine, unless the environment says otherwise."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

PORTS = {"submission": 8101, "evaluation": 8102, "ranking": 8103, "notification": 8104}
"""The services, in the order in which an edition meets them, each with its usual port."""

SERVICES = tuple(PORTS)
NATS_PORT = 14222
"""The port of the NATS server that `sayembara up` starts, so that it meets no other one."""


@dataclass(frozen=True)
class Addresses:
    """The HTTP address of each service, and the address of the NATS server."""

    services: Mapping[str, str]
    nats: str

    @classmethod
    def on_this_machine(cls, ports: Mapping[str, int], nats_port: int) -> Self:
        """The addresses of a system that runs here, on these ports."""
        services = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        return cls(services, f"nats://127.0.0.1:{nats_port}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Those of `sayembara up`; SAYEMBARA_<SERVICE>_URL and SAYEMBARA_NATS_URL replace them."""
        usual = cls.on_this_machine(PORTS, NATS_PORT)
        services = {
            name: environment.get(f"SAYEMBARA_{name.upper()}_URL", address).rstrip("/")
            for name, address in usual.services.items()
        }
        return cls(services, environment.get("SAYEMBARA_NATS_URL", usual.nats))
