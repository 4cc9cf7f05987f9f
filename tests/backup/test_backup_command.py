"""The commands: what they want to be told, and what they do without a running server."""

from pathlib import Path

import pytest

from sayembara.backup import command, restoring
from sayembara.backup.folder import begin
from sayembara.backup.saying import Order
from sayembara.backup.standing import log_alone, log_of
from sayembara.embedded.system import Ports, System
from sayembara.trouble import Trouble
from tests.backup.systems import QUIET, messages_of
from tests.system.embedded import free_ports


def test_who_and_why_must_be_said(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="say with --by and --reason who puts the backup back"):
        command.restore(tmp_path, tmp_path)
    with pytest.raises(Trouble, match="who gives the log back what it lost"):
        command.reconcile(tmp_path)
    with pytest.raises(Trouble, match="--reason: String should have at least 3 characters"):
        Order.of("Bagian Organisasi", "-")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match=r"cannot be made: Not a directory; user \d+ must be able"):
        begin(tmp_path / "file" / "backup")


def test_a_folder_that_is_no_backup_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="is no finished backup"):
        command.restore(tmp_path, tmp_path, check=True)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(Trouble, match="cannot be read"):
        restoring.check(QUIET, tmp_path)


def test_without_an_address_the_folders_own_server_runs_meanwhile(
    played: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = free_ports()
    monkeypatch.delenv("SAYEMBARA_NATS_URL", raising=False)
    monkeypatch.setattr(Ports, "free", lambda: ports)

    with log_alone(played.folder) as place:
        assert place.url == ports.addresses().nats
        again = System(played.folder, ports, rehearsal=True)
        assert messages_of(again)
    with pytest.raises(Trouble, match="no NATS server answers"):
        messages_of(again)


def test_a_folder_that_is_not_there_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAYEMBARA_NATS_URL", raising=False)
    with pytest.raises(Trouble, match="there is no folder"), log_alone(tmp_path / "none"):
        pass
    assert log_of(tmp_path).password_file is None
