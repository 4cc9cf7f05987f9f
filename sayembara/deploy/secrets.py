"""The secrets of a system: random, each in a file of its own, in a folder only its owner enters."""

import secrets
from pathlib import Path

from sayembara.addresses import SERVICES
from sayembara.deploy.nats_config import (
    CONSUMERS_FILE,
    NO_CONSUMERS,
    PASSWORDS_FILE,
    ROUTES_FILE,
    USERS,
    passwords_config,
    routes_config,
)

NATS_HOSTS = ("nats", "nats-2", "nats-3")
"""The servers of the cluster, as compose.cluster.yml names them."""
BYTES = 32


def make_nats_secrets(folder: Path) -> None:
    """A password for every NATS user, kept when it is there, and the file the server reads."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = {user: password(folder, f"nats_{user}") for user in USERS}
    write_private(folder / PASSWORDS_FILE, passwords_config(passwords))


def make_consumers_file(data: Path) -> None:
    """The file with the accounts of consumers, without any when it is not there yet.

    It holds no secret: of each consumer the public key.
    """
    path = data / CONSUMERS_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(NO_CONSUMERS, encoding="utf-8")


def make_deployment_secrets(data: Path) -> None:
    """All that docker-compose.yml mounts but the keys. What is there is kept."""
    folder = data / "secrets"
    make_nats_secrets(folder)
    make_consumers_file(data)
    write_private(folder / ROUTES_FILE, routes_config(password(folder, "nats_route"), NATS_HOSTS))
    for service in SERVICES:
        password(folder, f"database_{service}")
    for path in folder.iterdir():
        # A container's user is none of this machine's, and could not read a file that only its
        # owner may. On this machine the folder keeps everybody else out.
        path.chmod(0o444)


def password(folder: Path, name: str) -> str:
    """The password in that file; a new one when there is none yet."""
    path = folder / name
    if not path.exists():
        write_private(path, secrets.token_urlsafe(BYTES) + "\n")
    return path.read_text(encoding="utf-8").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
