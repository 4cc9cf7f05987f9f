"""What the one file says where it cannot read what it was given: plainly, and what to give."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sayembara.audit import verify_bundle
from tests.audit.ranking_log import RankingLog
from tests.audit.told import told
from tests.ranking.facts import opened

BEGUN = "<the first line of a bundle>"


Ask = Callable[[str | None, tuple[str, ...]], tuple[int, str]]


@pytest.fixture
def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ask:
    """Its exit code, and what it says of a file with this text; of none where that is None."""

    def ask(text: str | None, options: tuple[str, ...]) -> tuple[int, str]:
        file = tmp_path / "bundle"
        if text is not None:
            file.write_text(text.replace(BEGUN, first_line(tmp_path / "right")), "utf-8")
        monkeypatch.setattr(sys, "argv", ["verify_bundle.py", str(file), *options])
        return verify_bundle.main(), capsys.readouterr().out

    return ask


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", (), "the file is empty, or no bundle and no receipt"),
        ("[]", (), "the file is empty, or no bundle and no receipt"),
        (None, (), "bundle cannot be read: No such file or directory"),
        ("{}", ("--older", "nowhere"), "nowhere cannot be read: No such file or directory"),
        (BEGUN, ("--key", "mine"), "mine is no public key: name+id+base64"),
        (
            BEGUN,
            ("--older", __file__),
            "--older, number 1: the checkpoint cannot be read: it is no",
        ),
        (f"{BEGUN}\n{{", (), "line 2 of the file cannot be read: JSONDecodeError"),
    ],
)
def test_what_cannot_be_read_is_said_plainly(
    asked: Ask, text: str | None, options: tuple[str, ...], says: str
) -> None:
    code, said = asked(text, options)
    assert (code, says in said) == (1, True), said


def first_line(file: Path) -> str:
    log = RankingLog()
    log.others_say(opened())
    told(log, file)
    return file.read_text("utf-8").split("\n")[0]
