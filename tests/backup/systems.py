"""Systems that are played, stopped, backed up and put back, for the tests of the backup."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kit.log import Log
from rich.console import Console

from sayembara.addresses import SERVICES
from sayembara.audit import checking
from sayembara.audit.proving import tree_of
from sayembara.audit.reading import Logged, read
from sayembara.audit.verify import Report
from sayembara.backup.saying import Order
from sayembara.embedded.running import Embedded, running
from sayembara.embedded.system import System
from sayembara.event_log import connected
from sayembara.play.folder import Folder
from sayembara.play.playing import play
from sayembara.play.waiting import until_quiet
from tests.audit.editions import small
from tests.system.embedded import free_ports, services_of

ORDER = Order.of("Bagian Organisasi", "the disk failed")
QUIET = Console(quiet=True)


def system_in(folder: Path, stores: Mapping[str, str] | None = None) -> System:
    """A system over this folder that nobody started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return System(folder, free_ports(), rehearsal=True, stores=stores)


async def play_until_quiet(system: Embedded, folder: Folder | None = None) -> None:
    """Play the edition, the small one unless told, until nothing is said any more."""
    async with services_of(system) as services:
        await play(folder or small(), services, QUIET)
        await until_quiet(services)


def play_in(system: System) -> None:
    """Play the small edition on it, from its start to its stop."""
    with running(system, print) as embedded:
        asyncio.run(play_until_quiet(embedded))


@contextmanager
def only_broker(system: System) -> Iterator[None]:
    """Its NATS server runs, and none of its services."""
    embedded = Embedded(system, print)
    try:
        embedded.start_broker()
        yield
    finally:
        embedded.stop()


def named(system: System, patch: pytest.MonkeyPatch) -> Path:
    """Have the commands mean this system; gives its data folder."""
    patch.setenv("SAYEMBARA_NATS_URL", system.ports.addresses().nats)
    patch.setenv("SAYEMBARA_DATA", str(system.folder))
    for name in SERVICES:
        variable = f"SAYEMBARA_{name.upper()}_DATABASE_URL"
        if system.stores is None:
            patch.delenv(variable, raising=False)
        else:
            patch.setenv(variable, system.stores[name])
    return system.folder


def asked(system: System, question: Callable[[Log], Any]) -> Any:
    """What the log of a system with a running server answers."""

    async def asking() -> Any:
        async with connected(system.log_place()) as log:
            return await question(log)

    return asyncio.run(asking())


def messages_of(system: System) -> list[Logged]:
    async def all_of_it(log: Log) -> list[Logged]:
        return [each async for batch in read(log) for each in batch]

    found: list[Logged] = asked(system, all_of_it)
    return found


def root_of(system: System) -> bytes:
    async def root(log: Log) -> bytes:
        return (await tree_of(log)).root()

    found: bytes = asked(system, root)
    return found


def verified(system: System) -> Report:
    found: Report = asked(system, lambda log: checking.verify(QUIET, log, None))
    return found
