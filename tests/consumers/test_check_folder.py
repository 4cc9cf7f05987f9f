"""The conformance kit: the starters keep every rule, and a naive consumer's faults are named."""

import shutil
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sayembara.consumers.checking.command import check
from sayembara.consumers.checking.folder import check_folder
from sayembara.consumers.checking.judging import Verdict
from sayembara.consumers.checking.report import show_verdicts
from sayembara.consumers.checking.rules import RULES, Rule
from sayembara.consumers.folder import starters
from sayembara.trouble import Trouble
from tests.consumers.folders import made
from tests.support.node import Node

NAIVE = Path(__file__).parent / "naive" / "consumer.py"
QUIET = Console(quiet=True)
ALL = [rule.name for rule in RULES]


async def naive(
    folder: Path, *faults: str, rules: Sequence[Rule] = RULES, patience: float = 15
) -> dict[str, Verdict]:
    """The rules that a consumer with these faults breaks."""
    command = [sys.executable, str(NAIVE), *faults]
    verdicts = await check_folder(QUIET, made(folder / "uji"), command, rules, patience)
    assert [each.rule for each in verdicts] == [rule.name for rule in rules]
    return {each.rule: each for each in verdicts if not each.kept}


async def test_the_python_starter_keeps_every_rule(tmp_path: Path) -> None:
    verdicts = await check_folder(QUIET, made(tmp_path / "uji"), [sys.executable, "starter.py"])

    assert [each.rule for each in verdicts] == ALL
    assert [each for each in verdicts if not each.kept] == []


async def test_the_node_starter_keeps_every_rule(tmp_path: Path, node: Node) -> None:
    folder = made(tmp_path / "uji")
    node.install(folder)

    verdicts = await check_folder(QUIET, folder, [str(node.binary), "starter.mjs"])

    assert [each for each in verdicts if not each.kept] == []


async def test_a_consumer_of_the_internal_view_is_checked_with_whole_events(tmp_path: Path) -> None:
    folder = made(tmp_path / "uji", view="internal", events=("sheet.submitted.v1",))

    verdicts = await check_folder(QUIET, folder, [sys.executable, "starter.py"], RULES[:3])

    assert [each for each in verdicts if not each.kept] == []


async def test_of_the_naive_consumer_exactly_its_faults_are_named(tmp_path: Path) -> None:
    broken = await naive(tmp_path, "double", "crash")

    assert set(broken) == {
        "the same event twice on the stream",
        "connection lost before the acknowledgement",
        "killed before the acknowledgement",
        "an unknown event type",
        "a newer version",
        "rewound to the start",
    }
    twice = broken["the same event twice on the stream"].wrong
    assert [each.split(":")[0] for each in twice] == ["taken more than once"]
    ended = broken["an unknown event type"].wrong
    assert ended == ("it ended by itself with exit code 1: KeyError: 'proposal.sung.v1'",)


async def test_ids_that_do_not_survive_and_fields_that_are_not_expected_are_found(
    tmp_path: Path,
) -> None:
    broken = await naive(tmp_path, "forget", "strict")

    assert set(broken) == {"killed before the acknowledgement", "an unknown field"}


async def test_who_takes_a_position_for_what_is_new_misses_what_a_freeze_held_back(
    tmp_path: Path,
) -> None:
    broken = await naive(tmp_path, "newest", rules=RULES[:2], patience=6)

    assert set(broken) == {"editions in between, positions that go back"}
    late = broken["editions in between, positions that go back"].wrong
    assert [each.split(":")[0] for each in late] == ["never taken"]


async def test_who_acknowledges_nothing_is_told_so(tmp_path: Path) -> None:
    broken = await naive(tmp_path, "deaf", rules=RULES[7:8], patience=6)

    wrong = broken["an unknown field"].wrong
    assert wrong == ("2 messages are not acknowledged",)


async def test_the_report_names_each_rule_with_what_was_expected_and_seen() -> None:
    console = Console(record=True, width=200, file=StringIO())
    verdicts = [Verdict("a rule", "once", ()), Verdict("another", "twice", ("never taken: [x]",))]

    assert not show_verdicts(console, verdicts)
    text = console.export_text()
    assert "another" in text
    assert "never taken: [x]" in text
    assert "1 of 2 rules are broken" in text


def test_what_a_receiver_left_beside_the_starters_is_given_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(starters.STARTERS, tmp_path / "starter")
    (copy / "webhook.jsonl").write_text('{"id": "1"}\n')
    (copy / "webhook.sqlite3").write_bytes(b"\xf8")
    monkeypatch.setattr(starters, "STARTERS", copy)
    folder = tmp_path / "lan"
    folder.mkdir()

    starters.add_starters(folder, "lan", "public", ["stage.ranked.v1"])

    assert {each.name for each in folder.iterdir()} == {*starters.FILES, "schemas"}


def test_what_is_no_folder_of_a_consumer_is_trouble(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"has no consumer\.toml"):
        check(str(tmp_path))
    (tmp_path / "consumer.toml").write_text('url = "nats://127.0.0.1:4222"\n')
    with pytest.raises(Trouble, match="does not say stream, durable, key, view, events, command"):
        check(str(tmp_path))


def test_an_address_without_a_secret_or_with_an_event_that_nobody_sees_is_trouble(
    tmp_path: Path,
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("whsec_" + "A" * 32)

    with pytest.raises(Trouble, match="--secret-file"):
        check("https://penerima.example/")
    with pytest.raises(Trouble, match=r"'sheet\.submitted' has no public view"):
        check("https://penerima.example/", secret_file=secret, events="sheet.submitted")
