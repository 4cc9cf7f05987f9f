"""Signed checkpoints of a log, and the key that signs them."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from sayembara.audit.note import SIGNS, Checkpoint, NoteError, Signer, Verifier, opened, text_of
from sayembara.audit.tree import Hashes
from sayembara.deploy.secrets import write_private
from sayembara.trouble import Trouble

PUBLIC = ".public"
"""What is added to the name of a private key's file for its public key."""


@dataclass(frozen=True)
class Kept:
    """A checkpoint, as it was signed and when."""

    checkpoint: Checkpoint
    note: str
    at: datetime

    @classmethod
    def of(cls, note: str, at: datetime) -> Self:
        """The checkpoint in this note, whose signatures are not looked at; NoteError."""
        return cls(Checkpoint.of(text_of(note)), note, at)

    def fits(self, tree: Hashes) -> bool:
        """Whether the tree begins with what was signed."""
        signed = self.checkpoint
        return signed.size <= tree.size and tree.root(signed.size) == signed.root

    def is_signed_by(self, key: Verifier) -> bool:
        """Whether this key signed it."""
        try:
            return key in opened(self.note, [key]).by
        except NoteError:
            return False


def check_signed(kept: Iterable[Kept], key: Verifier) -> None:
    """Trouble where this key did not sign one of them."""
    for each in kept:
        try:
            opened(each.note, [key])
        except NoteError as error:
            size = each.checkpoint.size
            raise Trouble(f"the checkpoint of {size} messages is forged: {error}") from None


def check_tree(kept: Sequence[Kept], tree: Hashes) -> None:
    """Trouble when the log is not what was signed, with where the first difference is."""
    before = 0
    for each in kept:
        if not each.fits(tree):
            raise Trouble(_broken(each, before, tree))
        before = each.checkpoint.size


def public_file(path: Path) -> Path:
    """The file with the public key to the private one in that file."""
    return path.with_name(path.name + PUBLIC)


def signer_of(path: Path, role: str = "sayembara", kind: int = SIGNS) -> Signer:
    """The key in this file; made when there is none yet, named for this machine.

    Trouble where it cannot be read, and where only its public half is left: whoever made another
    one would sign the same log a second time, and hide the key that signed it.
    """
    if not path.exists():
        if (public := public_file(path)).exists():
            raise Trouble(
                f"the private key to {public} is missing: put it back as {path}; remove {public}"
                " only if nothing was ever signed with it"
            )
        keep_key(path, Signer.new(f"{socket.gethostname()}/{role}", kind))
    try:
        return Signer.of(path.read_text("utf-8").strip())
    except (OSError, NoteError) as error:
        raise Trouble(f"{path} cannot be read as a signing key: {error}") from None


def keep_key(path: Path, signer: Signer) -> None:
    """Write the key where only its owner reads it, and beside it the public one for everyone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    public_file(path).write_text(f"{signer.verifier}\n", "utf-8")
    # Renamed as the last step: whoever finds the key finds it whole.
    fresh = path.with_name(f"{path.name}.new")
    write_private(fresh, f"{signer.private_text()}\n")
    fresh.rename(path)


def _broken(kept: Kept, before: int, tree: Hashes) -> str:
    size, when = kept.checkpoint.size, f"{kept.at:%Y-%m-%d %H:%M:%S %Z}".strip()
    if size > tree.size:
        text = f"the log has {tree.size} messages; {size} were signed on {when}"
        return f"{text}: its end was cut off"
    text = f"the log is not what was signed on {when}: a message at one of the positions"
    return f"{text} {before + 1} to {size} was changed, removed or put in afterwards"
