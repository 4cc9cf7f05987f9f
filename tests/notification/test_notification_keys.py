"""A contact is read with its own key only, and with none once that is destroyed."""

import stat
from pathlib import Path

import pytest
from notification_service.keys import Contact, Keys
from notification_service.rules import Role

DINKES = Contact(name="Dinas Kesehatan", email="dinkes@luwu.example")
WHOSE: tuple[str, str, Role] = ("kipp-2019", "dinkes", "applicant")


def test_contact_is_read_with_its_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    key = keys.make()
    sealed = keys.seal(key, DINKES, *WHOSE)

    assert keys.unseal(key, sealed, *WHOSE) == DINKES
    assert b"dinkes" not in sealed
    assert keys.seal(key, DINKES, *WHOSE) != sealed, "the same words are not sealed the same"


def test_contact_is_read_with_no_other_key_and_for_no_other_party(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, other = keys.make(), keys.make()
    sealed = keys.seal(key, DINKES, *WHOSE)

    assert keys.unseal(other, sealed, *WHOSE) is None
    assert keys.unseal(key, sealed, "kipp-2019", "dinsos", "applicant") is None
    assert keys.unseal(key, sealed, "kipp-2019", "dinkes", "juror") is None
    assert keys.unseal(key, sealed, "kipp-2020", "dinkes", "applicant") is None
    assert keys.unseal(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), *WHOSE) is None


def test_destroyed_key_reads_nothing_and_is_destroyed_once(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, other = keys.make(), keys.make()
    sealed = keys.seal(key, DINKES, *WHOSE)

    for _ in range(2):
        keys.destroy(key)

    assert keys.unseal(key, sealed, *WHOSE) is None
    assert [each.name for each in tmp_path.iterdir()] == [other]


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "new" / "keys")
    key = keys.make()

    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((keys.folder / key).stat().st_mode) == 0o600
    assert len((keys.folder / key).read_bytes()) == 32


@pytest.mark.parametrize("key", ["", "../private-key.json", "0" * 31, "g" * 32])
def test_what_is_no_id_leads_to_no_file(key: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not the id of a key"):
        Keys(tmp_path).destroy(key)
