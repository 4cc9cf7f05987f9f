"""A witness: somebody else who keeps a log's checkpoints, and signs that it has only grown.

Its folder holds its own key, the log's key, and every checkpoint that it has countersigned. What
is not as it was is refused, and kept as evidence: the two notes that cannot both be true.
"""

import json
import os
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console

from sayembara.audit.checkpoints import signer_of
from sayembara.audit.note import COSIGNS, Checkpoint, NoteError, Signer, Verifier, opened
from sayembara.audit.shown import Away, Log, Seen
from sayembara.audit.tree import proves_consistency
from sayembara.trouble import Trouble

LOOK_SECONDS = 60
ANSWER_SECONDS = 30


class Folder:
    """What a witness keeps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._notes = path / "checkpoints"
        self._notes.mkdir(exist_ok=True)

    def signer(self) -> Signer:
        """The witness's own key, made when there is none yet."""
        return signer_of(self.path / "witness-key", "witness", COSIGNS)

    def log_key(self, given: str | None, ask: Log) -> Verifier:
        """The log's key: the one that is kept, else the one given, else the one it shows."""
        file = self.path / "log-key"
        try:
            if file.exists():
                kept = Verifier.of(file.read_text("utf-8").strip())
                if given and Verifier.of(given) != kept:
                    raise Trouble(f"{file} holds another key of the log than the one given")
                return kept
            found = Verifier.of(given or ask.key())
        except NoteError as error:
            raise Trouble(f"the key of the log cannot be read: {error}") from None
        file.write_text(f"{found}\n", "utf-8")
        return found

    def last(self) -> Seen | None:
        """The newest checkpoint that was countersigned; None before the first."""
        files = sorted(self._notes.iterdir())
        return Seen.of(files[-1].read_text("utf-8")) if files else None

    def keep(self, seen: Seen) -> None:
        """Keep a checkpoint that was countersigned."""
        file = self._notes / f"{seen.checkpoint.size:019}"
        fresh = self.path / "fresh"
        with fresh.open("w", encoding="utf-8") as note:
            note.write(seen.note)
            note.flush()
            os.fsync(note.fileno())
        fresh.rename(file)

    def keep_evidence(self, last: Seen, shown: Seen, why: str, proof: object) -> Path:
        """Keep the two notes that cannot both be true."""
        file = self.path / f"evidence-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
        facts = {"why": why, "kept": last.note, "shown": shown.note, "proof": proof}
        file.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", "utf-8")
        return file


class Tampered(Trouble):
    """The log is not the one that was kept."""


class Witness:
    """Looks at a log again and again."""

    def __init__(self, folder: Folder, log: Log, key: str | None) -> None:
        self._folder = folder
        self._log = log
        self._given = key
        self.signer = folder.signer()

    def look(self) -> Iterator[str]:
        """Check and countersign what is new, saying so line by line. Tampered."""
        key = self._folder.log_key(self._given, self._log)
        last, newest = self._folder.last(), self._log.newest()
        if newest is None:
            if last is not None:
                raise Tampered(f"the log shows no checkpoint; {last.checkpoint.size} were signed")
            yield "nothing is signed yet"
            return
        if last is None:
            yield from self._take(newest, key)
            return
        self._check_not_less(last, newest, key)
        for each in self._log.after(last.checkpoint.size):
            self._check_grown(last, each, key)
            yield from self._take(each, key)
            last = each
        # What it shows as its newest may be of another log than what it lists.
        first, second = sorted((last, newest), key=lambda each: each.checkpoint.size)
        if first.checkpoint != second.checkpoint:
            self._check_grown(first, second, key)

    def _check_not_less(self, last: Seen, newest: Seen, key: Verifier) -> None:
        _must_be_signed(newest, key)
        old, new = last.checkpoint, newest.checkpoint
        if new.size < old.size:
            self._refuse(last, newest, f"it has {new.size} messages, and {old.size} were signed")
        if new.size == old.size and new.root != old.root:
            self._refuse(last, newest, f"its {old.size} messages are not those that were signed")

    def _check_grown(self, last: Seen, shown: Seen, key: Verifier) -> None:
        _must_be_signed(shown, key)
        old, new = last.checkpoint, shown.checkpoint
        proof = self._log.proof(old.size, new.size)
        if not _proves(old, new, proof):
            why = f"its {new.size} messages do not begin with the {old.size} that were signed"
            self._refuse(last, shown, why, proof)

    def _refuse(self, last: Seen, shown: Seen, why: str, proof: object = None) -> None:
        file = self._folder.keep_evidence(last, shown, why, proof)
        raise Tampered(f"the log at {self._log.url} was rewritten: {why}; both notes are in {file}")

    def _take(self, seen: Seen, key: Verifier) -> Iterator[str]:
        text = _must_be_signed(seen, key)
        line = self.signer.line(text, int(time.time()))
        size = seen.checkpoint.size
        # Kept before anybody sees it: a crash between the two would let it sign another log.
        grown = "as they were before and more" if self._folder.last() else "the first kept here"
        self._folder.keep(Seen(seen.checkpoint, seen.note + line))
        taken = self._log.hand_in(size, line)
        told = "" if taken else "; the log does not take the signature: its operator must name it"
        yield f"{size} messages, {grown}{told}"


def watch(console: Console, url: str, data: Path, key: str | None, *, once: bool) -> None:
    """Look at the log, once or every minute. Trouble ends it, but a log that is away does not."""
    with httpx.Client(timeout=ANSWER_SECONDS) as client:
        witness = Witness(Folder(data), Log(url, client), key)
        console.print(f"this witness is {witness.signer.verifier}", soft_wrap=True, highlight=False)
        while True:
            try:
                for line in witness.look():
                    console.print(line, soft_wrap=True, highlight=False)
            except Away as away:
                if once:
                    raise
                console.print(str(away), soft_wrap=True, highlight=False)
            if once:
                return
            time.sleep(LOOK_SECONDS)


def _must_be_signed(seen: Seen, key: Verifier) -> str:
    try:
        return opened(seen.note, [key]).text
    except NoteError as error:
        raise Tampered(f"a checkpoint is not signed by the log's key {key}: {error}") from None


def _proves(old: Checkpoint, new: Checkpoint, proof: list[str]) -> bool:
    try:
        hashes = [b64decode(each, validate=True) for each in proof]
    except (ValueError, TypeError):
        return False
    return proves_consistency(old.size, new.size, old.root, new.root, hashes)
