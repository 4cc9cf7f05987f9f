"""The checkpoints that the auditor signed, in a backup or in its store, and the key that signed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sayembara.addresses import AUDITOR, key_file
from sayembara.audit.checkpoints import Kept, check_signed, public_file
from sayembara.audit.note import NoteError, Verifier
from sayembara.audit.tree import Hashes
from sayembara.backup import folder as files
from sayembara.backup.rows import by_table
from sayembara.trouble import Trouble


def key_files(folder: Path, *, with_key: bool) -> list[Path]:
    """The public key of the checkpoints in a data folder or a backup; also the private one."""
    key = key_file(folder)
    return [public_file(key), *([key] if with_key else [])]


def checkpoints_in(folder: Path) -> list[Kept]:
    """Every checkpoint among the auditor's rows in a backup, the oldest first; Trouble."""
    try:
        found = [
            Kept.of(row["note"], datetime.fromisoformat(row["signed_at"]))
            for row in _rows(folder, "checkpoints")
        ]
    except (NoteError, KeyError, ValueError) as error:
        raise Trouble(f"the checkpoints in {folder} cannot be read: {error}") from None
    return sorted(found, key=lambda each: each.checkpoint.size)


def _rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    for head, rows in by_table(files.reading(folder / files.store_file(AUDITOR))):
        for row in rows:
            if head["table"] == table:
                yield dict(zip(head["columns"], row, strict=True))


def check_signatures(kept: Sequence[Kept], folder: Path) -> str:
    """Trouble where one is forged; else what is said of them. `folder` has the public key."""
    public = public_file(key_file(folder))
    if not public.exists():
        return f"{len(kept)} signed checkpoints, not checked with a key: {public} is not there"
    try:
        check_signed(kept, Verifier.of(public.read_text("utf-8").strip()))
    except (OSError, NoteError) as error:
        raise Trouble(f"the key of the checkpoints cannot be read: {error}") from None
    return f"{len(kept)} signed checkpoints, signed with the key in {public}"


def not_fitting(tree: Hashes, signed: Sequence[Kept]) -> Kept | None:
    """The first checkpoint that the tree does not begin with; longer ones are not looked at."""
    known = (each for each in signed if each.checkpoint.size <= tree.size)
    return next((each for each in known if not each.fits(tree)), None)
