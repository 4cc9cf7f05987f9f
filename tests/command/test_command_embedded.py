"""The embedded form: real processes that start, are watched, and stop."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sayembara import event_log
from sayembara.addresses import AUDITOR, NATS, Addresses, LogPlace, key_file
from sayembara.embedded.processes import Child, stop_all
from sayembara.embedded.running import Embedded
from sayembara.embedded.system import USUAL, Ports, System, free_port, free_row, is_free
from sayembara.trouble import Trouble

KILLED = """
import ast, os, sys
from pathlib import Path
from sayembara.embedded.running import Embedded
from sayembara.embedded.system import Ports, System

ports = Ports(ast.literal_eval(sys.argv[2]))
embedded = Embedded(System(Path(sys.argv[1]), ports, rehearsal=True), lambda _: None)
embedded.start_broker()
print(embedded.broker.pid, flush=True)
os._exit(0)
"""


@pytest.fixture
def system(tmp_path: Path) -> System:
    ports = Ports({name: free_port() for name in USUAL})
    return System(tmp_path, ports, rehearsal=True)


@pytest.fixture
def broker(system: System) -> Iterator[Child]:
    embedded = Embedded(system, print)
    embedded.start_broker()
    yield embedded.broker
    embedded.stop()


async def test_nats_server_keeps_the_log_on_disk_and_stops(system: System, broker: Child) -> None:
    place = system.log_place()
    await event_log.apply(place)

    assert await event_log.check(place) == 0
    assert (system.folder / "nats" / "jetstream").is_dir()

    stop_all([broker])

    assert broker.ended_with is not None
    assert is_free(system.ports.of[NATS])


async def test_log_that_was_not_made_is_told(system: System, broker: Child) -> None:
    with pytest.raises(Trouble) as caught:
        await event_log.check(system.log_place())

    assert str(caught.value) == "the log is not there; make it with `sayembara log apply`"


async def test_nats_server_that_is_away_is_trouble() -> None:
    with pytest.raises(Trouble) as caught:
        await event_log.check(LogPlace("nats://127.0.0.1:1"))

    assert str(caught.value).startswith("no NATS server answers at nats://127.0.0.1:1 (")


def test_port_in_use_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setitem(USUAL, "submission", port)
        with pytest.raises(Trouble) as caught:
            Ports.of_folder(tmp_path).checked()

    said, first = str(caught.value).rsplit(maxsplit=1)
    assert said == (
        f"port {port} of submission is in use: is Sayembara running already? Stop what listens"
        " there, or take other ports: sayembara up --ports"
    )
    assert all(map(is_free, Ports.row(int(first)).of.values()))


def test_folder_remembers_its_ports_and_every_command_finds_them(tmp_path: Path) -> None:
    Ports.row(9301).keep(tmp_path)

    found = Addresses.from_environment({"SAYEMBARA_DATA": str(tmp_path)})

    assert list(Ports.of_folder(tmp_path).of.values()) == list(range(9301, 9309))
    assert found.services["ranking"] == "http://127.0.0.1:9303"
    assert found.nats == "nats://127.0.0.1:9306"


@pytest.mark.parametrize("written", ["", "9101", '{"ranking": "x"}'])
def test_ports_that_cannot_be_read_are_told(tmp_path: Path, written: str) -> None:
    (tmp_path / "ports.json").write_text(written)

    with pytest.raises(Trouble, match="remove it, and say `sayembara up --ports` again"):
        Ports.of_folder(tmp_path)


def test_folder_has_one_nats_server_whatever_its_ports(system: System, broker: Child) -> None:
    configuration = (system.folder / "nats-server.conf").read_text()

    with pytest.raises(Trouble, match=f"a NATS server runs on {system.folder} already"):
        Embedded(replace(system, ports=Ports.row(free_row())), print)

    # A running server is told to read it again whenever a consumer is added.
    assert (system.folder / "nats-server.conf").read_text() == configuration


def test_folder_stays_held_by_a_server_that_outlives_its_command(system: System) -> None:
    ports = repr(dict(system.ports.of))
    command = subprocess.run(
        [sys.executable, "-c", KILLED, str(system.folder), ports], capture_output=True, check=True
    )
    try:
        with pytest.raises(Trouble, match="a NATS server runs on"):
            Embedded(replace(system, ports=Ports.row(free_row())), print)
    finally:
        os.kill(int(command.stdout), signal.SIGKILL)


def test_free_ports_are_the_usual_ones_where_these_are_free() -> None:
    found = Ports.free().of

    assert list(found) == list(USUAL)
    assert all(found[name] == port or not is_free(port) for name, port in USUAL.items())


def test_process_that_does_not_come_up_is_told_with_its_last_words(system: System) -> None:
    embedded = Embedded(system, print)
    words = "import sys; print('no store here'); sys.exit(3)"
    embedded.broker = Child(NATS, (sys.executable, "-c", words), {}, system.log_of(NATS))

    with pytest.raises(Trouble) as caught:
        embedded.start_broker()

    log = system.log_of(NATS)
    assert str(caught.value) == f"nats-server did not start: no store here ({log})"


def test_the_others_go_on_beside_an_auditor_that_has_no_key(system: System) -> None:
    path = key_file(system.folder)
    path.parent.mkdir(parents=True)
    path.write_text("no key")
    told = list[str]()
    embedded = Embedded(system, told.append)
    embedded.services = [system.service(AUDITOR)]
    try:
        embedded.start()
    finally:
        embedded.stop()

    address = system.ports.addresses().services[AUDITOR]
    assert told[1] == f"auditor       signs nothing {address}"
    assert told[2].startswith(f"              tree: {path} ")


def test_process_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    deaf = (
        "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print('deaf', flush=True); signal.pause()"
    )
    child = Child("deaf", (sys.executable, "-c", deaf), {}, tmp_path / "deaf.log")
    child.start()
    while child.last_words() != "deaf":
        assert child.ended_with is None

    stop_all([child], seconds=0)

    assert child.ended_with == -signal.SIGKILL
