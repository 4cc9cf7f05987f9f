"""A witness over real logs: it follows one that grows, and refuses one that was made anew."""

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from sayembara.audit.checkpoints import signer_of
from sayembara.audit.note import Signer, Verifier, opened, sign
from sayembara.audit.shown import Away, Log, Seen
from sayembara.audit.witnessing import Folder, Tampered, Witness, watch
from sayembara.trouble import Trouble
from tests.auditor.at_work import HOUR, auditor, key_of, newest, signed_now
from tests.shared.toy import publish, sheet
from tests.support.nats import NatsServer, free_port
from tests.support.system import connected
from tests.support.waiting import until
from tests.system.command import run


async def look(url: str, folder: Path, key: str | None = None) -> str:
    """What the witness says when it looks once."""
    told = io.StringIO()
    console = Console(file=told, width=1000)
    await asyncio.to_thread(watch, console, url, folder, key, once=True)
    return told.getvalue()


@asynccontextmanager
async def log_of(
    folder: Path, proposals: Sequence[str], key: Path, **more: Any
) -> AsyncIterator[tuple[str, httpx.AsyncClient, Any]]:
    """A log of its own with these sheets, signed with that key: its address, and its client."""
    os.mkdir(folder)
    server = NatsServer(folder)
    server.start()
    try:
        async with connected(server) as client:
            for each in proposals:
                # The same sheet is the same message, on whichever log it stands.
                same = {"ce-id": each, "ce-time": "2026-01-01T00:00:00Z"}
                await publish(client, sheet(each), headers=same)
            settings = {"checkpoint_key": key, "checkpoint_seconds": HOUR, **more}
            async with auditor(server, folder, **settings) as (one, ask):

                async def is_signed() -> bool:
                    return await newest(ask) is not None

                await until(is_signed, "the log is signed")
                yield one.url, ask, client
    finally:
        server.stop()


async def test_it_follows_a_log_that_grows_and_its_signature_is_shown(tmp_path: Path) -> None:
    folder, key = tmp_path / "witness", tmp_path / "key"
    witness = Folder(folder).signer().verifier
    settings = {"witness_keys": f"{witness}"}
    async with log_of(tmp_path / "log", ("p1", "p2", "p3"), key, **settings) as (url, ask, client):
        assert "3 messages, the first kept here" in await look(url, folder)
        for number in range(2):
            await publish(client, sheet(f"q{number}"), sheet(f"r{number}"))
            await signed_now(ask)
        told = await look(url, folder)
        assert (told.count("as they were"), "must name it" in told) == (2, False)
        assert told.count("\n") == 3
        assert (await look(url, folder)).count("\n") == 1

        shown = (await ask.get("/checkpoint")).text
        by = opened(shown, [await key_of(ask), witness]).by
        assert by[witness] > 0
        kept = Folder(folder).last()
        assert kept is not None
        assert kept.note == shown


async def test_a_signature_that_nobody_asked_for_is_not_taken(tmp_path: Path) -> None:
    folder, key = tmp_path / "witness", tmp_path / "key"
    async with log_of(tmp_path / "log", ("p1",), key) as (url, ask, _):
        before = (await ask.get("/checkpoint")).text
        assert "does not take the signature: its operator must name it" in await look(url, folder)
        assert (await ask.get("/checkpoint")).text == before


@pytest.mark.parametrize(
    ("made_anew", "words"),
    [
        (("p1", "px", "p3", "p4", "p5"), "5 messages do not begin with the 3 that were signed"),
        (("p1", "p2"), "it has 2 messages, and 3 were signed"),
        (("p1", "p2", "p9"), "its 3 messages are not those that were signed"),
    ],
    ids=["a tree rebuilt after an edit", "a shrunk tree", "a fork of the same size"],
)
async def test_a_log_made_anew_and_signed_with_the_same_key_is_refused(
    tmp_path: Path, made_anew: Sequence[str], words: str
) -> None:
    folder, key = tmp_path / "witness", tmp_path / "key"
    async with log_of(tmp_path / "first", ("p1", "p2", "p3"), key) as (url, ask, _):
        await look(url, folder)
        true_note = (await ask.get("/checkpoint")).text
    async with log_of(tmp_path / "second", made_anew, key) as (url, ask, _):
        with pytest.raises(Tampered, match=words) as refused:
            await look(url, folder)
        false_note = (await ask.get("/checkpoint")).text
        (evidence,) = folder.glob("evidence-*.json")
        assert str(evidence) in str(refused.value)
        found = json.loads(evidence.read_text("utf-8"))
        assert found["kept"].startswith(true_note)
        assert found["shown"] == false_note
        last = Folder(folder).last()
        assert last is not None
        assert last.checkpoint.size == 3
        ended = await asyncio.to_thread(run, "witness", url, "--data", str(folder), "--once")
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert ended.stderr.startswith(f"sayembara: the log at {url} was rewritten: ")


async def test_another_key_is_refused_whether_it_was_given_or_kept(tmp_path: Path) -> None:
    folder, other = tmp_path / "witness", Signer.new("other/log").verifier
    async with log_of(tmp_path / "first", ("p1",), tmp_path / "key") as (url, ask, _):
        with pytest.raises(Tampered, match="not signed by the log's key other/log"):
            await look(url, tmp_path / "strict", str(other))
        await look(url, folder)
        assert Verifier.of((folder / "log-key").read_text().strip()) == await key_of(ask)
        with pytest.raises(Trouble, match="holds another key"):
            await look(url, folder, str(other))
        with pytest.raises(Trouble, match="key of the log cannot be read"):
            await look(url, tmp_path / "third", "nonsense")
    async with log_of(tmp_path / "second", ("p1",), tmp_path / "new-key") as (url, _, _):
        with pytest.raises(Tampered, match="not signed by the log's key"):
            await look(url, folder)


async def test_a_log_that_shows_another_one_first_is_refused(tmp_path: Path) -> None:
    """To the witness it lists the true checkpoints, and everybody else is shown a fork."""
    folder, key = tmp_path / "witness", tmp_path / "key"

    class TwoFaced(Log):
        def newest(self) -> Seen:
            true, signer = super().newest(), signer_of(key)
            assert true is not None
            return Seen.of(sign(replace(true.checkpoint, root=b"x" * 32, size=5).text(), signer))

    async with log_of(tmp_path / "log", ("p1", "p2", "p3"), key) as (url, ask, client):
        await look(url, folder)
        await publish(client, sheet("q1"), sheet("q2"), sheet("q3"))
        await signed_now(ask)
        with httpx.Client() as asked:
            witness = Witness(Folder(folder), TwoFaced(url, asked), None)
            with pytest.raises(Tampered, match="do not begin with the 5 that were signed"):
                await asyncio.to_thread(list, witness.look())
    assert len(list(folder.glob("evidence-*.json"))) == 1


async def test_a_checkpoint_is_kept_before_its_signature_leaves_the_house(tmp_path: Path) -> None:
    folder, key = Folder(tmp_path / "witness"), tmp_path / "key"

    class Breaks(Log):
        def hand_in(self, size: int, line: str) -> bool:
            raise Away(line)

    async with log_of(tmp_path / "log", ("p1", "p2"), key) as (url, _, _):
        with httpx.Client() as asked, pytest.raises(Away) as told:
            await asyncio.to_thread(list, Witness(folder, Breaks(url, asked), None).look())
    last = folder.last()
    assert last is not None
    assert last.note.endswith(str(told.value))


async def test_a_log_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(Away, match="does not answer"):
        await look(f"http://127.0.0.1:{free_port()}", tmp_path)
