"""Child processes: started, watched, started again when they end, stopped in order."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 25
"""How long a process may take to finish its work; after that it is killed."""


class Child:
    """One process of ours. It writes its log to a file, to which every start appends.

    It is given the open files that it `keeps`: their locks last as long as it runs.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.environment = environment
        self.log = log
        self.keeps: tuple[int, ...] = ()
        self.started_at = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; in a session of its own, so that Ctrl-C reaches only the command."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.started_at = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.keeps,
            )

    @property
    def pid(self) -> int | None:
        """The process id of the last start."""
        return self._process.pid if self._process else None

    @property
    def ended_with(self) -> int | None:
        """The exit code; None while the process runs or before it was started."""
        return self._process.poll() if self._process else None

    def last_words(self) -> str:
        """The last line of its log that is not empty."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next(
            (line.strip() for line in reversed(lines) if line.strip()), "no word in its log"
        )

    def ask_to_stop(self) -> None:
        """Send SIGTERM when it runs."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL when it runs, as a crash would end it."""
        if self._process and self._process.poll() is None:
            self._process.kill()

    def wait_or_kill(self, seconds: float) -> None:
        """Wait until it has ended; after so many seconds it is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def stop_all(children: Sequence[Child], seconds: float = STOP_SECONDS) -> None:
    """Ask all of them to stop at once, and kill those that have not after `seconds`."""
    deadline = time.monotonic() + seconds
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.wait_or_kill(max(deadline - time.monotonic(), 0))
