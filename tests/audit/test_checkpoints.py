"""Checkpoints that were kept, compared with a log; and the key that nobody else reads."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from sayembara.audit.checkpoints import Kept, check_signed, check_tree, public_file, signer_of
from sayembara.audit.note import Checkpoint, Signer, Verifier, sign
from sayembara.audit.tree import Tree
from sayembara.trouble import Trouble

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LEAVES = [sha256(bytes([number])).digest() for number in range(40)]
SIGNER = Signer.new("test/log")


def signed(*sizes: int) -> list[Kept]:
    return [kept(size, NOW + timedelta(minutes=number)) for number, size in enumerate(sizes)]


def kept(size: int, at: datetime = NOW) -> Kept:
    text = Checkpoint(SIGNER.name, size, Tree(LEAVES[:size]).root()).text()
    return Kept.of(sign(text, SIGNER), at)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "audit" / "checkpoint-key"
    first, again = signer_of(path), signer_of(path)
    public = path.with_name("checkpoint-key.public").read_text().strip()
    assert first.verifier == again.verifier == Verifier.of(public)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_no_other_key_is_made_where_the_public_half_is_left(tmp_path: Path) -> None:
    path = tmp_path / "key"
    public = signer_of(path).verifier
    path.unlink()
    with pytest.raises(Trouble, match=r"private key to .*key\.public is missing: put it"):
        signer_of(path)
    assert public_file(path).read_text().strip() == str(public)


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("PRIVATE+KEY+nonsense")
    with pytest.raises(Trouble, match="cannot be read as a signing key"):
        signer_of(tmp_path / "key")


@pytest.mark.parametrize("sizes", [(), (3, 8, 40)])
def test_a_log_that_only_grew_fits_all_that_was_signed(sizes: Sequence[int]) -> None:
    check_tree(signed(*sizes), Tree(LEAVES))
    check_signed(signed(*sizes), SIGNER.verifier)


def test_a_changed_message_is_refused_and_its_place_is_bracketed() -> None:
    edited = Tree([*LEAVES[:5], sha256(b"edited").digest(), *LEAVES[6:]])
    with pytest.raises(Trouble, match=r"signed on 2026-11-22 03:01.* positions 4 to 8 was changed"):
        check_tree(signed(3, 8, 20), edited)


def test_a_tail_that_was_cut_off_is_refused() -> None:
    with pytest.raises(Trouble, match=r"has 19 messages; 20 were signed on .*: its end was"):
        check_tree(signed(8, 20), Tree(LEAVES[:19]))


def test_a_forged_checkpoint_is_named() -> None:
    forged = Kept.of(kept(20).note.replace("\n20\n", "\n21\n"), NOW)
    with pytest.raises(Trouble, match="the checkpoint of 21 messages is forged: the signature"):
        check_signed([kept(8), forged], SIGNER.verifier)
