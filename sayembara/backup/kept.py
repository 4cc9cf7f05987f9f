"""The checkpoints that were signed over a log, and whether a tree is the one they speak of."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from sayembara.addresses import AUDITOR, key_file
from sayembara.audit.checkpoints import Kept, check_signed, public_file
from sayembara.audit.note import Checkpoint, NoteError, Verifier, opened
from sayembara.audit.tree import Tree
from sayembara.auditor.store import AuditorStore
from sayembara.trouble import Trouble

FILE = "checkpoints.jsonl"
"""The checkpoints of the auditor's store, as a backup holds them for whoever checks it alone."""
KEY = key_file(Path()).name
PUBLIC_KEY = public_file(key_file(Path())).name
WITH_KEY = (PUBLIC_KEY, KEY)


def checkpoints_in(folder: Path) -> list[Checkpoint]:
    """Every signed checkpoint in a backup, the oldest first; Trouble where one is forged."""
    if not (folder / FILE).exists():
        return []
    try:
        key = Verifier.of((folder / PUBLIC_KEY).read_text("utf-8").strip())
        lines = (folder / FILE).read_text("utf-8").split("\n")[:-1]
        notes = [opened(json.loads(each)["note"], [key]) for each in lines]
        return [Checkpoint.of(each.text) for each in notes]
    except (OSError, NoteError, ValueError, KeyError) as error:
        raise Trouble(f"the checkpoints in {folder} cannot be read: {error}") from None


def kept_in(views: Mapping[str, Connection]) -> list[Kept]:
    """Every checkpoint in the auditor's store, the oldest first; Trouble where one is none."""
    try:
        return AuditorStore(views[AUDITOR], datetime.now(UTC)).checkpoints()
    except NoteError as error:
        raise Trouble(f"the checkpoints of the auditor cannot be read: {error}") from None


def signed_in(views: Mapping[str, Connection], data: Path) -> list[Checkpoint]:
    """The same, signed by the key of the data folder; by whomever where it has none."""
    kept, public = kept_in(views), public_file(key_file(data))
    if public.exists():
        check_signed(kept, Verifier.of(public.read_text("utf-8").strip()))
    return [each.checkpoint for each in kept]


def as_lines(kept: list[Kept]) -> str:
    """The checkpoints as a backup holds them: a JSON object on each line."""
    facts = ({"at": each.at.isoformat(), "note": each.note} for each in kept)
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in facts)


def not_fitting(tree: Tree, signed: list[Checkpoint]) -> Checkpoint | None:
    """The first checkpoint that the tree does not begin with; longer ones are not looked at."""
    known = (each for each in signed if each.size <= tree.size)
    return next((each for each in known if tree.root(each.size) != each.root), None)
