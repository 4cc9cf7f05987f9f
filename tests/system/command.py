"""`sayembara`, run inside the test: a process for each command would cost seconds."""

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import NamedTuple
from unittest.mock import patch

from sayembara.__main__ import main
from sayembara.embedded.running import Embedded


class Ended(NamedTuple):
    """What a process would have ended with."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: str, given: Mapping[str, str] | None = None) -> Ended:
    """The whole command, with these variables beside those of the environment."""
    with (
        patch.object(sys, "argv", ["sayembara", *words]),
        patch.dict(os.environ, given or {}),
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
        ThreadPoolExecutor(1) as thread,
    ):  # the browser's event loop may be in this one
        code = thread.submit(exit_code).result()
    return Ended(code, out.getvalue(), err.getvalue())


def exit_code() -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def sayembara(system: Embedded, *words: str) -> Ended:
    """The command of whoever operates this system."""
    addresses = system.system.ports.addresses()
    services = {f"SAYEMBARA_{name.upper()}_URL": url for name, url in addresses.services.items()}
    where = {
        "SAYEMBARA_NATS_URL": addresses.nats,
        "SAYEMBARA_DATA": str(system.system.folder),
    }
    return run(*words, given={**services, **where})


def told(system: Embedded, *words: str) -> str:
    """What the command prints; it must succeed."""
    ended = sayembara(system, *words)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout
