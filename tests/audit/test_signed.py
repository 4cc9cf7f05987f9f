"""Checkpoints that are compared with a log: who signed them, and what cannot be read is told."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from sayembara.audit.checking import of_signed
from sayembara.audit.note import Checkpoint, Signer, sign
from sayembara.audit.replay import Finding
from sayembara.audit.signed import Claims, claims, claims_of, not_as_signed
from sayembara.audit.tree import Tree
from sayembara.trouble import Trouble

SIGNER = Signer.new("test/log")
LEAVES = [sha256(bytes([number])).digest() for number in range(40)]
OTHER = sha256(b"other").digest()


def signed(*sizes: int) -> Claims:
    return claims_of(((f"the one of {size}", note(size)) for size in sizes), SIGNER.verifier)


def note(size: int) -> str:
    return sign(Checkpoint(SIGNER.name, size, Tree(LEAVES[:size]).root()).text(), SIGNER)


def findings(leaves: Sequence[bytes], found: Claims, last: int | None = None) -> list[Finding]:
    return list(not_as_signed(Tree(leaves), len(leaves) if last is None else last, found))


def test_a_log_that_grew_is_as_signed() -> None:
    known = signed(3, 8, 20)
    assert findings(LEAVES, known) == []


def test_the_first_checkpoint_that_differs_brackets_the_place() -> None:
    known = signed(3, 8, 20)
    (found,) = findings([*LEAVES[:5], OTHER, *LEAVES[6:]], known)
    assert found.position == 8
    assert "the one of 8 says: a message at positions 4 to 8 was changed" in found.says


def test_a_message_between_two_neighbours_is_named_alone() -> None:
    known = signed(5, 6)
    (found,) = findings([*LEAVES[:5], OTHER], known)
    assert "a message at position 6 was changed" in found.says


def test_a_log_with_a_hole_is_compared_up_to_it() -> None:
    known = signed(3, 20)
    (found,) = findings(LEAVES[:9], known, last=40)
    assert (found.position, "positions 4 to 20" in found.says) == (20, True)


def test_without_a_checkpoint_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert claims([("one", note(3))], (), tmp_path / "key.public", None) == Claims()
    assert list(tmp_path.iterdir()) == [], "who checks makes no key"


def test_all_leaves_after_one_that_was_put_in_are_others() -> None:
    (found,) = findings([*LEAVES[:4], OTHER, *LEAVES[4:10]], Claims(leaves=LEAVES))
    assert (found.position, found.says.endswith("nor are 6 after it")) == (5, True)


def test_what_another_key_signed_is_no_checkpoint_of_this_log(tmp_path: Path) -> None:
    kept, other = tmp_path / "kept", str(Signer.new("other").verifier)
    kept.write_text(note(3), "utf-8")
    known = claims([("one", note(3))], [kept], tmp_path / "key.public", other)
    assert len(findings(LEAVES, known)) == 2, "the one that was kept, and the file"
    assert findings(LEAVES, known)[0].says.endswith("it is signed by " + name_in(kept))


def test_the_page_says_why_no_checkpoint_is_compared() -> None:
    forged = Claims(forged=["one is no checkpoint of this log"])
    (line,) = of_signed(forged)
    assert line.endswith("none, for this key has signed none of them: is it the log's?")
    (line,) = of_signed(Claims())
    assert line.endswith("none, for none is kept here, and none was given")


def name_in(note: Path) -> str:
    return note.read_text("utf-8").split("\n")[0]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    key = str(Signer.new("other").verifier)
    with pytest.raises(Trouble, match="is signed by whom"):
        claims((), [tmp_path / "kept"], tmp_path / "none", None)
    with pytest.raises(Trouble, match="kept cannot be read"):
        claims((), [tmp_path / "kept"], tmp_path / "none", key)
    with pytest.raises(Trouble, match="--key is no public key of a log"):
        claims((), (), tmp_path / "none", "nonsense")
