"""What can be erased is sealed, each under a key of its own; whoever destroys the key erases it.

The keys are files in a folder of their own, outside the store: a copy of the store, however old,
is no copy of a key. So what was sealed cannot be read any more in any copy once its key is gone.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from contracts.ids import EditionId, Token
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from notification_service.rules import Role

KEY_BITS = 256
NONCE_BYTES = 12
ID = re.compile(r"[0-9a-f]{32}")


class Contact(BaseModel):
    """How a party is called, and its address."""

    model_config = ConfigDict(frozen=True)

    name: str
    email: str


class Keys:
    """The keys in a folder that only its owner enters; each is a file named by its id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> str:
        """Make a key; it is on the disk when its id is given back."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = uuid4().hex
        made = os.open(self._path(key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "wb") as file:
            file.write(AESGCM.generate_key(KEY_BITS))
            file.flush()
            os.fsync(file.fileno())
        self._sync()
        return key

    def seal(
        self, key: str, contact: Contact, edition: EditionId, party: Token, role: Role
    ) -> bytes:
        """The contact of that party, to be read with this key only."""
        return self.seal_text(key, contact.model_dump_json(), _about(edition, party, role))

    def unseal(
        self, key: str, sealed: bytes, edition: EditionId, party: Token, role: Role
    ) -> Contact | None:
        """What was sealed; None when the key is not here, or it is not what was sealed for them."""
        opened = self.unseal_text(key, sealed, _about(edition, party, role))
        return Contact.model_validate_json(opened) if opened else None

    def seal_text(self, key: str, text: str, about: str) -> bytes:
        """The text, to be read with this key and for this only: AES-256-GCM, nonce first."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._read(key)).encrypt(nonce, text.encode(), about.encode())

    def unseal_text(self, key: str, sealed: bytes, about: str) -> str | None:
        """What was sealed; None when the key is not here, or it was sealed for something else."""
        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(self._read(key)).decrypt(nonce, text, about.encode()).decode()
        except (FileNotFoundError, InvalidTag):
            return None

    def contact_of(self, row: Row[Any]) -> Contact | None:
        """The contact in a notice's row; None when there is none, or it cannot be read."""
        if row.sealed is None:
            return None
        return self.unseal(row.key, row.sealed, row.edition, row.party, row.role)

    def destroy(self, key: str) -> None:
        """Have the key no more; nothing when it is gone already."""
        path = self._path(key)
        with suppress(FileNotFoundError):
            # A file system may keep what a removed file held: it is written over first.
            with path.open("r+b") as file:
                file.write(bytes(KEY_BITS // 8))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            self._sync()

    def _read(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def _path(self, key: str) -> Path:
        if not ID.fullmatch(key):
            raise ValueError(f"'{key}' is not the id of a key")
        return self.folder / key

    def _sync(self) -> None:
        # A file's name is on the disk only when its folder is.
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _about(edition: EditionId, party: Token, role: Role) -> str:
    # Sealed for one party, it cannot be passed off as another's.
    return f"{edition}/{role}/{party}"
