"""The command `sayembara`, asked by the auditor: in a process of its own, as the auditor's user.

What it reads and works out takes memory and time that the auditor must not wait for.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from typing import NamedTuple

from kit.running import Running

LOOK_SECONDS = 0.5
STOPPED = -1
"""The exit code of a command that was given up because the auditor stops."""


class Answer(NamedTuple):
    """How the command ended, and what it printed."""

    exit_code: int
    text: str


async def ask(running: Running, *words: str) -> Answer:
    """What the command answers to these words."""
    command = (sys.executable, "-m", "sayembara", *words)
    environment = {**os.environ, **_environment(running)}
    child = await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    answer = asyncio.create_task(child.communicate())
    try:
        while not answer.done() and not running.stopping:
            await asyncio.wait([answer], timeout=LOOK_SECONDS)
    finally:
        if child.returncode is None:
            child.kill()
    printed, _ = await answer
    code = STOPPED if child.returncode is None or child.returncode < 0 else child.returncode
    return Answer(code, printed.decode(errors="replace"))


def _environment(running: Running) -> dict[str, str]:
    settings = running.settings
    said = {
        "SAYEMBARA_NATS_URL": settings.nats_url,
        "SAYEMBARA_LOG_REPLICAS": str(settings.log_replicas),
        "SAYEMBARA_AUDITOR_URL": f"http://127.0.0.1:{settings.http_port}",
    }
    if settings.nats_user and settings.nats_password_file:
        said["SAYEMBARA_NATS_USER"] = settings.nats_user
        said["SAYEMBARA_NATS_PASSWORD_FILE"] = str(settings.nats_password_file)
    return said
