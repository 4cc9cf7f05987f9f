"""The tree as it is kept: the leaves in rows of 256, and the hashes over whole rows one by one.

A proof reads some rows by their key, however large the tree is, and nothing is held in memory.
"""

from collections.abc import Callable, Iterator
from functools import cache

from sayembara.audit.tree import BYTES, Hashes, Tree, node_hash

ROW_LEVEL = 8
ROW = 1 << ROW_LEVEL
"""How many leaves stand together in a row."""

Node = tuple[int, int, bytes]
"""The hash over a complete subtree: its level, its number in that level, and the hash."""


class KeptTree(Hashes):
    """The tree over the first `size` leaves, read through `row` and `node` as it is asked."""

    def __init__(
        self, size: int, row: Callable[[int], bytes], node: Callable[[int, int], bytes]
    ) -> None:
        self._size = size
        self._node = node
        # A proof asks for several hashes of the same row.
        self._row = cache(lambda number: Tree([row(number)]))

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    def at(self, level: int, index: int) -> bytes:
        """The hash over the complete subtree of 2**level leaves with that number, from 0."""
        if level >= ROW_LEVEL:
            return self._node(level, index)
        row, inside = divmod(index << level, ROW)
        return self._row(row).at(level, inside >> level)


def rows_with(size: int, last: bytes, leaves: list[bytes]) -> list[tuple[int, bytes]]:
    """The rows that change when these leaves follow the first `size`; `last` is the open row."""
    hashes = last + b"".join(leaves)
    parts = range(0, len(hashes), ROW * BYTES)
    return [
        (size // ROW + number, hashes[at : at + ROW * BYTES]) for number, at in enumerate(parts)
    ]


def nodes_over(rows: list[tuple[int, bytes]], node: Callable[[int, int], bytes]) -> Iterator[Node]:
    """The hashes that are complete with these rows; `node` reads those that were before."""
    fresh: dict[tuple[int, int], bytes] = {}
    for row, hashes in rows:
        if len(hashes) < ROW * BYTES:
            return
        level, number, found = ROW_LEVEL, row, Tree([hashes]).root()
        yield level, number, found
        fresh[level, number] = found
        while number % 2:
            left = fresh.get((level, number - 1)) or node(level, number - 1)
            level, number, found = level + 1, number >> 1, node_hash(left, found)
            yield level, number, found
            fresh[level, number] = found
