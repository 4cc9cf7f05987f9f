"""What is proved over the log of a running system: checkpoints, bundles, receipts.

The auditor signs, as it heard the log. Here the log is read once more, whole, and compared with
everything that was ever signed: so a message that was changed since is found.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.log import Log

from sayembara.addresses import LogPlace
from sayembara.audit.bundle import Bundle, edition_of, receipt
from sayembara.audit.checkpoints import Kept, check_tree
from sayembara.audit.kept import kept_checkpoints
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import Verifier
from sayembara.audit.reading import read
from sayembara.audit.tree import Tree
from sayembara.event_log import connected
from sayembara.play.api import Services
from sayembara.trouble import Trouble

HEAR_SECONDS = 10


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


@dataclass(frozen=True)
class Proved:
    """The log as it is on the server, and what was signed of it; the one fits the other."""

    tree: Tree
    kept: Sequence[Kept]
    key: Verifier

    @property
    def signed(self) -> Kept:
        """The newest checkpoint."""
        return self.kept[-1]

    @property
    def older(self) -> Kept | None:
        """The one before it."""
        return self.kept[-2] if len(self.kept) > 1 else None


async def prove_log(log: Log, services: Services, data: Path) -> Proved:
    """Have the log signed as it is now; Trouble when it is not what was signed, now or before."""
    end = await log.last_position()
    await _have_signed(services, end)
    kept = await kept_checkpoints(services, data)
    tree = await tree_of(log)
    check_tree(kept, tree)
    key = Verifier.of((await services.get("auditor", "/key"))["key"])
    return Proved(tree, kept, key)


async def _have_signed(services: Services, end: int) -> None:
    # The auditor hears a moment later what is on the log.
    for _ in range(HEAR_SECONDS):
        newest = await services.post("auditor", "/checkpoints")
        if newest["size"] >= end:
            return
        await asyncio.sleep(1)
    text = f"the auditor has signed {newest['size']} messages, and the log has {end}"
    raise Trouble(f"{text}; `sayembara status` shows what keeps it")


async def sign_log(place: LogPlace, services: Services, data: Path) -> Kept:
    """The log as it is now, signed; Trouble when it is not what was signed before."""
    async with connected(place) as log:
        return (await prove_log(log, services, data)).signed


async def export(place: LogPlace, services: Services, data: Path, edition: str, file: Path) -> int:
    """Write the edition's bundle at a checkpoint that is signed now; gives how many events."""
    count = 0
    async with connected(place) as log:
        proved = await prove_log(log, services, data)
        bundle = Bundle(edition, proved.tree, proved.signed, proved.key, proved.older)
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


async def prove(place: LogPlace, services: Services, data: Path, position: int) -> str:
    """The receipt of one message; Trouble when the log has none there."""
    async with connected(place) as log:
        proved = await prove_log(log, services, data)
        if not 1 <= position <= proved.signed.checkpoint.size:
            size = proved.signed.checkpoint.size
            raise Trouble(f"the log has positions 1 to {size}, and no {position}")
        found = [each async for batch in read(log, first=position, last=position) for each in batch]
    return receipt(found[0], proved.tree, proved.signed, proved.key)
