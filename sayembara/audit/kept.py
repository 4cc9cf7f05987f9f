"""What the auditor has kept: asked of it; its checkpoints also in its store when it is down."""

from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from kit.database import Database
from kit.settings import sqlite_url
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from sayembara.addresses import AUDITOR, key_file
from sayembara.audit.checkpoints import Kept, check_signed, public_file
from sayembara.audit.note import NoteError, Verifier
from sayembara.audit.tree import BYTES
from sayembara.auditor.store import AuditorStore
from sayembara.play.api import Services
from sayembara.trouble import Trouble

Named = tuple[str, str]
"""A note whose signatures nobody has looked at yet, after what it is called."""


async def kept_notes(services: Services, data: Path) -> list[Named]:
    """Every note that the auditor shows, the oldest first; while it is away, those in its store.

    None where neither is here; only a store in the data folder is looked for.
    """
    try:
        return [
            _named(each.note, f"{each.at:%Y-%m-%d %H:%M:%S} UTC") for each in await _all(services)
        ]
    except Trouble:
        store = data / f"{AUDITOR}.db"
        if not store.exists():
            return []
        found = await _in_store(sqlite_url(store))
        return [_named(each.note, f"{each.at:%Y-%m-%d %H:%M:%S} UTC, in {store}") for each in found]


async def kept_leaves(services: Services) -> list[bytes]:
    """The hash of every message as the auditor heard it, in order; none where it does not say.

    It says so to the operator only.
    """
    found = list[bytes]()
    with suppress(Trouble):
        while page := (await services.get(AUDITOR, "/leaves", after=str(len(found))))["hashes"]:
            hashes = b64decode(page)
            found += [hashes[at : at + BYTES] for at in range(0, len(hashes), BYTES)]
    return found


async def kept_checkpoints(services: Services, data: Path) -> list[Kept]:
    """Every checkpoint that the auditor shows, the oldest first.

    Trouble where one is not signed with the key: the public one in the data folder, when it is
    there, else the one that the auditor names.
    """
    found = await _all(services)
    check_signed(found, await _key(services, public_file(key_file(data))))
    return found


async def _all(services: Services) -> list[Kept]:
    found = list[Kept]()
    while True:
        after = found[-1].checkpoint.size if found else 0
        page = await services.get(AUDITOR, "/checkpoints", after=str(after))
        try:
            found += [
                Kept.of(each["note"], datetime.fromisoformat(each["signed_at"])) for each in page
            ]
        except (NoteError, KeyError, ValueError) as error:
            raise Trouble(f"the auditor answers what is no checkpoint: {error}") from None
        if not page:
            return found


async def _in_store(url: str) -> list[Kept]:
    def ask(connection: Connection) -> list[Kept]:
        return AuditorStore(connection, datetime.now(UTC)).checkpoints()

    database = Database(url)
    try:
        return await database.read(ask)
    except (DBAPIError, NoteError) as error:
        raise Trouble(f"no checkpoints can be read in {database.url!r}: {error}") from None
    finally:
        database.close()


async def _key(services: Services, public: Path) -> Verifier:
    try:
        return Verifier.of(_shown(public) or (await services.get(AUDITOR, "/key"))["key"])
    except NoteError as error:
        raise Trouble(f"the key of the checkpoints cannot be read: {error}") from None


def _shown(public: Path) -> str:
    return public.read_text("utf-8").strip() if public.exists() else ""


def _named(note: str, when: str) -> Named:
    size = [*note.split("\n"), "", ""][1]
    return f"the checkpoint of {size} messages ({when})", note
