"""The running system: started in order, watched, stopped in order."""

import asyncio
import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from sayembara import event_log
from sayembara.addresses import AUDITOR, SERVICES
from sayembara.embedded.processes import STOP_SECONDS, Child, stop_all
from sayembara.embedded.system import System
from sayembara.trouble import Trouble

START_SECONDS = 60
LOOK_SECONDS = 0.1
LIKE_INTERRUPT = (signal.SIGTERM, signal.SIGHUP)
RESTART_SECONDS = 2
"""The shortest time between two starts of the same process."""
UNSIGNED = "tree: "
"""How an auditor begins to say why it signs nothing: the others work all the same."""

Tell = Callable[[str], None]


class Embedded:
    """The processes of a system, on this machine; Trouble when others run on its folder."""

    def __init__(self, system: System, tell: Tell) -> None:
        self.system = system
        self.tell = tell
        self._held = _hold(system.folder)
        self.broker = system.broker()
        self.broker.keeps = (self._held,)
        self.services = [system.service(name) for name in SERVICES]
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def start(self) -> None:
        """Start the broker, make the log, start the services; Trouble when one does not come up."""
        self.start_broker()
        asyncio.run(event_log.apply(self.system.log_place()))
        for child in self.services:
            child.start()
        for child in self.services:
            address = self.system.ports.addresses().services[child.name]
            why_not = self._wait_for(child, f"{address}/readyz")
            self.tell(f"{child.name:<13} {'signs nothing' if why_not else 'ready  '} {address}")
            for each in why_not:
                self.tell(f"{'':<13} {each}")
        self._watcher.start()

    def start_broker(self) -> None:
        """Start the broker; Trouble when it does not come up."""
        self.broker.start()
        self._wait_for(self.broker, self.system.broker_health())
        self.tell(f"nats-server   ready   {self.system.ports.addresses().nats}")

    def stop(self) -> None:
        """Stop the services, then the broker; what is still running after 25 s is killed."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        stop_all(self.services)
        stop_all([self.broker])
        os.close(self._held)

    def _wait_for(self, child: Child, health: str) -> list[str]:
        """Wait until it is ready; gives why not, where nobody else has to wait for that."""
        deadline = time.monotonic() + START_SECONDS
        while why_not := _why_not(health):
            if child.ended_with is not None:
                raise Trouble(f"{child.name} did not start: {child.last_words()} ({child.log})")
            if child.name == AUDITOR and all(each.startswith(UNSIGNED) for each in why_not):
                return why_not
            if time.monotonic() > deadline:
                raise Trouble(
                    f"{child.name} was not ready after {START_SECONDS} s: {'; '.join(why_not)}"
                    f" ({child.log})"
                )
            time.sleep(LOOK_SECONDS)
        return []

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for child in (self.broker, *self.services):
                self._restart_if_ended(child)

    def _restart_if_ended(self, child: Child) -> None:
        rested = time.monotonic() - child.started_at >= RESTART_SECONDS
        if child.ended_with is not None and rested:
            ended = f"{child.name} ended (exit code {child.ended_with}); starting it again"
            child.start()
            self.tell(ended)


def _hold(folder: Path) -> int:
    """The lock of a system's folder, as an open file.

    Two NATS servers on the same files would ruin the log. The server keeps the lock itself: one
    that outlives a killed `up` still has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder / "nats.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise Trouble(
            f"a NATS server runs on {folder} already: stop the `sayembara up` that started it, then"
            " start again"
        ) from None
    return held


def _why_not(health: str) -> list[str]:
    """What keeps it from its work, as it says itself; nothing when it is ready."""
    try:
        with urlopen(health, timeout=2):
            return []
    except HTTPError as error:
        with error, suppress(ValueError):
            return json.load(error).get("because") or [f"it answers {error.code}"]
        return [f"it answers {error.code}"]
    except OSError as error:
        return [f"it does not answer: {error}"]


@contextmanager
def running(system: System, tell: Tell) -> Iterator[Embedded]:
    """The system, running; stopped on the way out whatever happened."""
    embedded = Embedded(system, tell)
    before = {each: signal.getsignal(each) for each in (*LIKE_INTERRUPT, signal.SIGINT)}
    # Ctrl-C counts also where a shell that runs this in the background had it ignored. A
    # supervisor's SIGTERM and a terminal that is closed end the command in the same way.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for each in LIKE_INTERRUPT:
        signal.signal(each, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        embedded.start()
        yield embedded
    finally:
        # A second Ctrl-C must not leave processes behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with suppress(OSError):  # nobody may be there to read it any more
            tell(f"stopping (at most {STOP_SECONDS} s)")
        embedded.stop()
        for each, handler in before.items():
            signal.signal(each, handler)
