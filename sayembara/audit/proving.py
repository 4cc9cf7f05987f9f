"""What is proved over the log of a running system: checkpoints, bundles, receipts."""

from datetime import UTC, datetime
from pathlib import Path

from kit.log import Log

from sayembara.addresses import LogPlace
from sayembara.audit.bundle import Bundle, edition_of, receipt
from sayembara.audit.checkpoints import Checkpoints, Kept
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.reading import read
from sayembara.audit.tree import Tree
from sayembara.event_log import connected
from sayembara.trouble import Trouble


def audit_folder(data: Path) -> Path:
    """Where the key of the checkpoints and the checkpoints are, in a system's folder."""
    return data / "audit"


async def tree_of(log: Log) -> Tree:
    """The tree over the whole log as it is now; Trouble where a message is missing."""
    tree, end = Tree(), await log.last_position()
    async for messages in read(log, last=end):
        for number, message in enumerate(messages, tree.size + 1):
            if message.position != number:
                raise _hole(number)
        tree.extend(leaf_hash(message) for message in messages)
    if tree.size < end:
        raise _hole(tree.size + 1)
    return tree


def _hole(position: int) -> Trouble:
    return Trouble(f"the log has no message at position {position}: it was removed")


async def sign_log(place: LogPlace, data: Path) -> Kept:
    """Sign the log as it is now; Trouble when it is not what was signed before."""
    async with connected(place) as log:
        tree = await tree_of(log)
    return Checkpoints.of_folder(audit_folder(data)).add(tree, datetime.now(UTC))


async def export(place: LogPlace, data: Path, edition: str, file: Path) -> int:
    """Write the edition's bundle at a checkpoint that is signed now; gives how many events."""
    store = Checkpoints.of_folder(audit_folder(data))
    count = 0
    async with connected(place) as log:
        bundle = _bundle(edition, await tree_of(log), store)
        fresh = file.with_name(f"{file.name}.new")
        with fresh.open("w", encoding="utf-8") as lines:
            lines.write(bundle.first_line())
            async for messages in read(log, last=bundle.signed.checkpoint.size):
                lines.writelines(map(bundle.line, messages))
                count += sum(edition_of(each.subject) == edition for each in messages)
    if not count:
        fresh.unlink()
        raise Trouble(f"the log has no event of the edition '{edition}'")
    fresh.rename(file)
    return count


def _bundle(edition: str, tree: Tree, store: Checkpoints) -> Bundle:
    signed = store.add(tree, datetime.now(UTC))
    older = [each for each in store.all() if 0 < each.checkpoint.size < signed.checkpoint.size]
    return Bundle(edition, tree, signed, store.verifier, older[-1] if older else None)


async def prove(place: LogPlace, data: Path, position: int) -> str:
    """The receipt of one message; Trouble when the log has none there."""
    store = Checkpoints.of_folder(audit_folder(data))
    async with connected(place) as log:
        tree = await tree_of(log)
        if not 1 <= position <= tree.size:
            raise Trouble(f"the log has positions 1 to {tree.size}, and no {position}")
        signed = store.add(tree, datetime.now(UTC))
        found = [each async for batch in read(log, first=position, last=position) for each in batch]
    return receipt(found[0], tree, signed, store.verifier)
