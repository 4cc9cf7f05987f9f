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
from sayembara.embedded.running import running
from sayembara.embedded.system import Ports, System

ports = Ports(dict(each.split("=") for each in sys.argv[2:]))
ports = Ports({name: int(port) for name, port in ports.of.items()})
with running(System(Path(sys.argv[1]), ports, rehearsal=True), print):
    print("up", flush=True)
    signal.pause()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_runs_on_although_nobody_reads_what_is_said(
    tmp_path: Path, how: signal.Signals
) -> None:
    ports = free_ports().of
    named = [f"{name}={port}" for name, port in ports.items()]
    up = subprocess.Popen(
        [sys.executable, "-c", UP, str(tmp_path), *named],
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
