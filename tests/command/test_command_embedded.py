"""The embedded form: real processes that start, are watched, and stop."""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sayembara import event_log
from sayembara.addresses import LogPlace
from sayembara.embedded.processes import Child, stop_all
from sayembara.embedded.running import Embedded
from sayembara.embedded.system import NATS, USUAL, Ports, System, free_port, is_free
from sayembara.trouble import Trouble


@pytest.fixture
def system(tmp_path: Path) -> System:
    ports = Ports({name: free_port() for name in USUAL})
    return System(tmp_path, ports, rehearsal=True)


@pytest.fixture
def broker(system: System) -> Iterator[Child]:
    embedded = Embedded(system, print)
    embedded.start_broker()
    yield embedded.broker
    stop_all([embedded.broker])


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


def test_port_in_use_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setitem(USUAL, "submission", port)
        with pytest.raises(Trouble) as caught:
            Ports.usual()

    assert str(caught.value) == (
        f"port {port} of submission is in use: is Sayembara running already?"
        " Stop what listens there, then start again"
    )


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
