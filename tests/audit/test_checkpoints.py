"""The checkpoints in a folder: each consistent with all before, and the key nobody else reads."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from sayembara.audit.checkpoints import FILE, KEY, PUBLIC_KEY, Checkpoints
from sayembara.audit.note import Verifier, opened
from sayembara.audit.tree import Tree
from sayembara.trouble import Trouble

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LEAVES = [sha256(bytes([number])).digest() for number in range(40)]


def signed(folder: Path, *sizes: int) -> Checkpoints:
    store = Checkpoints.of_folder(folder)
    for number, size in enumerate(sizes):
        store.add(Tree(LEAVES[:size]), NOW + timedelta(minutes=number))
    return store


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    first, again = Checkpoints.of_folder(folder), Checkpoints.of_folder(folder)
    assert first.verifier == again.verifier
    assert first.verifier == Verifier.of((folder / PUBLIC_KEY).read_text().strip())
    assert (folder / KEY).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0


def test_checkpoints_are_kept_in_order_and_signed(tmp_path: Path) -> None:
    store = signed(tmp_path, 3, 8, 40)
    kept = Checkpoints.of_folder(tmp_path).all()
    assert [(each.checkpoint.size, each.checkpoint.root) for each in kept] == [
        (size, Tree(LEAVES[:size]).root()) for size in (3, 8, 40)
    ]
    assert [each.at for each in kept] == [NOW + timedelta(minutes=each) for each in range(3)]
    assert store.last() == kept[-1]
    assert opened(kept[0].note, [store.verifier]).text == kept[0].checkpoint.text()


def test_nothing_new_is_signed_when_nothing_came(tmp_path: Path) -> None:
    store = signed(tmp_path, 8, 8)
    assert [each.at for each in store.all()] == [NOW]


def test_a_changed_message_is_refused_and_its_place_is_bracketed(tmp_path: Path) -> None:
    store = signed(tmp_path, 3, 8, 20)
    edited = Tree([*LEAVES[:5], sha256(b"edited").digest(), *LEAVES[6:]])
    with pytest.raises(Trouble, match=r"signed on 2026-11-22 03:01.* positions 4 to 8 was changed"):
        store.add(edited, NOW)
    assert len(store.all()) == 3


def test_a_tail_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    store = signed(tmp_path, 8, 20)
    with pytest.raises(Trouble, match=r"has 19 messages; 20 were signed on .*: its end was"):
        store.add(Tree(LEAVES[:19]), NOW)


def test_a_forged_checkpoint_is_named_with_its_line(tmp_path: Path) -> None:
    store = signed(tmp_path, 8, 20)
    file = tmp_path / FILE
    file.write_text(file.read_text().replace("\\n20\\n", "\\n21\\n"))
    with pytest.raises(Trouble, match="line 2, is no checkpoint: the signature"):
        store.add(Tree(LEAVES), NOW)


def test_a_line_that_broke_off_is_written_again(tmp_path: Path) -> None:
    store = signed(tmp_path, 8)
    whole = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(whole + whole[:50])
    store.add(Tree(LEAVES), NOW)
    assert [each.checkpoint.size for each in store.all()] == [8, 40]


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    signed(tmp_path)
    (tmp_path / KEY).write_text("PRIVATE+KEY+nonsense")
    with pytest.raises(Trouble, match="cannot be read as a signing key"):
        Checkpoints.of_folder(tmp_path)
