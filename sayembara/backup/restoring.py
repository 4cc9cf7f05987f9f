"""Putting a backup back: every message at its position, every row in its store."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from contracts.operations import NO_EDITION, LogRestored
from kit.database import Database
from kit.heard import Heard
from kit.service import Service
from rich.console import Console

from sayembara import event_log
from sayembara.addresses import LogPlace
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.looking import progress
from sayembara.audit.proving import tree_of
from sayembara.audit.reading import read
from sayembara.audit.tree import Tree
from sayembara.backup import consumers
from sayembara.backup import folder as files
from sayembara.backup.folder import Manifest
from sayembara.backup.kept import check_signatures, checkpoints_in, key_files, not_fitting
from sayembara.backup.messages import Putting, end_of, messages
from sayembara.backup.rows import Tables, fill, first_difference
from sayembara.backup.saying import SPEAKER, Order, say
from sayembara.backup.standing import log_alone
from sayembara.backup.stores import Stores, alone, has_tables, opened, store_urls
from sayembara.documents.sources import SERVICES
from sayembara.event_log import connected
from sayembara.trouble import Trouble


def check(console: Console, folder: Path) -> Manifest:
    """Check the backup alone: every digest, the root, and the checkpoints that were signed."""
    manifest = files.manifest_of(folder)
    if lacking := [each.name for each in SERVICES if each.name not in manifest.stores]:
        text = f"{folder} has no store of {', '.join(lacking)}"
        raise Trouble(f"{text}: put it back with the version that made it ({manifest.version})")
    tree = Tree()
    with progress(console, "check", manifest.messages) as tell:
        for each in messages(files.reading(folder / files.LOG)):
            tree.extend([leaf_hash(each)])
            tell(each.position)
    if (tree.size, files.root_of(tree.root())) != (manifest.messages, manifest.root):
        raise Trouble(f"{folder / files.LOG} is not the log that the manifest tells of")
    signed = checkpoints_in(folder)
    about_them = check_signatures(signed, folder)
    if wrong := not_fitting(tree, signed):
        size = wrong.checkpoint.size
        raise Trouble(f"{folder / files.LOG} is not what was signed up to position {size}")
    text = f"{folder} is whole: {tree.size} messages and {len(manifest.stores)} stores"
    console.print(f"{text}, of {manifest.taken_at.isoformat()}", soft_wrap=True, highlight=False)
    console.print(f"it fits {about_them}", soft_wrap=True, highlight=False)
    return manifest


def restore(console: Console, folder: Path, data: Path, order: Order) -> None:
    """Put all of it back where nothing is yet; what an earlier try has put back is left as it is.

    Trouble, before anything is written, when the backup is not whole, a service runs, or something
    else is there.
    """
    manifest = check(console, folder)
    with log_alone(data) as place, opened(store_urls(data)) as stores, alone(stores):
        there = asyncio.run(_common_start(place, folder))
        lacking = [each for each in SERVICES if not _is_back(stores, each.name, folder)]
        # The stores first: a service that is started too early finds the log too short.
        for service in lacking:
            _fill(console, stores[service.name], service, folder, manifest)
        with progress(console, "log", manifest.messages) as tell:
            root = asyncio.run(_put(place, folder, there, tell))
        if root != manifest.root:
            raise Trouble(f"the log has the root {root} now, and the backup has {manifest.root}")
        console.print(f"log: {manifest.messages - there} messages put back", highlight=False)
        console.print(f"the root is that of the backup: {root}", soft_wrap=True, highlight=False)
        asyncio.run(_put_consumers(console, place, folder))
        _keep_keys(console, folder, data)
        _say(stores, manifest, order)
    console.print("start the services now; then `sayembara audit verify`", highlight=False)


async def _common_start(place: LogPlace, folder: Path) -> int:
    """How much of the backup is on the log; Trouble when anything else is."""
    async with connected(place) as log:
        kept, last = messages(files.reading(folder / files.LOG)), await end_of(log)
        async for batch in read(log, last=last):
            for each in batch:
                if not _same(each, next(kept, None)):
                    text = f"the log holds something else at position {each.position}"
                    raise Trouble(f"{text}: a backup is put back only where there is nothing yet")
    return last


def _same(found: Heard, kept: Heard | None) -> bool:
    return kept is not None and leaf_hash(found) == leaf_hash(kept)


def _is_back(stores: Stores, name: str, folder: Path) -> bool:
    """Whether the store is as in the backup; Trouble when it is neither that nor empty."""
    if not has_tables(stores[name]):
        return False
    with stores[name].readers.connect() as connection:
        tables = Tables(connection)
        if tables.are_empty():
            return False
        kept = files.reading(folder / files.store_file(name))
        if first_difference(kept, tables.lines()) is None:
            return True
    raise Trouble(
        f"the store of {name} is not empty: a backup is put back only where there is nothing yet"
    )


def _fill(
    console: Console, database: Database, service: Service, folder: Path, manifest: Manifest
) -> None:
    facts = manifest.stores[service.name]
    with database.writer.begin() as connection:
        rows = fill(service, connection, files.reading(folder / files.store_file(service.name)))
        if Tables(connection).migrations() != list(facts.migrations):
            raise Trouble(
                f"the store of {service.name} was of another version ({manifest.version}): put it"
                " back with that version, and upgrade then"
            )
    console.print(f"{service.name:<13} {rows} rows put back", highlight=False)


async def _put(place: LogPlace, folder: Path, there: int, tell: Callable[[int], None]) -> str:
    """Put back what comes after `there`; gives the root over the whole log then."""
    await event_log.apply(place)
    async with connected(place) as log:
        kept = messages(files.reading(folder / files.LOG))
        await Putting(log, tell).put(each for each in kept if each.position > there)
        return files.root_of((await tree_of(log)).root())


async def _put_consumers(console: Console, place: LogPlace, folder: Path) -> None:
    those = consumers.read(folder)
    async with connected(place) as log:
        await consumers.put_back(log, those)
    if those:
        text = (
            f"consumers: {len(those)} are sent nothing, or are refused, until you say"
            " `sayembara consumer apply`, once all services run"
        )
        console.print(text, soft_wrap=True, highlight=False)


def _keep_keys(console: Console, folder: Path, data: Path) -> None:
    targets = key_files(data, with_key=True)
    for source, target in zip(key_files(folder, with_key=True), targets, strict=True):
        if not source.exists():
            continue
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.touch(mode=0o600)
            target.write_bytes(source.read_bytes())
        elif target.read_bytes() != source.read_bytes():
            text = f"{target} is there already, with something else, and stays as it is"
            console.print(text, soft_wrap=True, highlight=False)
    if not (private := targets[1]).exists():
        text = (
            f"the key that signs is not in the backup: put it back as {private} (with Docker"
            " Compose it stays where it is, in deploy/private/audit) before the auditor"
        )
        console.print(
            f"{text} starts, which signs with no other one", soft_wrap=True, highlight=False
        )


def _say(stores: Stores, manifest: Manifest, order: Order) -> None:
    if not manifest.messages:
        return
    event = LogRestored(
        edition=NO_EDITION,
        service=SPEAKER,
        position=manifest.messages,
        by=order.by,
        reason=order.reason,
        taken_at=manifest.taken_at,
        root=manifest.root,
    )
    with stores[SPEAKER].writer.begin() as connection:
        say(connection, event, datetime.now(UTC))
