"""Bundles of played editions: they verify without Sayembara, and whatever was touched is named."""

import ast
import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sayembara.addresses import key_file
from sayembara.audit import verify_bundle
from sayembara.audit.bundle import Bundle, receipt
from sayembara.audit.checkpoints import Kept, check_tree, signer_of
from sayembara.audit.kept import kept_checkpoints
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import Checkpoint, Signer, sign
from sayembara.audit.reading import Logged
from sayembara.audit.tree import Tree
from sayembara.embedded.running import Embedded
from sayembara.trouble import Trouble
from tests.audit.editions import SMALL, play_small, read_log
from tests.system.command import sayembara, told
from tests.system.embedded import embedded, play_example, services_of

LARGE = "kipp-luwu-utara-2019"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
VERIFIER = Path(verify_bundle.__file__)


@dataclass(frozen=True)
class Played:
    """Two editions on one log, what the command wrote of them, and the checkpoint in between."""

    folder: Path
    messages: list[Logged]
    between: str
    signer: Signer
    kept: list[Kept]

    def bundle(self, edition: str) -> Path:
        return self.folder / f"{edition}.jsonl"

    @property
    def first(self) -> int:
        """How many messages the checkpoint in between is over."""
        return int(self.between.split("\n")[1])

    @property
    def key(self) -> str:
        return str(self.signer.verifier)

    def sizes(self, edition: str) -> tuple[int, int]:
        """How many messages the bundle's checkpoint is over, and the one before it."""
        first = json.loads(self.bundle(edition).read_text("utf-8").split("\n")[0])
        notes = (first["checkpoint"], first["older"]["checkpoint"])
        size, older = (int(note.split("\n")[1]) for note in notes)
        return size, older


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("played")
    with embedded(folder / "data") as system:
        asyncio.run(play_example(system))
        between = told(system, "audit", "checkpoint")
        asyncio.run(play_small(system))
        for edition in (LARGE, SMALL):
            told(system, "audit", "export", edition, str(folder / f"{edition}.jsonl"))
        (folder / "receipt.json").write_text(told(system, "audit", "prove", "30"))
        refused = sayembara(system, "audit", "export", "nobody-2026", str(folder / "none.jsonl"))
        assert (refused.returncode, list(folder.glob("none*"))) == (1, [])
        assert "no event of the edition 'nobody-2026'" in refused.stderr
        nowhere = sayembara(system, "audit", "export", SMALL, str(folder / "no" / "folder"))
        assert nowhere.stderr == f"sayembara: {folder}/no/folder.new: No such file or directory\n"
        kept = asyncio.run(kept_of(system))
        messages = read_log(system.system.log_place())[: kept[-1].checkpoint.size]
        signer = signer_of(key_file(system.system.folder))
    return Played(folder, messages, between, signer, kept)


async def kept_of(system: Embedded) -> list[Kept]:
    async with services_of(system) as services:
        return await kept_checkpoints(services, system.system.folder)


def verified(file: Path, *options: str) -> tuple[int, str]:
    """What the one file says when it is alone in a folder, with its exit code."""
    alone = file.parent / "alone"
    alone.mkdir(exist_ok=True)
    shutil.copy(VERIFIER, alone)
    done = subprocess.run(
        [sys.executable, VERIFIER.name, str(file), *options],
        cwd=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_it_needs_nothing_but_python_and_cryptography() -> None:
    found = set()
    for node in ast.walk(ast.parse(VERIFIER.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    roots = {each.split(".")[0] for each in found}
    assert roots - sys.stdlib_module_names == {"cryptography"}


def test_the_example_verifies_and_its_standings_are_worked_out_again(played: Played) -> None:
    code, told = verified(played.bundle(LARGE), "--key", played.key)
    assert (code, told.count("WRONG"), told.count("note  ")) == (0, 0, 1), told
    assert "note   the award 'partisipatif' went to p08, p09, p10, by decision" in told
    size, older = played.sizes(LARGE)
    assert f"all {size} messages of the log are here" in told
    assert f"the log grew from the {older} messages that were signed before" in told
    assert "'presentasi': worked out again from the sheets, rank, score, advanced of all 27" in told
    assert told.endswith("nothing is wrong\n")


def test_every_turn_of_the_common_rules_is_worked_out(played: Played) -> None:
    code, told = verified(played.bundle(SMALL), "--key", played.key)
    assert code == 0, told
    assert "'meja': worked out again from the sheets, rank, score, advanced of all 4" in told
    assert "'tamu': worked out again from the sheets, rank, score, advanced of all 3" in told
    assert "'akhir': worked out again from the sheets, rank, score, advanced of all 3" in told


def test_a_kept_checkpoint_is_compared(played: Played, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text(played.between, "utf-8")
    code, told = verified(played.bundle(SMALL), "--older", str(kept))
    assert code == 0
    assert f"begins with the {played.first} messages of the checkpoint that you kept" in told
    assert f"compare it with the published one: {played.key}" in told


def test_nothing_of_another_edition_is_told_beyond_its_headers(played: Played) -> None:
    lines = [json.loads(line) for line in played.bundle(SMALL).read_text("utf-8").split("\n")[1:-1]]
    others = [line for line in lines if f".{SMALL}." not in line["subject"]]
    assert len(others) >= played.first
    assert {name for line in others for name in line} == {
        "position",
        "subject",
        "headers",
        "sha256",
    }


Lines = list[dict[str, Any]]


def at(lines: Lines, kind: str) -> int:
    """Where the first event of that kind is, with a body."""
    return next(
        number
        for number, line in enumerate(lines)
        if "body" in line and line["headers"]["ce-type"] == kind
    )


def change_a_mark(lines: Lines) -> str:
    line = lines[at(lines, "sheet.submitted.v1")]
    line["body"] = line["body"].replace('"value":"', '"value":"1', 1)
    return f"position {line['position']} ({line['subject']}) is not what was signed"


def change_a_header(lines: Lines) -> str:
    line = lines[at(lines, "sheet.submitted.v1")]
    line["headers"]["ce-time"] = "2026-01-01T00:00:00Z"
    return f"position {line['position']} ({line['subject']}) is not what was signed"


def remove_an_event(lines: Lines) -> str:
    where = at(lines, "juror.seated.v1")
    place = lines.pop(where)["position"]
    return f"position {place + 1} ({lines[where]['subject']}) stands where {place} should"


def remove_an_event_and_close_the_gap(lines: Lines) -> str:
    where = at(lines, "juror.seated.v1")
    del lines[where]
    for line in lines[where:]:
        line["position"] -= 1
    return f"position {lines[where]['position']} ({lines[where]['subject']}) is not what was signed"


def swap_two_events(lines: Lines) -> str:
    where = at(lines, "sheet.submitted.v1")
    lines[where], lines[where + 1] = lines[where + 1], lines[where]
    place = lines[where]["position"]
    return f"position {place} ({lines[where]['subject']}) stands where {place - 1} should"


def insert_an_event(lines: Lines) -> str:
    where = at(lines, "sheet.submitted.v1")
    lines.insert(where + 1, lines[where])
    place = lines[where]["position"]
    return f"position {place} ({lines[where]['subject']}) stands where {place + 1} should"


def hide_an_event(lines: Lines) -> str:
    where = at(lines, "sheet.submitted.v1")
    line = lines[where]
    del line["proof"]
    line["sha256"] = sha256(line.pop("body").encode()).hexdigest()
    return f"position {line['position']} ({line['subject']}): an event of the edition without"


def say_it_as_another_service(lines: Lines) -> str:
    line = lines[at(lines, "sheet.submitted.v1")]
    line["headers"]["ce-source"] = "/sayembara/ranking"
    where = f"position {line['position']} (sheet.submitted.v1)"
    return f"{where} says other things in its headers than in its subject"


def say_nothing_that_can_be_read(lines: Lines) -> str:
    line = lines[at(lines, "sheet.submitted.v1")]
    line["body64"] = "/w=="
    return f"position {line['position']} (sheet.submitted.v1) cannot be read as an event"


def say_it_twice(lines: Lines) -> str:
    where = at(lines, "sheet.submitted.v1")
    first = lines[where]
    lines[where + 1] |= {name: first[name] for name in ("subject", "headers", "body", "proof")}
    place = first["position"]
    return f"position {place + 1} (sheet.submitted.v1) has the id of position {place}"


def cut_off_the_end(lines: Lines) -> str:
    size = len(lines) - 1
    del lines[-3:]
    return f"the {size - 3} messages here are not the {size} that were signed"


def forge_the_checkpoint(lines: Lines) -> str:
    size = len(lines) - 1
    lines[0]["checkpoint"] = lines[0]["checkpoint"].replace(f"\n{size}\n", f"\n{size + 1}\n")
    return "the signature of the checkpoint is not of this key: forged?"


def forge_the_older_checkpoint(lines: Lines) -> str:
    older = lines[0]["older"]
    older["proof"].reverse()
    size = older["checkpoint"].split("\n")[1]
    return f"not so: the log grew from the {size} messages that were signed before"


@pytest.mark.parametrize(
    "tamper",
    [
        change_a_mark,
        change_a_header,
        remove_an_event,
        remove_an_event_and_close_the_gap,
        swap_two_events,
        insert_an_event,
        hide_an_event,
        say_it_as_another_service,
        say_nothing_that_can_be_read,
        say_it_twice,
        cut_off_the_end,
        forge_the_checkpoint,
        forge_the_older_checkpoint,
    ],
)
def test_what_was_touched_is_named(
    played: Played, tmp_path: Path, tamper: Callable[[Lines], str]
) -> None:
    lines = [json.loads(line) for line in played.bundle(SMALL).read_text("utf-8").split("\n")[:-1]]
    named = tamper(lines)
    file = tmp_path / "touched.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    code, told = verified(file, "--key", played.key)
    assert code == 1
    assert f"WRONG  {named}" in told


def test_another_key_is_refused(played: Played) -> None:
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    code, told = verified(played.bundle(SMALL), "--key", other)
    assert (code, "is not signed with the key PeterNeumann" in told) == (1, True)


def rewritten(played: Played, old: bytes, new: bytes) -> list[Logged]:
    """The log as the operator would like it: the first sheet of `tamu` with another mark."""
    messages = list(played.messages)
    where = next(
        number
        for number, each in enumerate(messages)
        if each.event_type == "sheet.submitted.v1" and b'"tamu"' in each.body and old in each.body
    )
    messages[where] = replace(messages[where], body=messages[where].body.replace(old, new))
    return messages


def test_a_log_rewritten_and_signed_anew_by_its_operator_is_caught_twice(
    played: Played, tmp_path: Path
) -> None:
    messages = rewritten(played, b'"value":"-0.05"', b'"value":"-9"')
    before = Kept(Checkpoint.of("x\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"), "", NOW)
    edited = Tree(map(leaf_hash, messages))
    signer = played.signer
    text = Checkpoint(signer.name, edited.size, edited.root()).text()
    signed = replace(before, checkpoint=Checkpoint.of(text), note=sign(text, signer))
    file = tmp_path / "rewritten.jsonl"
    write(Bundle(SMALL, edited, signed, signer.verifier), messages, file)
    kept = tmp_path / "kept"
    kept.write_text(played.kept[-1].note, "utf-8")

    code, told = verified(file, "--key", played.key)
    assert code == 1
    assert "stage 'tamu', 'p1': published [1, '-0.1', True], worked out [1, '-4.5', True]" in told

    code, told = verified(file, "--key", played.key, "--older", str(kept))
    assert f"WRONG  not so: the log begins with the {edited.size} messages of the" in told

    pairs = zip(messages, played.messages, strict=True)
    changed = next(new.position for new, old in pairs if new != old)
    with pytest.raises(Trouble, match=r"at one of the positions \d+ to \d+ was") as told_twice:
        check_tree(played.kept, edited)
    first, last = map(int, re.findall(r"positions (\d+) to (\d+)", str(told_twice.value))[0])
    assert first <= changed <= last


def test_a_standing_that_was_published_otherwise_is_caught(played: Played, tmp_path: Path) -> None:
    messages = [
        replace(each, body=each.body.replace(b'"rank":2,', b'"rank":3,'))
        if each.event_type == "proposal.advanced.v1" and b'"tamu"' in each.body
        else each
        for each in played.messages
    ]
    tree, signer = Tree(map(leaf_hash, messages)), played.signer
    text = Checkpoint(signer.name, tree.size, tree.root()).text()
    file = tmp_path / "published.jsonl"
    signed = Kept(Checkpoint.of(text), sign(text, signer), NOW)
    write(Bundle(SMALL, tree, signed, signer.verifier), messages, file)
    code, told = verified(file)
    assert code == 1
    assert "WRONG  stage 'tamu': sha256:" in told
    assert "published [3," in told


def write(bundle: Bundle, messages: Sequence[Logged], file: Path) -> None:
    lines = [bundle.first_line(), *map(bundle.line, messages)]
    file.write_text("".join(lines), "utf-8")


def test_a_receipt_proves_one_message_and_a_changed_one_not(played: Played, tmp_path: Path) -> None:
    code, told = verified(played.folder / "receipt.json", "--key", played.key)
    assert (code, "position 30 (sayembara." in told) == (0, True)

    kept = played.kept[-1]
    tree = Tree(map(leaf_hash, played.messages))
    forged = replace(played.messages[29], body=b"{}")
    (tmp_path / "forged.json").write_text(receipt(forged, tree, kept, played.signer.verifier))
    code, told = verified(tmp_path / "forged.json", "--key", played.key)
    assert (code, "position 30" in told, "is not what was signed" in told) == (1, True, True)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for content in ('{"format":"other"}\n', "no JSON\n", '{"format":1}\n{}\n'):
        (tmp_path / "file").write_text(content)
        code, told = verified(tmp_path / "file")
        assert (code, "WRONG" in told) == (1, True)
