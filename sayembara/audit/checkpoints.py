"""The signed checkpoints of a log, in a folder: each consistent with the one before it."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from sayembara.audit.note import Checkpoint, NoteError, Signer, Verifier, opened, sign
from sayembara.audit.tree import Tree
from sayembara.deploy.secrets import write_private
from sayembara.trouble import Trouble

KEY = "checkpoint-key"
PUBLIC_KEY = "checkpoint-key.public"
FILE = "checkpoints.jsonl"


@dataclass(frozen=True)
class Kept:
    """A checkpoint, as it was signed and when."""

    checkpoint: Checkpoint
    note: str
    at: datetime

    def fits(self, tree: Tree) -> bool:
        """Whether the tree begins with what was signed."""
        signed = self.checkpoint
        return signed.size <= tree.size and tree.root(signed.size) == signed.root


class Checkpoints:
    """A file to which checkpoints are only added, and the key that signs them."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._file = folder / FILE
        self._signer = signer

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Those in this folder; the key is made when there is none yet, named for this machine."""
        path = folder / KEY
        if not path.exists():
            _keep(folder, Signer.new(f"{socket.gethostname()}/sayembara"))
        try:
            return cls(folder, Signer.of(path.read_text("utf-8").strip()))
        except (OSError, NoteError) as error:
            raise Trouble(f"{path} cannot be read as a signing key: {error}") from None

    @property
    def verifier(self) -> Verifier:
        """The public key, for everyone who checks."""
        return self._signer.verifier

    def all(self) -> list[Kept]:
        """Every checkpoint, the oldest first; Trouble when this key did not sign one of them."""
        if not self._file.exists():
            return []
        lines = self._file.read_text("utf-8").split("\n")
        # The last line ends with a new line, unless it broke off: then nobody has seen it.
        return [self._read(line, number) for number, line in enumerate(lines[:-1], 1)]

    def last(self) -> Kept | None:
        """The newest checkpoint; None before the first."""
        return next(reversed(self.all()), None)

    def check(self, tree: Tree) -> None:
        """Trouble when the log is not what was signed, with where the first difference is."""
        before = 0
        for each in self.all():
            if not each.fits(tree):
                raise Trouble(_broken(each, before, tree))
            before = each.checkpoint.size

    def add(self, tree: Tree, now: datetime) -> Kept:
        """Sign and keep the tree as it is; the last one again when nothing came since.

        Trouble when the tree does not begin with everything that was signed before.
        """
        with self._alone():
            self.check(tree)
            last = self.last()
            if last is not None and last.checkpoint.size == tree.size:
                return last
            checkpoint = Checkpoint(self._signer.name, tree.size, tree.root())
            kept = Kept(checkpoint, sign(checkpoint.text(), self._signer), now)
            self._append(kept)
            return kept

    def _read(self, line: str, number: int) -> Kept:
        try:
            found = json.loads(line)
            signed = opened(found["note"], [self.verifier])
            checkpoint = Checkpoint.of(signed.text)
            return Kept(checkpoint, found["note"], datetime.fromisoformat(found["at"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Trouble(f"{self._file}, line {number}, is no checkpoint: {error}") from None

    def _append(self, kept: Kept) -> None:
        line = json.dumps({"at": kept.at.isoformat(), "note": kept.note}, ensure_ascii=False)
        with self._file.open("rb+") as file:
            whole = file.read()
            # A line that broke off was never answered: this one takes its place.
            file.truncate(whole.rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Two that sign at once could sign two logs.
        with self._file.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _keep(folder: Path, signer: Signer) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / PUBLIC_KEY).write_text(f"{signer.verifier}\n", "utf-8")
    # Renamed as the last step: whoever finds the key finds it whole.
    fresh = folder / f"{KEY}.new"
    write_private(fresh, f"{signer.private_text()}\n")
    fresh.rename(folder / KEY)


def _broken(kept: Kept, before: int, tree: Tree) -> str:
    size, when = kept.checkpoint.size, f"{kept.at:%Y-%m-%d %H:%M:%S %Z}".strip()
    if size > tree.size:
        text = f"the log has {tree.size} messages; {size} were signed on {when}"
        return f"{text}: its end was cut off"
    text = f"the log is not what was signed on {when}: a message at one of the positions"
    return f"{text} {before + 1} to {size} was changed, removed or put in afterwards"
