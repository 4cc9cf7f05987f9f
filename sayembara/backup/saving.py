"""Taking a backup while the system runs."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from kit import checkpoint
from rich.console import Console
from sqlalchemy import Connection

from sayembara.addresses import LogPlace
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.looking import progress
from sayembara.audit.reading import read
from sayembara.audit.tree import Tree
from sayembara.backup import consumers
from sayembara.backup import folder as files
from sayembara.backup.folder import Manifest, StoreFacts
from sayembara.backup.kept import key_files
from sayembara.backup.messages import line
from sayembara.backup.rows import Tables
from sayembara.backup.standing import log_of
from sayembara.backup.stores import must_be_there, one_moment, opened, store_urls
from sayembara.event_log import connected
from sayembara.trouble import Trouble


def backup(console: Console, folder: Path, data: Path, *, with_key: bool) -> str:
    """Write the log, every store and the checkpoints to the folder; gives the manifest's digest.

    All of it is of one moment: no store knows more than the log, nor the log more than whoever
    said it.
    """
    place, taken_at = log_of(data), datetime.now(UTC)
    files.begin(folder)
    _copy_keys(data, folder, with_key=with_key)
    with opened(store_urls(data)) as stores:
        for name, database in stores.items():
            must_be_there(name, database)
        # First of all: what a consumer acknowledges later may not be in the backup.
        said = asyncio.run(_save_consumers(place, folder))
        console.print(f"{'consumers':<13} {said}", highlight=False)
        with one_moment(stores, lambda: asyncio.run(_end(place))) as (views, end):
            found = {name: _save_store(console, folder, name, each) for name, each in views.items()}
    with progress(console, "log", end) as tell:
        tree = asyncio.run(_save_log(place, folder, end, tell))
    manifest = Manifest(
        format=files.FORMAT,
        version=version("sayembara-shared"),
        taken_at=taken_at,
        messages=tree.size,
        root=files.root_of(tree.root()),
        stores=found,
        files=files.digests(folder),
    )
    digest = files.finish(folder, manifest)
    rows = sum(each.rows for each in found.values())
    text = f"{tree.size} messages and {rows} rows of {len(found)} stores are in {folder}"
    console.print(text, soft_wrap=True, highlight=False)
    return digest


async def _save_consumers(place: LogPlace, folder: Path) -> str:
    async with connected(place) as log:
        if log.only_reads:
            return "their places are not kept: with a key that only reads they are not seen"
        found = await consumers.places(log)
    consumers.write(folder, found)
    return f"{len(found)} places"


async def _end(place: LogPlace) -> int:
    async with connected(place) as log:
        return await log.last_position()


def _copy_keys(data: Path, folder: Path, *, with_key: bool) -> None:
    copies = key_files(folder, with_key=with_key)
    for source, copy in zip(key_files(data, with_key=with_key), copies, strict=True):
        if source.exists():
            copy.parent.mkdir(mode=0o700, exist_ok=True)
            copy.touch(mode=0o600)
            copy.write_bytes(source.read_bytes())


def _save_store(console: Console, folder: Path, name: str, view: Connection) -> StoreFacts:
    tables, rows = Tables(view), 0
    with files.writing(folder / files.store_file(name)) as file:
        for each in tables.lines():
            file.write(each)
            rows += each.startswith("[")
    console.print(f"{name:<13} {rows} rows", highlight=False)
    return StoreFacts(
        migrations=tuple(tables.migrations()), position=checkpoint.read(view), rows=rows
    )


async def _save_log(place: LogPlace, folder: Path, end: int, tell: Callable[[int], None]) -> Tree:
    tree = Tree()
    async with connected(place) as log:
        with files.writing(folder / files.LOG) as file:
            async for batch in read(log, last=end):
                for number, each in enumerate(batch, tree.size + 1):
                    if each.position != number:
                        raise _hole(number)
                tree.extend(leaf_hash(each) for each in batch)
                file.writelines(map(line, batch))
                tell(tree.size)
    if tree.size < end:
        raise _hole(tree.size + 1)
    return tree


def _hole(position: int) -> Trouble:
    text = f"the log has no message at position {position}, so this is no backup of it"
    return Trouble(f"{text}: look with `sayembara audit verify`")
