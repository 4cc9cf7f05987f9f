"""All checkpoints that the auditor has kept: asked of it, or read in its store when it is down."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit.database import Database
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from sayembara.audit.checkpoints import PUBLIC, Kept, check_signed
from sayembara.audit.note import NoteError, Verifier
from sayembara.auditor.store import AuditorStore
from sayembara.play.api import Services
from sayembara.trouble import Trouble


async def kept_checkpoints(services: Services, key: Path | None = None) -> list[Kept]:
    """Every checkpoint that the auditor shows, the oldest first.

    Trouble where one is not signed with the key: the public one in that file, when there is such
    a file, else the one that the auditor names.
    """
    known, found = await _key(services, key), list[Kept]()
    while True:
        after = found[-1].checkpoint.size if found else 0
        page = await services.get("auditor", "/checkpoints", after=str(after))
        found += map(_kept, page)
        if not page:
            check_signed(found, known)
            return found


async def kept_in_store(url: str, key: Verifier) -> list[Kept]:
    """The same, from the auditor's store at this address: while it is stopped, or not trusted."""

    def ask(connection: Connection) -> list[Kept]:
        return AuditorStore(connection, datetime.now(UTC)).checkpoints()

    database = Database(url)
    try:
        found = await database.read(ask)
    except (DBAPIError, NoteError) as error:
        raise Trouble(f"no checkpoints can be read in {database.url!r}: {error}") from None
    finally:
        database.close()
    check_signed(found, key)
    return found


async def _key(services: Services, key: Path | None) -> Verifier:
    public = key.with_name(key.name + PUBLIC) if key else None
    try:
        if public is not None and public.exists():
            return Verifier.of(public.read_text("utf-8").strip())
        return Verifier.of((await services.get("auditor", "/key"))["key"])
    except NoteError as error:
        raise Trouble(f"the key of the checkpoints cannot be read: {error}") from None


def _kept(answer: dict[str, Any]) -> Kept:
    try:
        return Kept.of(answer["note"], datetime.fromisoformat(answer["signed_at"]))
    except (NoteError, KeyError, ValueError) as error:
        raise Trouble(f"the auditor answers what is no checkpoint: {error}") from None
