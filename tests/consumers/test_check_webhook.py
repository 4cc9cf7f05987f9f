"""The check of a webhook's endpoint: our receivers keep every rule, a naive one does not."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from notification_service.webhooks.rules import secret_of
from standardwebhooks import Webhook, WebhookVerificationError

from sayembara.consumers.checking.signing import read_secret, signed
from sayembara.consumers.checking.webhook import RULES, Endpoint, check_endpoint
from sayembara.consumers.folder.starters import STARTERS
from sayembara.trouble import Trouble
from tests.support.nats import free_port, wait_for_port
from tests.support.node import Node

NAIVE = Path(__file__).parent / "naive" / "receiver.py"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(secret_of(os.urandom(32)) + "\n", "ascii")
    return path


@contextmanager
def receiving(folder: Path, program: Path, *runs: str) -> Iterator[str]:
    """The program at work in a folder of its own; gives its address."""
    copy = folder / program.name
    copy.write_bytes(program.read_bytes())
    port = free_port()
    process = subprocess.Popen(
        [*runs, str(copy), str(folder / "secret.txt"), str(port)],
        env={**os.environ, "SAYEMBARA_CHECK": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()


def endpoint(url: str, secret_file: Path, *, tells: bool = True) -> Endpoint:
    return Endpoint(
        url, read_secret(secret_file), f"{url}taken" if tells else None, ("proposal.awarded.v1",)
    )


async def test_the_python_receiver_keeps_every_rule(tmp_path: Path, secret_file: Path) -> None:
    with receiving(tmp_path, STARTERS / "webhook.py", sys.executable) as url:
        verdicts, beside = await check_endpoint(endpoint(url, secret_file))

    assert [each.rule for each in verdicts] == [name for name, _, _ in RULES]
    assert [each for each in verdicts if not each.kept] == []
    assert len(beside) == 1


async def test_the_node_receiver_keeps_every_rule(
    tmp_path: Path, secret_file: Path, node: Node
) -> None:
    with receiving(tmp_path, STARTERS / "webhook.mjs", str(node.binary)) as url:
        verdicts, _ = await check_endpoint(endpoint(url, secret_file))

    assert [each for each in verdicts if not each.kept] == []


@pytest.mark.parametrize("name", ["webhook.py", "webhook.mjs"])
@pytest.mark.parametrize("text", ["", "whsec_\n", "'lokal' is sent events; its secret:\n"])
def test_a_receiver_without_a_secret_says_so(
    tmp_path: Path, node: Node, name: str, text: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(text, "ascii")
    runs = node.binary if name.endswith(".mjs") else sys.executable
    ended = subprocess.run(
        [runs, STARTERS / name, secret, "1"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"webhook: {secret} holds no secret")


async def test_of_a_naive_receiver_exactly_its_faults_are_named(
    tmp_path: Path, secret_file: Path
) -> None:
    with receiving(tmp_path, NAIVE, sys.executable) as url:
        verdicts, _ = await check_endpoint(endpoint(url, secret_file))

    broken = {each.rule: each.wrong for each in verdicts if not each.kept}
    assert set(broken) == {
        "the same message twice",
        "a range sent again",
        "a wrong signature",
        "a changed body",
        "a message of long ago",
        "an unknown event type",
        "a newer version",
    }
    answered, taken = broken["a wrong signature"]
    assert answered == "it was answered with 204 instead of 4xx"
    assert taken.startswith("taken, though it must not be: proposal.awarded.v1 at ")
    unknown = broken["an unknown event type"]
    assert unknown == ("proposal.sung.v1 was answered with 500 instead of 2xx",)


async def test_who_does_not_tell_what_it_took_is_judged_by_its_answers_alone(
    tmp_path: Path, secret_file: Path
) -> None:
    with receiving(tmp_path, NAIVE, sys.executable) as url:
        verdicts, beside = await check_endpoint(endpoint(url, secret_file, tells=False))

    broken = {each.rule for each in verdicts if not each.kept}
    assert "the same message twice" not in broken
    assert "a wrong signature" in broken
    assert any("--taken" in each for each in beside)


async def test_an_address_where_nothing_answers_is_trouble(secret_file: Path) -> None:
    with pytest.raises(Trouble, match="nothing answers at"):
        await check_endpoint(endpoint(f"http://127.0.0.1:{free_port()}/", secret_file))


def test_the_reference_library_verifies_what_is_signed(secret_file: Path) -> None:
    now = int(time.time())
    secrets = [secret_of(os.urandom(32)), read_secret(secret_file)]
    theirs = Webhook(secret_file.read_text("ascii").strip())

    theirs.verify(b'{"a": 1}', signed(secrets, "one", now, b'{"a": 1}'))
    with pytest.raises(WebhookVerificationError):
        theirs.verify(b'{"a": 2}', signed(secrets, "one", now, b'{"a": 1}'))


def test_a_file_without_a_secret_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    with pytest.raises(Trouble, match="holds no secret"):
        read_secret(tmp_path / "empty")
