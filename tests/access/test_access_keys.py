"""The key of a data folder, the tokens of the command, and what a service takes as keys."""

import json
import stat
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from kit.access import Route
from kit.tokens import Access, Unknown, Who
from rich.console import Console
from typer.testing import CliRunner

from sayembara import show
from sayembara.__main__ import app
from sayembara.addresses import Addresses
from sayembara.tokens import Signer, from_environment, inbox, nobody, private_key, public_keys
from sayembara.trouble import Trouble
from tests.support.access import SIGNER


def recognised(data: Path, token: str | None) -> Who:
    return Access(public_keys(data)).recognise(token)


def test_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    token = Signer.of_folder(data).token("juror", "j1")
    kept = private_key(data).read_bytes()

    assert stat.S_IMODE(private_key(data).stat().st_mode) == 0o600
    assert stat.S_IMODE(private_key(data).parent.stat().st_mode) == 0o700
    assert "d" not in json.loads(public_keys(data).read_text())["keys"][0]
    Signer.of_folder(data)
    assert private_key(data).read_bytes() == kept
    assert recognised(data, token).subject == "j1"


def test_key_that_cannot_be_read_is_trouble(tmp_path: Path) -> None:
    Signer.of_folder(tmp_path)
    private_key(tmp_path).write_text("{}")
    with pytest.raises(Trouble, match="cannot be read as a signing key"):
        Signer.of_folder(tmp_path)


def test_command_prints_a_token_that_the_services_take(tmp_path: Path) -> None:
    asked = ["token", "applicant", "--subject", "dinkes", "--edition", "e1", "--days", "2"]
    printed = CliRunner().invoke(app, [*asked, "--data", str(tmp_path)])

    who = recognised(tmp_path, printed.stdout.strip())

    assert (who.role, who.subject, who.only_edition) == ("applicant", "dinkes", "e1")
    later = Signer.of_folder(tmp_path).token("applicant", "dinkes", days=2)
    assert abs(who.expires_at - recognised(tmp_path, later).expires_at) < 3600


@pytest.mark.parametrize(
    ("role", "subject"), [("operator", ""), ("juror", "Juri 1"), ("applicant", "Dinkes")]
)
def test_token_that_would_be_nobodys_is_not_made(tmp_path: Path, role: str, subject: str) -> None:
    asked = ["token", role, "--subject", subject, "--data", str(tmp_path)]

    assert "is nobody's subject" in str(CliRunner().invoke(app, asked).exception)


def test_tokens_come_from_the_environment_else_from_the_data_folder(tmp_path: Path) -> None:
    data = {"SAYEMBARA_DATA": str(tmp_path)}

    assert from_environment(data)("operator", "o1") is None
    Signer.of_folder(tmp_path)
    assert recognised(tmp_path, from_environment(data)("juror", "j1", "e1")).role == "juror"
    given = {**data, "SAYEMBARA_TOKEN": "given"}
    assert from_environment(given)("juror", "j1", "e1") == "given"


def test_inbox_is_shown_with_a_token_where_there_is_one() -> None:
    addresses = Addresses({"notification": "http://here"}, "nats://nowhere")

    assert inbox(addresses, nobody) == "http://here/"
    assert inbox(addresses, SIGNER.token).startswith("http://here/?token=ey")


@pytest.mark.parametrize("terminal", [True, False])
def test_token_of_the_inbox_is_shown_on_a_terminal_only(terminal: bool) -> None:
    addresses = Addresses({"notification": "http://here"}, "nats://nowhere")
    seen = StringIO()

    show.show_inbox(Console(file=seen, force_terminal=terminal), addresses, SIGNER.token)

    assert ("http://here/?token=ey" in seen.getvalue()) is terminal


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        "{}",
        '{"keys": []}',
        json.dumps({"keys": [SIGNER._key.as_dict(private=True)]}),
        json.dumps({"keys": [ECKey.generate_key("P-256", private=False).as_dict()]}),
    ],
)
def test_file_without_public_keys_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="SAYEMBARA_TOKEN_KEYS: "):
        Access(path)


def test_several_keys_are_known_side_by_side(tmp_path: Path) -> None:
    signers = [Signer.new(), Signer.new()]
    keys = [json.loads(each.public_keys())["keys"][0] for each in signers]
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": keys}))
    access = Access(path)

    assert {access.recognise(each.token("juror", "j1")).role for each in signers} == {"juror"}
    with pytest.raises(Unknown, match="token_wrong"):
        access.recognise(Signer.new().token("juror", "j1"))


def test_token_that_was_good_before_is_refused_once_it_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access(public_keys(tmp_path))
    token = Signer.of_folder(tmp_path).token("juror", "j1")
    expires_at = access.recognise(token).expires_at

    monkeypatch.setattr("time.time", lambda: expires_at)

    with pytest.raises(Unknown, match="token_expired"):
        access.recognise(token)


def test_token_that_was_good_before_is_looked_at_again_when_the_clock_was_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer, now = Signer.of_folder(tmp_path), int(time.time())
    access = Access(public_keys(tmp_path))
    claims = {"aud": "sayembara", "sub": "j1", "role": "juror", "edition": "*"}
    times = {"nbf": now, "exp": now + 60}
    token = jwt.encode({"alg": "Ed25519"}, {**claims, **times}, signer._key, ["Ed25519"])
    assert access.recognise(token).subject == "j1"

    monkeypatch.setattr("time.time", lambda: now - 60)

    with pytest.raises(Unknown, match="token_wrong"):
        access.recognise(token)


def test_signature_is_verified_once_for_the_tokens_that_came_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    def decode(token: str, *args: Any, **options: Any) -> Any:
        verified.append(token)
        return jwt_decode(token, *args, **options)

    jwt_decode = jwt.decode
    monkeypatch.setattr(jwt, "decode", decode)
    monkeypatch.setattr("kit.tokens.TOKENS_KNOWN", 2)
    access = Access(public_keys(tmp_path))
    one, two, three = (Signer.of_folder(tmp_path).token("juror", each) for each in "abc")

    for token in (one, two, one, two, three, three, one):
        access.recognise(token)

    assert verified == [one, two, three, one]


def test_route_that_does_not_say_who_may_use_it_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="/open must say once who may use it"):
        Route("/open", lambda: None)
