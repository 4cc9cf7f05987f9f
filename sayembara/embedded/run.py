"""`up` and `demo`: the embedded form from start to stop."""

import asyncio
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from rich.console import Console

from sayembara.addresses import NATS_PORT, PORTS, Addresses
from sayembara.embedded.postgres import postgres_stores
from sayembara.embedded.running import Tell, running
from sayembara.embedded.system import Ports, System
from sayembara.play.checks import load
from sayembara.play.whole import play_and_show, play_unless_there
from sayembara.show import show_addresses, show_inbox
from sayembara.tokens import Signer

Store = Literal["sqlite", "postgresql"]


def up(
    console: Console, data: Path, *, rehearsal: bool, folder: Path | None, first_port: int | None
) -> None:
    """Run the system with its data in `data` until Ctrl-C or SIGTERM; play the folder first.

    With a first port it listens on that one and those after it, and `data` remembers that.
    """
    edition = load(folder) if folder else None
    ports = Ports.of_folder(data) if first_port is None else Ports.row(first_port)
    system = System(data.resolve(), ports.checked(), rehearsal)
    with running(system, _teller(console)), suppress(KeyboardInterrupt):
        if first_port:
            ports.keep(data)
        addresses, tokens = system.ports.addresses(), Signer.of_folder(system.folder).token
        if folder and edition:
            asyncio.run(play_unless_there(console, addresses, tokens, folder))
            show_addresses(console, addresses, edition)
        show_inbox(console, addresses, tokens)
        console.print(f"  all that is public, live: {system.live()}", highlight=False)
        console.print(f"logs: {data / 'log'}", soft_wrap=True, highlight=False)
        console.print("running; Ctrl-C stops it", style="bold")
        while True:
            signal.pause()


def demo(console: Console, folder: Path, store: Store, order_seed: int | None) -> None:
    """Play the folder on a system of its own that is gone afterwards, with all its data."""
    edition = load(folder)
    with tempfile.TemporaryDirectory(prefix="sayembara-") as place:
        data = Path(place)
        with _stores(store, data) as stores:
            system = System(data, Ports.free(), rehearsal=True, stores=stores)
            with running(system, _teller(console)):
                addresses, tokens = system.ports.addresses(), Signer.of_folder(data).token
                asyncio.run(play_and_show(console, addresses, tokens, folder, order_seed))
    console.print("everything is stopped and removed")
    console.print("again: make demo; to keep it and look around: make up, and then")
    show_addresses(console, Addresses.on_this_machine(PORTS, NATS_PORT), edition)
    console.print("  inbox of all notices: `make up` prints its address, with a token")


@contextmanager
def _stores(store: Store, data: Path) -> Iterator[Mapping[str, str] | None]:
    if store == "sqlite":
        yield None
        return
    with postgres_stores(data / "postgresql") as stores:
        yield stores


def _teller(console: Console) -> Tell:
    return lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True)
