"""The embedded form leaves nothing running, however it is ended."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.nats import is_free
from tests.system.embedded import ROOT, free_ports

UP = """
import signal, sys
from pathlib import Path
from sayembara.embedded.processes import Child
from sayembara.embedded.running import running
from sayembara.embedded.system import Ports, System

folder = Path(sys.argv[1])
ports = Ports(dict(each.split("=") for each in sys.argv[3:]))
ports = Ports({name: int(port) for name, port in ports.of.items()})

def stand_in(system, name):
    # The start of the real ones costs much, and says nothing of the signal.
    (folder / "readyz").touch()
    place = (str(ports.of[name]), "--bind", "127.0.0.1", "--directory", str(folder))
    return Child(name, (sys.executable, "-m", "http.server", *place), {}, system.log_of(name))

if sys.argv[2] == "stand-ins":
    System.service = stand_in
with running(System(folder, ports, rehearsal=True), print):
    print("up", flush=True)
    signal.pause()
"""


@pytest.mark.parametrize(
    ("how", "who"),
    [(signal.SIGINT, "services"), (signal.SIGTERM, "stand-ins"), (signal.SIGHUP, "stand-ins")],
)
def test_nothing_runs_on_although_nobody_reads_what_is_said(
    tmp_path: Path, how: signal.Signals, who: str
) -> None:
    ports = free_ports().of
    named = [f"{name}={port}" for name, port in ports.items()]
    up = subprocess.Popen(
        [sys.executable, "-c", UP, str(tmp_path), who, *named],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert up.stdout is not None
    assert "up\n" in iter(up.stdout.readline, "")
    up.stdout.close()
    up.send_signal(how)
    up.wait(40)
    assert [name for name, port in ports.items() if not is_free(port)] == []
