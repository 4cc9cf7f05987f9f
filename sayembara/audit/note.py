"""Signed notes and checkpoints, as C2SP specifies them: text with signatures below it.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-cosignature.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNS = 1
"""The kind of key that signs a note."""
COSIGNS = 4
"""The kind of key that says when it saw a checkpoint, and that it is consistent with the last."""
SIGNATURES_MAX = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+]+")


class NoteError(ValueError):
    """A note, a key or a checkpoint is not what it should be."""


@dataclass(frozen=True)
class Verifier:
    """A public key, with the name that its signatures carry."""

    name: str
    public: bytes
    kind: int = SIGNS

    @classmethod
    def of(cls, text: str) -> Self:
        """The key in `name+id+base64`; NoteError when it is none."""
        name, key_id, kind, public = _key_parts(text)
        key = cls(name, public, kind)
        if key.key_id.hex() != key_id:
            raise NoteError(f"the key of '{name}' does not have the id {key_id}")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature says which key made it."""
        known = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return sha256(known).digest()[:4]

    def time_of(self, signature: bytes, text: str) -> int | None:
        """When this was signed, 0 where that is not said; None when it is not this key's."""
        time, message = 0, text.encode()
        if self.kind == COSIGNS:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = _cosigned(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return None
        return time


@dataclass(frozen=True)
class Signer:
    """A private key, with its name. Shown to nobody."""

    name: str
    key: Ed25519PrivateKey
    kind: int = SIGNS

    @classmethod
    def new(cls, name: str, kind: int = SIGNS) -> Self:
        """One with a new key."""
        _check_name(name)
        return cls(name, Ed25519PrivateKey.generate(), kind)

    @classmethod
    def of(cls, text: str) -> Self:
        """The key in `PRIVATE+KEY+name+id+base64`; NoteError when it is none."""
        if not text.startswith("PRIVATE+KEY+"):
            raise NoteError("this is no private key of notes: it begins with PRIVATE+KEY+")
        name, key_id, kind, private = _key_parts(text.removeprefix("PRIVATE+KEY+"))
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(private), kind)
        if signer.verifier.key_id.hex() != key_id:
            raise NoteError(f"the private key of '{name}' does not have the id {key_id}")
        return signer

    def private_text(self) -> str:
        """The key as it is kept in a file."""
        material = bytes([self.kind]) + self.key.private_bytes_raw()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{_base64(material)}"

    @property
    def verifier(self) -> Verifier:
        """The public key to it."""
        return Verifier(self.name, self.key.public_key().public_bytes_raw(), self.kind)

    def line(self, text: str, time: int) -> str:
        """The line under the note that signs it; a cosignature says the time with it."""
        if self.kind == COSIGNS:
            signature = time.to_bytes(8, "big") + self.key.sign(_cosigned(text, time))
        else:
            signature = self.key.sign(text.encode())
        return f"— {self.name} {_base64(self.verifier.key_id + signature)}\n"


@dataclass(frozen=True)
class Signed:
    """A note whose signatures were checked: when each known key signed, 0 where it did not say."""

    text: str
    by: dict[Verifier, int]


def sign(text: str, signer: Signer) -> str:
    """The text as a note with this signature."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("the text of a note ends with a new line and has no control characters")
    return f"{text}\n{signer.line(text, 0)}"


def cosign(note: str, signer: Signer, time: int) -> str:
    """The same note with one more signature, made at that time (seconds since 1970)."""
    text, _ = _parts(note)
    return note + signer.line(text, time)


def opened(note: str, known: Iterable[Verifier]) -> Signed:
    """The note; NoteError when no key that is known signed it, or one of them did not sign this."""
    text, signatures = _parts(note)
    keys = {(key.name, key.key_id): key for key in known}
    by = dict[Verifier, int]()
    for name, blob in signatures:
        key = keys.get((name, blob[:4]))
        if key is None or key in by:
            continue
        time = key.time_of(blob[4:], text)
        if time is None:
            raise NoteError(f"the signature of '{name}' is not over this text")
        by[key] = time
    if not by:
        signers = ", ".join(name for name, _ in signatures)
        raise NoteError(f"no key that is known signed this note; it is signed by {signers}")
    return Signed(text, by)


def text_of(note: str) -> str:
    """The text of a note, whoever signed it; NoteError when it is none."""
    return _parts(note)[0]


def cosigned_by(note: str, lines: str, known: Iterable[Verifier]) -> dict[Verifier, str]:
    """The lines with which witnesses sign this note; NoteError unless all are of known ones."""
    text, found = text_of(note), dict[Verifier, str]()
    keys = {(key.name, key.key_id): key for key in known if key.kind == COSIGNS}
    for name, blob in _signatures(lines.removesuffix("\n").split("\n")):
        key = keys.get((name, blob[:4]))
        if key is None:
            raise NoteError(f"'{name}' is no witness that is known here")
        if key.time_of(blob[4:], text) is None:
            raise NoteError(f"the signature of '{name}' is not over this checkpoint")
        found[key] = f"— {name} {_base64(blob)}\n"
    return found


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: its name, how many leaves it has, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Self:
        """The checkpoint in the text of a note; NoteError when it is none."""
        lines = text.split("\n")[:-1]
        if len(lines) < 3 or "" in lines or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise NoteError("this is no checkpoint: a name, a size, a root, each on its line")
        origin, size, root, *extensions = lines
        found = _bytes(root)
        if len(found) != 32:
            raise NoteError("this is no checkpoint: its third line is no root of 32 bytes")
        return cls(origin, int(size), found, tuple(extensions))

    def text(self) -> str:
        """The text to be signed."""
        lines = (self.origin, str(self.size), _base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, found, below = note.rpartition("\n\n")
    if not found or not below.endswith("\n") or _CONTROL.search(note):
        raise NoteError("this is no signed note: text, an empty line, and lines of signatures")
    lines = below[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise NoteError(f"the note has more than {SIGNATURES_MAX} signatures")
    return f"{text}\n", list(_signatures(lines))


def _signatures(lines: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for line in lines:
        dash, name, blob = [*line.split(" "), "", ""][:3]
        signature = _bytes(blob)
        if dash != "—" or line.count(" ") != 2 or len(signature) < 5:
            raise NoteError(f"this is no line of a signature: {line[:80]}")
        _check_name(name)
        yield name, signature


def _key_parts(text: str) -> tuple[str, str, int, bytes]:
    name, key_id, material = [*text.split("+", 2), "", ""][:3]
    _check_name(name)
    found = _bytes(material)
    if len(found) != 33 or found[0] not in (SIGNS, COSIGNS):
        raise NoteError("this is no key of notes: name+id+base64 of an Ed25519 key")
    return name, key_id, found[0], found[1:]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise NoteError("the name of a key has at least one character, no space and no plus")


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        found = b64decode(text, validate=True)
    except ValueError as error:
        raise NoteError(f"this is not base64: {text[:80]}") from error
    if _base64(found) != text:
        raise NoteError(f"this is not base64 as it is written: {text[:80]}")
    return found
