"""The tree: the vectors of RFC 6962 implementations, and what its definition says.

LEAVES, ROOTS and SUBTREES are those of `testonly/constants.go` of transparency-dev/merkle (Apache
2.0), which certificate-transparency-go and trillian had before.
"""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sayembara.audit.tree import EMPTY, Tree, proves_consistency, proves_inclusion

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PAIR_0, PAIR_2, PAIR_4, PAIR_6 = (
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
)
FOUR_0 = ROOTS[4]
FOUR_4 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_1, LEAF_4, LEAF_6 = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
)

SIZES = st.integers(1, 200)


def leaf(content: bytes) -> bytes:
    return sha256(b"\x00" + content).digest()


def grown(count: int) -> list[bytes]:
    return [leaf(number.to_bytes(4, "big")) for number in range(count)]


def defined(leaves: list[bytes]) -> bytes:
    """The root, word for word as section 2.1 of the RFC defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\x01" + defined(leaves[:middle]) + defined(leaves[middle:])).digest()


def hexed(proof: list[bytes]) -> list[str]:
    return [each.hex() for each in proof]


def test_the_roots_of_the_eight_leaves_are_those_of_the_vectors() -> None:
    tree = Tree(map(leaf, LEAVES))
    assert [tree.root(size).hex() for size in range(9)] == ROOTS
    assert EMPTY.hex() == ROOTS[0] == Tree().root().hex()


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [LEAF_1, PAIR_2, FOUR_4]),
        (5, 8, [LEAF_4, PAIR_6, FOUR_0]),
        (2, 3, [PAIR_0]),
        (1, 5, [ROOTS[1], PAIR_2, LEAF_4]),
        (6, 7, [PAIR_4, FOUR_0]),
    ],
)
def test_inclusion_proofs_are_those_of_the_vectors(index: int, size: int, proof: list[str]) -> None:
    tree = Tree(map(leaf, LEAVES))
    found = tree.inclusion(index, size)
    assert hexed(found) == proof
    assert proves_inclusion(leaf(LEAVES[index]), index, size, found, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(
    ("old", "size", "proof"),
    [
        (1, 1, []),
        (1, 8, [LEAF_1, PAIR_2, FOUR_4]),
        (6, 8, [PAIR_4, PAIR_6, FOUR_0]),
        (2, 5, [PAIR_2, LEAF_4]),
        (6, 7, [PAIR_4, LEAF_6, FOUR_0]),
        (4, 8, [FOUR_4]),
    ],
)
def test_consistency_proofs_are_those_of_the_vectors(old: int, size: int, proof: list[str]) -> None:
    tree = Tree(map(leaf, LEAVES))
    found = tree.consistency(old, size)
    before, after = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[size])
    assert hexed(found) == proof
    assert proves_consistency(old, size, before, after, found)


@given(SIZES, st.lists(st.integers(0, 200)))
def test_every_root_is_as_defined_however_the_leaves_came(count: int, cuts: list[int]) -> None:
    leaves, tree = grown(count), Tree()
    edges = [0, *sorted(min(each, count) for each in cuts), count]
    for start, end in pairwise(edges):
        tree.extend(leaves[start:end])
    assert tree.size == count
    assert [tree.root(size) for size in (count, count // 2)] == [
        defined(leaves[:size]) for size in (count, count // 2)
    ]
    assert tree.leaf(count - 1) == leaves[-1]


@given(st.data(), SIZES)
def test_a_leaf_is_proved_and_no_other_one_and_nowhere_else(data: st.DataObject, size: int) -> None:
    tree = Tree(grown(250))
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    proof, root = tree.inclusion(index, size), tree.root(size)
    assert proves_inclusion(tree.leaf(index), index, size, proof, root)
    assume(index != other)
    assert not proves_inclusion(tree.leaf(other), index, size, proof, root)
    assert not proves_inclusion(tree.leaf(index), other, size, proof, root)
    assert not proves_inclusion(tree.leaf(index), index, size, proof, tree.root(size + 1))
    assert not proves_inclusion(tree.leaf(index), index, size, proof[:-1], root)
    assert not proves_inclusion(tree.leaf(index), index, size, [*proof, root], root)
    assert not proves_inclusion(tree.leaf(index), size, size, proof, root)


@given(st.data(), SIZES)
def test_growth_is_proved_and_no_other_past(data: st.DataObject, size: int) -> None:
    tree = Tree(grown(200))
    old = data.draw(st.integers(0, size))
    proof, before, after = tree.consistency(old, size), tree.root(old), tree.root(size)
    assert proves_consistency(old, size, before, after, proof)
    assert not proves_consistency(old, size, leaf(b"other"), after, proof)
    assert not proves_consistency(old, size, before, leaf(b"other"), proof) or old == 0
    assert not proves_consistency(old, size, before, after, [*proof, before])
    assert not proves_consistency(size + 1, size, before, after, proof)
    if proof:
        assert not proves_consistency(old, size, before, after, proof[:-1])


def test_a_tree_rebuilt_after_an_edit_is_not_consistent() -> None:
    leaves = grown(100)
    before = Tree(leaves[:60])
    rebuilt = Tree([*leaves[:17], leaf(b"edited"), *leaves[18:]])
    proof = rebuilt.consistency(60)
    assert not proves_consistency(60, 100, before.root(), rebuilt.root(), proof)


def test_what_a_tree_does_not_have_is_not_asked_of_it() -> None:
    tree = Tree(grown(3))
    with pytest.raises(ValueError, match="has 3 leaves, not 4"):
        tree.root(4)
    with pytest.raises(ValueError, match="3 leaves has no leaf 3"):
        tree.inclusion(3)
    with pytest.raises(ValueError, match="3 leaves did not grow from one of 4"):
        tree.consistency(4)
