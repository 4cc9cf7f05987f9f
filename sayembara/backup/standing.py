"""The log without the services: where it is, and a server for it where none runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sayembara.addresses import LogPlace
from sayembara.trouble import Trouble


def log_of(data: Path) -> LogPlace:
    """The log of the system with that data folder, unless the environment names another one."""
    return LogPlace.from_environment({**os.environ, "SAYEMBARA_DATA": str(data)})


@contextmanager
def log_alone(data: Path) -> Iterator[LogPlace]:
    """The log that SAYEMBARA_NATS_URL names; else that of the data folder, on a server of its own.

    That server runs while this does. Trouble where one runs on that folder, as while `up` does.
    """
    if "SAYEMBARA_NATS_URL" in os.environ:
        yield log_of(data)
        return
    from sayembara.embedded.running import Embedded  # noqa: PLC0415 - only where nothing runs
    from sayembara.embedded.system import Ports, System  # noqa: PLC0415 - as above

    if not data.is_dir():
        raise Trouble(f"there is no folder {data}: name another one with --data, or make it")
    # Nobody but this command asks that server, and somebody else may have the usual ports.
    ports = Ports.free()
    embedded = Embedded(System(data.resolve(), ports, rehearsal=False), lambda _: None)
    try:
        embedded.start_broker()
        yield embedded.system.log_place()
    finally:
        embedded.stop()
