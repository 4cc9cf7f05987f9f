"""The checkpoints that were signed over a log, and whether a tree is the one they speak of."""

import json
from pathlib import Path

from sayembara.audit.checkpoints import FILE, KEY, PUBLIC_KEY
from sayembara.audit.note import Checkpoint, NoteError, Verifier, opened
from sayembara.audit.tree import Tree
from sayembara.trouble import Trouble

FILES = (FILE, PUBLIC_KEY)
"""What a backup takes of the audit folder."""
WITH_KEY = (*FILES, KEY)


def checkpoints_in(folder: Path) -> list[Checkpoint]:
    """Every signed checkpoint in an audit folder, the oldest first; Trouble where one is forged."""
    if not (folder / FILE).exists():
        return []
    try:
        key = Verifier.of((folder / PUBLIC_KEY).read_text("utf-8").strip())
        lines = (folder / FILE).read_text("utf-8").split("\n")[:-1]
        notes = [opened(json.loads(each)["note"], [key]) for each in lines]
        return [Checkpoint.of(each.text) for each in notes]
    except (OSError, NoteError, ValueError, KeyError) as error:
        raise Trouble(f"the checkpoints in {folder} cannot be read: {error}") from None


def not_fitting(tree: Tree, signed: list[Checkpoint]) -> Checkpoint | None:
    """The first checkpoint that the tree does not begin with; longer ones are not looked at."""
    known = (each for each in signed if each.size <= tree.size)
    return next((each for each in known if tree.root(each.size) != each.root), None)
