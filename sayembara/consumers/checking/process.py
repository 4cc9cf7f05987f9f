"""The consumer under test, as a process of its own in a copy of its folder."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sayembara.trouble import Trouble

CHECKED = "SAYEMBARA_CHECK"
"""Set in the environment of a consumer that is checked, so that its effects can go elsewhere."""
STOP_SECONDS = 10


class Process:
    """Runs the command; every line on its standard output that is a report goes to `lines`."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self._folder = folder
        self._command = list(command)
        self._words = folder / "check.stderr"
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.lines: list[Mapping[str, Any]] = []

    async def start(self) -> None:
        """Start it, unless it runs; Trouble when there is no such command."""
        if self.runs:
            return
        with self._words.open("wb") as words:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    cwd=self._folder,
                    env={**os.environ, CHECKED: "1"},
                    stdout=asyncio.subprocess.PIPE,
                    stderr=words,
                    start_new_session=True,
                )
            except OSError as error:
                raise Trouble(f"cannot run {' '.join(self._command)}: {error.strerror}") from error
        self._reading = asyncio.create_task(self._read(self._process))

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    def ended(self) -> str:
        """How it ended, with its last words."""
        assert self._process is not None
        words = self._words.read_text("utf-8", "replace").strip().splitlines()
        telling = [each for each in words if "Error" in each] or words
        last = f": {telling[-1].strip()}" if telling else ""
        return f"it ended by itself with exit code {self._process.returncode}{last}"

    async def kill(self) -> None:
        """Kill it and whatever it started: no chance to do anything more."""
        await self._signal(signal.SIGKILL)

    async def stop(self) -> bool:
        """Ask it to stop; False when it had to be killed for it."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._signal(signal.SIGTERM)
        except TimeoutError:
            await self.kill()
            return False
        return True

    async def _signal(self, which: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, which)
        await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            with suppress(ValueError):  # whatever else it prints is its own business
                told = json.loads(line)
                if isinstance(told, dict) and "id" in told:
                    self.lines.append(told)
