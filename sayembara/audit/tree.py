"""A Merkle tree that only grows, hashed as RFC 6962 says; its proofs, and how they are checked.

Nothing here knows what a leaf stands for.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from hashlib import sha256

NODE = b"\x01"
"""What RFC 6962 puts before an inner node."""
BYTES = 32
EMPTY = sha256().digest()
"""The root of a tree without leaves."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node over these two."""
    return sha256(NODE + left + right).digest()


class Hashes(ABC):
    """Roots and proofs of a tree, from the hashes of its complete subtrees, wherever they are."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many leaves there are."""

    @abstractmethod
    def at(self, level: int, index: int) -> bytes:
        """The hash over the complete subtree of 2**level leaves with that number, from 0."""

    def leaf(self, index: int) -> bytes:
        """The hash of that leaf, counted from 0."""
        return self.at(0, index)

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves; over all when nothing is said."""
        size = self._known(self.size if size is None else size)
        return self._over(0, size) if size else EMPTY

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that the leaf at `index` is in the tree of that size, from the leaf upwards."""
        size = self._known(self.size if size is None else size)
        if not 0 <= index < size:
            raise ValueError(f"a tree of {size} leaves has no leaf {index}")
        proof, start, end = list[bytes](), 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._over(middle, end))
                end = middle
            else:
                proof.append(self._over(start, middle))
                start = middle
        return proof[::-1]

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree of `size` begins with all of the tree of `old` leaves."""
        size = self._known(self.size if size is None else size)
        if not 0 <= old <= size:
            raise ValueError(f"a tree of {size} leaves did not grow from one of {old}")
        if old in (0, size):
            return []
        proof, start, end = list[bytes](), 0, size
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._over(middle, end))
                end = middle
            else:
                proof.append(self._over(start, middle))
                start = middle
        # Where the old tree is a complete subtree of this one, its root is known already.
        return [*([self._over(start, end)] if start else []), *proof[::-1]]

    def _known(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise ValueError(f"the tree has {self.size} leaves, not {size}")
        return size

    def _over(self, start: int, end: int) -> bytes:
        """The hash over these leaves; `start` is where a subtree of that many begins."""
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self.at(level, start >> level)
        middle = start + _split(count)
        return node_hash(self._over(start, middle), self._over(middle, end))


class Tree(Hashes):
    """A tree in memory: 64 bytes for each leaf, so 64 MB for a million."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self.extend(leaves)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0]) // BYTES

    def at(self, level: int, index: int) -> bytes:
        """The hash over the complete subtree of 2**level leaves with that number, from 0."""
        return bytes(self._levels[level][index * BYTES : (index + 1) * BYTES])

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add the hashes of these leaves, in order; many together are quicker than one by one."""
        self._levels[0] += b"".join(leaves)
        level = 0
        while len(below := self._levels[level]) >= 2 * BYTES:
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            above = self._levels[level]
            whole = len(below) - len(below) % (2 * BYTES)
            above += b"".join(
                sha256(NODE + below[at : at + 2 * BYTES]).digest()
                for at in range(2 * len(above), whole, 2 * BYTES)
            )


def _split(count: int) -> int:
    """The greatest power of two below `count`: how many leaves stand on the left."""
    return 1 << ((count - 1).bit_length() - 1)


def proves_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether this proof leads from the leaf at `index` to the root of the tree of that size."""
    if not 0 <= index < size:
        return False
    found, at, last = leaf, index, size - 1
    for each in proof:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = node_hash(each, found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(
    old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether this proof shows that the tree of `size` leaves begins with the one of `old`."""
    if not 0 <= old <= size:
        return False
    if old == 0:
        return not proof and old_root == EMPTY
    if old == size:
        return not proof and old_root == root
    # A complete old tree is a node of the new one; the proof then leaves its root out.
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, each)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root
