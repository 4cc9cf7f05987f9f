"""The log beside what was signed of it: every checkpoint that was kept, here or by somebody else.

Nothing is made or written here: who checks a log has its public key at most.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sayembara.audit.leaf import Stored, leaf_hash
from sayembara.audit.note import Checkpoint, NoteError, Verifier, opened
from sayembara.audit.replay import Finding
from sayembara.audit.tree import Tree
from sayembara.trouble import Trouble


@dataclass(frozen=True)
class Claim:
    """What a checkpoint says of the log, and which checkpoint it is."""

    named: str
    checkpoint: Checkpoint

    def fits(self, tree: Tree) -> bool:
        """Whether the tree begins with what was signed."""
        signed = self.checkpoint
        return signed.size <= tree.size and tree.root(signed.size) == signed.root


@dataclass(frozen=True)
class Claims:
    """The checkpoints to compare a log with, and what is no checkpoint of it.

    `leaves` are those that somebody kept of the messages, in order: they name the very position.
    Without them it is known between which checkpoints.
    """

    said: Sequence[Claim] = ()
    forged: Iterable[str] = ()
    leaves: Sequence[bytes] = ()


class Grown:
    """The tree over the log, in order, up to the first place where a message is missing."""

    def __init__(self) -> None:
        self.tree = Tree()

    def take(self, message: Stored) -> None:
        """The next message of the log."""
        if message.position == self.tree.size + 1:
            self.tree.extend([leaf_hash(message)])


def claims(
    kept: Iterable[tuple[str, str]], files: Iterable[Path], public: Path, key: str | None
) -> Claims:
    """The notes that were kept, and those in these files; Trouble when they cannot be read at all.

    They must be signed by `key`; without one, by the public key in the file `public`.
    """
    known, files = _verifier(public, key), tuple(files)
    if known is not None:
        return claims_of([*kept, *map(_in_file, files)], known)
    if files:
        raise Trouble(f"{files[0]} is signed by whom? Give the public key of the log: --key")
    return Claims()


def claims_of(notes: Iterable[tuple[str, str]], key: Verifier) -> Claims:
    """The checkpoints in these notes, each with its name; what this key did not sign is forged."""
    said, forged = list[Claim](), list[str]()
    for named, note in notes:
        try:
            said.append(Claim(named, Checkpoint.of(opened(note, [key]).text)))
        except NoteError as error:
            forged.append(f"{named} is no checkpoint of this log: {error}")
    return Claims(said, forged)


def _verifier(path: Path, key: str | None) -> Verifier | None:
    if key is None and not path.exists():
        return None
    try:
        return Verifier.of(key or path.read_text("utf-8").strip())
    except (OSError, NoteError) as error:
        named = "--key" if key else path
        raise Trouble(f"{named} is no public key of a log: {error}") from None


def _in_file(file: Path) -> tuple[str, str]:
    try:
        return f"the checkpoint in {file}", file.read_text("utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Trouble(f"{file} cannot be read: {why}") from None


def not_as_signed(tree: Tree, last: int, signed: Claims) -> Iterator[Finding]:
    """Where the log, which ends at `last`, is not what was signed."""
    yield from (Finding(last, each) for each in signed.forged)
    ordered = sorted(signed.said, key=lambda each: each.checkpoint.size)
    other = next((each for each in ordered if not each.fits(tree)), None)
    if other is not None:
        size = other.checkpoint.size
        true = [each.checkpoint.size for each in ordered if each.fits(tree)]
        before = max((each for each in true if each < size), default=0)
        again = "; it was signed anew since" if max(true, default=0) >= size else ""
        yield _broken(other, before, last, again)
    yield from _changed(tree, signed.leaves)


def _broken(claim: Claim, before: int, last: int, again: str) -> Finding:
    size = claim.checkpoint.size
    if size > last:
        text = f"the log ends here, and {claim.named} is over {size} messages: its end was cut off"
        return Finding(last, text)
    here = f"position {size}" if size == before + 1 else f"positions {before + 1} to {size}"
    text = f"the log is not what {claim.named} says: a message at {here} was changed"
    return Finding(size, f"{text}, removed or put in afterwards{again}")


def _changed(tree: Tree, leaves: Iterable[bytes]) -> Iterator[Finding]:
    pairs = zip(leaves, map(tree.leaf, range(tree.size)), strict=False)
    other = [position for position, (kept, found) in enumerate(pairs, 1) if kept != found]
    if other:
        more = f", nor are {len(other) - 1} after it" if len(other) > 1 else ""
        yield Finding(other[0], f"this is not the message that stood here when it was kept{more}")
