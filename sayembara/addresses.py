"""Where the services and the log are: on this machine, unless the environment says otherwise."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sayembara.trouble import Trouble

PORTS = {
    "submission": 8101,
    "evaluation": 8102,
    "ranking": 8103,
    "notification": 8104,
    "auditor": 8105,
}
"""The services, in the order in which an edition meets them, each with its usual port.

The auditor, beside the four, owns nothing of an edition: it hears the log and signs it.
"""

SERVICES = tuple(PORTS)
AUDITOR = "auditor"
SHOWS = "notification"
"""The service that writes the public view of the log, and keeps who consumes events."""
NATS_PORT = 14222
"""The port of the NATS server that `sayembara up` starts, so that it meets no other one."""
NATS = "nats-server"
DATA = Path(".sayembara")
"""The folder in which `sayembara up` keeps everything, unless it is told another one."""


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
        ports = {NATS: NATS_PORT, **PORTS, **kept_ports(data_folder(environment))}
        usual = cls.on_this_machine({name: ports[name] for name in PORTS}, ports[NATS])
        services = {
            name: environment.get(f"SAYEMBARA_{name.upper()}_URL", address).rstrip("/")
            for name, address in usual.services.items()
        }
        return cls(services, environment.get("SAYEMBARA_NATS_URL", usual.nats))


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that keeps everything: SAYEMBARA_DATA, else the usual one, here."""
    return Path(environment.get("SAYEMBARA_DATA", DATA))


def ports_file(folder: Path) -> Path:
    """The file in which a system's folder remembers `up --ports`."""
    return folder / "ports.json"


def kept_ports(folder: Path) -> dict[str, int]:
    """The ports that a system's folder remembers, by name; none where it has the usual ones."""
    path = ports_file(folder)
    try:
        return {str(name): int(port) for name, port in json.loads(path.read_text("utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise Trouble(
            f"{path} does not say which ports are used ({error}): remove it, and say"
            " `sayembara up --ports` again"
        ) from None


ADMIN = "admin"
"""The user at the NATS server that may make and mend the log."""
SYSTEM = "system"
"""The user at the NATS server that may have it read its configuration again."""


def admin_password(folder: Path) -> Path:
    """The file with the password of the user that mends the log, in a system's folder."""
    return folder / "secrets" / f"nats_{ADMIN}"


def key_file(folder: Path) -> Path:
    """The file with the private key that signs checkpoints, in a system's folder."""
    return folder / "audit" / "checkpoint-key"


@dataclass(frozen=True)
class LogPlace:
    """Where the log is, who asks there, and on how many servers it is kept.

    With a key file the asker is whoever has that key. Without it and a password file no user is
    named, as a NATS server without users wants it.
    """

    url: str
    user: str = ADMIN
    password_file: Path | None = None
    replicas: int = 1
    key_file: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """What the SAYEMBARA_NATS_* variables say; else the log of `sayembara up`, here."""
        usual = admin_password(data_folder(environment))
        given = environment.get("SAYEMBARA_NATS_PASSWORD_FILE")
        return cls(
            Addresses.from_environment(environment).nats,
            environment.get("SAYEMBARA_NATS_USER", ADMIN),
            Path(given) if given else usual if usual.exists() else None,
            int(environment.get("SAYEMBARA_LOG_REPLICAS", "1")),
            Path(key) if (key := environment.get("SAYEMBARA_NATS_KEY_FILE")) else None,
        )
