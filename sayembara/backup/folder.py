"""A backup's folder: packed files of lines, and the manifest that says what they must be."""

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from contracts.event import Fact
from contracts.ids import Digest
from pydantic import AwareDatetime, ValidationError

from sayembara.trouble import Trouble

FORMAT = "sayembara-backup-1"
MANIFEST = "manifest.json"
LOG = "log.jsonl.gz"
LEVEL = 3
"""How hard the files are packed: more takes longer and saves little."""


class StoreFacts(Fact):
    """What a store held: the migrations that made its tables, and how far on the log it was."""

    migrations: tuple[str, ...]
    position: int
    rows: int


class Manifest(Fact):
    """What a backup is: the log up to `messages`, its Merkle root, and the stores at that moment.

    `files` has the SHA-256 of every file of the folder but this one.
    """

    format: str
    version: str
    taken_at: AwareDatetime
    messages: int
    root: Digest
    stores: Mapping[str, StoreFacts]
    files: Mapping[str, Digest]


def store_file(name: str) -> str:
    """The file of a service's store."""
    return f"stores/{name}.jsonl.gz"


def begin(folder: Path) -> None:
    """Make the folder, which only its owner enters.

    Trouble when there is something in it, or it cannot be made.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Trouble(f"{folder} is there already: name a folder that is not")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "stores").mkdir()
    except OSError as error:
        why = f"{error.strerror}; user {os.getuid()} must be able to write there"
        raise Trouble(f"{folder} cannot be made: {why}") from error


@contextmanager
def writing(path: Path) -> Iterator[IO[str]]:
    """A packed file for lines; on the disk when this is left."""
    with path.open("xb") as file:
        # Without a time in it the same lines make the same file.
        packed = gzip.GzipFile("", "wb", LEVEL, file, mtime=0)
        with packed, TextIOWrapper(packed, "utf-8", newline="\n") as lines:
            yield lines
        file.flush()
        os.fsync(file.fileno())


def reading(path: Path) -> Iterator[str]:
    """The lines of a packed file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        yield from lines


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of the folder but the manifest, by its path in there."""
    paths = sorted(each for each in folder.rglob("*") if each.is_file())
    names = {each.relative_to(folder).as_posix(): each for each in paths}
    return {name: _digest(path) for name, path in names.items() if name != MANIFEST}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{file_digest(file, 'sha256').hexdigest()}"


def finish(folder: Path, manifest: Manifest) -> str:
    """Write the manifest as the last step: without one a folder is no backup. Gives its digest."""
    path = folder / f"{MANIFEST}.new"
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    path.rename(folder / MANIFEST)
    return _digest(folder / MANIFEST)


def manifest_of(folder: Path) -> Manifest:
    """The manifest of a backup; Trouble when it is none, or one of its files is not as it was."""
    try:
        text = (folder / MANIFEST).read_text("utf-8")
        manifest = Manifest.model_validate_json(text)
    except FileNotFoundError:
        raise Trouble(f"{folder} is no finished backup: it has no {MANIFEST}") from None
    except (ValidationError, ValueError) as error:
        raise Trouble(f"{folder / MANIFEST} cannot be read: {error}".splitlines()[0]) from None
    if manifest.format != FORMAT:
        raise Trouble(f"{folder / MANIFEST} is of the form {manifest.format}, not {FORMAT}")
    _check_files(folder, manifest)
    return manifest


def _check_files(folder: Path, manifest: Manifest) -> None:
    found = digests(folder)
    for name, digest in manifest.files.items():
        if name not in found:
            raise Trouble(f"{folder / name} is missing: the backup is not whole")
        if found[name] != digest:
            raise Trouble(f"{folder / name} was changed: it has {found[name]}, not {digest}")
    if more := sorted(set(found) - set(manifest.files)):
        raise Trouble(f"{folder / more[0]} is not of the backup: the manifest does not name it")


def root_of(hash_: bytes) -> str:
    """A Merkle root as it is written in a manifest."""
    return f"sha256:{hash_.hex()}"
