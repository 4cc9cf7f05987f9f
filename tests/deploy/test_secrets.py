"""The secrets: random, private, kept; and read from their files."""

import stat
from pathlib import Path

import pytest
from kit.log import Drift, Log
from kit.settings import Settings

from sayembara.addresses import LogPlace, admin_password
from sayembara.deploy.nats_config import USERS
from sayembara.deploy.secrets import make_deployment_secrets
from sayembara.embedded.nats_server import nats_command
from tests.support.nats import NatsServer
from tests.support.system import connected


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_embedded_form_keeps_its_passwords_to_its_owner(tmp_path: Path) -> None:
    nats_command(tmp_path, 1, 2, 3)
    secrets = tmp_path / "secrets"
    assert mode(secrets) == 0o700
    names = {f"nats_{user}" for user in USERS} | {"nats_passwords.conf"}
    assert {path.name: mode(path) for path in secrets.iterdir()} == dict.fromkeys(names, 0o600)
    configuration = tmp_path / "nats-server.conf"
    assert mode(configuration) == 0o600
    for name in names - {"nats_passwords.conf"}:
        assert (secrets / name).read_text().strip() not in configuration.read_text()


def test_every_password_is_another_one_and_stays_when_made_again(tmp_path: Path) -> None:
    make_deployment_secrets(tmp_path)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    passwords = [text for name, text in made.items() if not name.endswith(".conf")]
    assert len(passwords) == len(set(passwords)) == 13
    assert min(map(len, passwords)) >= 43
    make_deployment_secrets(tmp_path)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made


def test_a_deployments_secrets_are_behind_a_folder_of_their_owner(tmp_path: Path) -> None:
    make_deployment_secrets(tmp_path)
    assert mode(tmp_path / "secrets") == 0o700
    assert {mode(path) for path in (tmp_path / "secrets").iterdir()} == {0o444}


def test_the_stores_password_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/word\n")
    url = "postgresql://sayembara@store/ranking"
    settings = Settings(database_url=url, database_password_file=file)
    assert settings.store_url() == "postgresql://sayembara:p%40ss%2Fword@store/ranking"
    assert Settings(database_url=url).store_url() == url


def test_the_command_finds_the_log_of_the_data_folder(tmp_path: Path) -> None:
    assert LogPlace.from_environment({"SAYEMBARA_DATA": str(tmp_path)}).password_file is None
    nats_command(tmp_path, 1, 2, 3)
    found = LogPlace.from_environment({"SAYEMBARA_DATA": str(tmp_path)})
    assert found == LogPlace("nats://127.0.0.1:14222", "admin", admin_password(tmp_path), 1)


def test_the_command_takes_what_the_environment_says(tmp_path: Path) -> None:
    file = tmp_path / "password"
    environment = {
        "SAYEMBARA_NATS_URL": "nats://nats:4222",
        "SAYEMBARA_NATS_USER": "operator",
        "SAYEMBARA_NATS_PASSWORD_FILE": str(file),
        "SAYEMBARA_LOG_REPLICAS": "3",
    }
    found = LogPlace.from_environment(environment)
    assert found == LogPlace("nats://nats:4222", "operator", file, 3)


async def test_a_log_on_fewer_servers_than_asked_for_is_told(nats_server: NatsServer) -> None:
    async with connected(nats_server) as client:
        with pytest.raises(Drift, match=r"\{'num_replicas': 1\} instead of \{'num_replicas': 3\}"):
            await Log(client, replicas=3).check_stream()
