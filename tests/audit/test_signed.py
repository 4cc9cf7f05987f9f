"""Checkpoints that are compared with a log: who signed them, and what cannot be read is told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from sayembara.audit.checkpoints import FILE, Checkpoints
from sayembara.audit.note import Signer
from sayembara.audit.replay import Finding
from sayembara.audit.signed import Claims, claims, not_as_signed
from sayembara.audit.tree import Tree
from sayembara.trouble import Trouble

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LEAVES = [sha256(bytes([number])).digest() for number in range(40)]
OTHER = sha256(b"other").digest()


def signed(folder: Path, *sizes: int) -> Checkpoints:
    store = Checkpoints.of_folder(folder)
    for size in sizes:
        store.add(Tree(LEAVES[:size]), NOW)
    return store


def findings(leaves: Sequence[bytes], found: Claims, last: int | None = None) -> list[Finding]:
    return list(not_as_signed(Tree(leaves), len(leaves) if last is None else last, found))


def test_a_log_that_grew_is_as_signed(tmp_path: Path) -> None:
    signed(tmp_path, 3, 8, 20)
    assert findings(LEAVES, claims(tmp_path, (), None)) == []


def test_the_first_checkpoint_that_differs_brackets_the_place(tmp_path: Path) -> None:
    signed(tmp_path, 3, 8, 20)
    (found,) = findings([*LEAVES[:5], OTHER, *LEAVES[6:]], claims(tmp_path, (), None))
    assert found.position == 8
    named = f"line 2 of {tmp_path / FILE} (2026-11-22T03:00:00+00:00) says"
    assert f"{named}: a message at positions 4 to 8 was changed" in found.says


def test_a_message_between_two_neighbours_is_named_alone(tmp_path: Path) -> None:
    signed(tmp_path, 5, 6)
    (found,) = findings([*LEAVES[:5], OTHER], claims(tmp_path, (), None))
    assert "a message at position 6 was changed" in found.says


def test_a_log_with_a_hole_is_compared_up_to_it(tmp_path: Path) -> None:
    signed(tmp_path, 3, 20)
    (found,) = findings(LEAVES[:9], claims(tmp_path, (), None), last=40)
    assert (found.position, "positions 4 to 20" in found.says) == (20, True)


def test_without_a_checkpoint_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert claims(tmp_path, (), None) == Claims()
    assert list(tmp_path.iterdir()) == [], "who checks makes no key"


def test_all_leaves_after_one_that_was_put_in_are_others() -> None:
    (found,) = findings([*LEAVES[:4], OTHER, *LEAVES[4:10]], Claims(leaves=LEAVES))
    assert (found.position, found.says.endswith("nor are 6 after it")) == (5, True)


def test_what_another_key_signed_is_no_checkpoint_of_this_log(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text(signed(tmp_path / "a", 3).all()[0].note, "utf-8")
    known = claims(tmp_path / "a", [kept], str(Signer.new("other").verifier))
    assert len(findings(LEAVES, known)) == 2, "the one in the folder, and the file"
    assert findings(LEAVES, known)[0].says.endswith("it is signed by " + name_in(kept))


def name_in(note: Path) -> str:
    return note.read_text("utf-8").split("\n")[0]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    key = str(Signer.new("other").verifier)
    with pytest.raises(Trouble, match="is signed by whom"):
        claims(tmp_path, [tmp_path / "kept"], None)
    with pytest.raises(Trouble, match="kept cannot be read"):
        claims(tmp_path, [tmp_path / "kept"], key)
    with pytest.raises(Trouble, match="--key is no public key of a log"):
        claims(tmp_path, (), "nonsense")
