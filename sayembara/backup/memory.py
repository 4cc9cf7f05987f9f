"""What the auditor remembers of the log: the hash of every message that it heard, by position."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kit.heard import Heard
from sqlalchemy import Connection

from sayembara.audit.checkpoints import Kept
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.tree import Hashes
from sayembara.auditor.store import AuditorStore
from sayembara.backup.kept import not_fitting
from sayembara.backup.plan import Row

MessageAt = Callable[[Row, int], Heard]
"""The event of a row as it would be at that position of the log."""


@dataclass(frozen=True)
class Memory:
    """The tree as the auditor heard it, and what was signed."""

    heard: Hashes
    signed: Sequence[Kept]

    @property
    def known(self) -> int:
        """Up to this position something is remembered."""
        return max([self.heard.size, *(each.checkpoint.size for each in self.signed)])

    def differs(self, tree: Hashes) -> str:
        """What the tree is not; empty where it is as it was heard and signed."""
        if (position := first_difference(self.heard, tree)) is not None:
            return f"what the auditor heard at position {position}"
        if wrong := not_fitting(tree, self.signed):
            return f"what was signed up to position {wrong.checkpoint.size}"
        return ""


def memory_of(auditor: Connection) -> Memory:
    """What the auditor's store remembers."""
    store = AuditorStore(auditor, datetime.now(UTC))
    return Memory(store.tree(), store.checkpoints())


def first_difference(left: Hashes, right: Hashes) -> int | None:
    """The first position at which both trees have a leaf, and not the same one; None: nowhere."""
    both = range(1, min(left.size, right.size) + 1)
    at = bisect_left(both, True, key=lambda size: left.root(size) != right.root(size))
    return both[at] if at < len(both) else None


def recalled(rows: Sequence[Row], last: int, heard: Hashes, message: MessageAt) -> list[Row]:
    """The lost rows, with the positions of those that nobody marked and that the auditor heard.

    What a service said first was on the log first: only its next row is compared.
    """
    waiting: dict[str, deque[Row]] = defaultdict(deque)
    for each in rows:
        if each.position is None:
            waiting[each.service].append(each)
    taken, found = {each.position for each in rows}, dict[str, int]()
    for position in range(last + 1, heard.size + 1):
        heads = [queue for queue in waiting.values() if queue and position not in taken]
        for queue in heads:
            if leaf_hash(message(queue[0], position)) == heard.leaf(position - 1):
                found[queue.popleft().event_id] = position
                break
    return [replace(each, position=found.get(each.event_id, each.position)) for each in rows]
