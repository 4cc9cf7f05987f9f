"""Consumers of every kind beside an edition that is played: nothing changes for anybody else."""

import asyncio
import json
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from contracts.stream import PUBLIC_STREAM, STREAM
from nats.aio.client import Client
from typer.testing import CliRunner

from sayembara import event_log
from sayembara.__main__ import app
from sayembara.addresses import SERVICES
from sayembara.consumers import server
from sayembara.embedded.running import Embedded
from sayembara.embedded.system import MONITOR
from sayembara.trouble import Trouble
from tests.audit.editions import read_log
from tests.consumers import misbehaving
from tests.support.waiting import until
from tests.system.embedded import DIGEST, embedded, parked_counts, play_example

BAD = tuple(misbehaving.HOW)
WORD = ("--by", "Biro Organisasi", "--reason", "surat 045/1182")
Run = Callable[..., str]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(tmp_path_factory.mktemp("beside")) as running:
        yield running


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("folders")


@pytest.fixture
def run(system: Embedded) -> Run:
    """A `sayembara consumer` command; gives what it prints."""
    addresses = system.system.ports.addresses()
    where = {
        "SAYEMBARA_NOTIFICATION_URL": addresses.services["notification"],
        "SAYEMBARA_NATS_URL": addresses.nats,
        "SAYEMBARA_DATA": str(system.system.folder),
    }

    def command(*words: str) -> str:
        result = CliRunner().invoke(app, ["consumer", *words], env=where)
        if result.exception is not None:
            raise result.exception
        return result.stdout

    return command


def test_an_edition_is_played_beside_the_worst_of_consumers(
    system: Embedded, run: Run, folders: Path
) -> None:
    for name in ("good", *BAD):
        folder = str(folders / name)
        run("add", name, "--internal", "--events", "all", *WORD, "--folder", folder)
    before = connections(system)
    with misbehave(system, folders, run):
        standings, taken = asyncio.run(play_beside(system, folders, run))
        listed = {each["consumer"]: each for each in json.loads(run("list", "--json"))}

    assert standings["digest"] == DIGEST
    assert asyncio.run(parked_counts(system)) == dict.fromkeys(SERVICES, 0)
    assert connections(system) == before, "no service had to connect again"
    assert taken == wanted(system)[: len(taken)]
    assert {listed[name]["state"] for name in BAD} == {"connected"}
    assert listed["stalls"]["unacknowledged"] == 256
    assert listed["floods"]["connections"] == 4


async def play_beside(
    system: Embedded, folders: Path, run: Run
) -> tuple[dict[str, Any], list[str]]:
    """Play the edition; a good consumer takes it down, and others come and go meanwhile."""
    playing = asyncio.create_task(play_example(system))
    taking = asyncio.create_task(take(system, folders / "good"))
    times = 0
    while not playing.done() and times < 5:
        times += 1
        await asyncio.to_thread(come_and_go, run, folders / f"guest-{times}")
    assert times > 1
    standings = await playing

    async def caught_up() -> bool:
        state = json.loads(await asyncio.to_thread(run, "show", "good", "--json"))
        return bool(state["behind"] + state["unacknowledged"] == 0)

    await until(caught_up, "the good consumer has taken everything", 240)
    taking.cancel()
    return standings, await taking


def come_and_go(run: Run, folder: Path) -> None:
    run("add", "guest", "--events", "proposal.awarded", *WORD, "--folder", str(folder))
    run("revoke", "guest", *WORD)


async def take(system: Embedded, folder: Path) -> list[str]:
    """What a consumer is given until it is told to stop; each by its id."""
    found: list[str] = []
    async with client_of(system, folder) as client:
        subscription = await client.jetstream().pull_subscribe_bind("consumer-good", stream=STREAM)
        try:
            while True:
                try:
                    for message in await subscription.fetch(100, timeout=1):
                        assert message.headers is not None
                        found.append(message.headers["ce-id"])
                        await message.ack()
                except TimeoutError:
                    continue
        except asyncio.CancelledError:
            return found


def wanted(system: Embedded) -> list[str]:
    """The ids of all that is on the log, in order."""
    return [each.event_id for each in read_log(system.system.log_place())]


@asynccontextmanager
async def client_of(system: Embedded, folder: Path) -> AsyncIterator[Client]:
    url = system.system.ports.addresses().nats
    client = await nats.connect(url, nkeys_seed=str(folder / "nats.nk"), allow_reconnect=False)
    try:
        yield client
    finally:
        await client.close()


@contextmanager
def misbehave(system: Embedded, folders: Path, run: Run) -> Iterator[None]:
    url = system.system.ports.addresses().nats
    processes = []
    for how in BAD:
        seed = (folders / how / "nats.nk").read_text().strip()
        words = [url, seed, STREAM, f"consumer-{how}", how]
        process = subprocess.Popen(
            [sys.executable, misbehaving.__file__, *words], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        processes.append(process)
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def connections(system: Embedded) -> dict[str, list[int]]:
    """The numbers of the services' connections: another one has another number."""
    url = f"http://127.0.0.1:{system.system.ports.of[MONITOR]}/connz?auth=1&limit=1000"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found = json.load(answer)["connections"]
    return {
        name: sorted(each["cid"] for each in found if each.get("authorized_user") == name)
        for name in SERVICES
    }


def test_the_whole_life_of_a_consumer_by_the_command(
    system: Embedded, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "kemendagri"
    named = ("kemendagri", "--folder", str(folder))
    said = run("add", *named, "--events", "proposal.awarded,stage.ranked", *WORD)
    assert said == (
        "'kemendagri' may consume proposal.awarded.v1, stage.ranked.v1 (public view);"
        f" its folder: {folder}\n"
    )
    assert modes(folder.parent)["kemendagri"] == 0o700
    assert modes(folder)["nats.nk"] == 0o600
    facts = tomllib.loads((folder / "consumer.toml").read_text())
    assert facts.pop("command") == ["python3", "starter.py"]
    assert facts == {
        "name": "kemendagri",
        "url": system.system.ports.addresses().nats,
        "stream": PUBLIC_STREAM,
        "durable": "consumer-kemendagri",
        "key": "nats.nk",
        "view": "public",
        "events": ["proposal.awarded.v1", "stage.ranked.v1"],
    }
    assert "kemendagri" in run("list")
    assert "surat 045/1182" in run("show", "kemendagri")

    run("pause", "kemendagri")
    assert json.loads(run("show", "kemendagri", "--json"))["state"] == "paused"
    run("resume", "kemendagri")
    for to in ("start", "2", "2019-10-02T16:00:00+08:00"):
        assert run("rewind", "kemendagri", "--to", to).startswith("'kemendagri' is sent everything")
    with pytest.raises(Trouble, match="the log has no position 99999999: it ends at"):
        run("rewind", "kemendagri", "--to", "99999999")
    with pytest.raises(Trouble, match="is still to come"):
        run("rewind", "kemendagri", "--to", "2119-10-02T16:00:00+08:00")

    with pytest.raises(Trouble, match="is not the folder of 'kemendagri'"):
        run("rotate", "kemendagri", *WORD, "--folder", str(tmp_path))
    before = (folder / "nats.nk").read_text()
    run("rotate", *named, *WORD)
    assert (folder / "nats.nk").read_text() != before
    assert asyncio.run(lets_in(system, folder))
    whole = modes(folder)
    shutil.rmtree(folder)  # as the operator is told to, once it was handed over
    run("rotate", *named, *WORD)
    assert modes(folder) == whole
    assert asyncio.run(lets_in(system, folder))
    assert run("apply") == f"consumers who may log in: {active(run)}\n"

    run("revoke", "kemendagri", *WORD)
    assert not asyncio.run(lets_in(system, folder))
    assert json.loads(run("show", "kemendagri", "--json"))["state"] == "revoked"


async def no_answer(*_: object) -> int:
    raise Trouble("no NATS server answers")


def test_an_add_that_the_server_does_not_hear_of_leaves_a_whole_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bappenas"
    given = ("--events", "proposal.awarded", *WORD, "--folder", str(folder))
    with monkeypatch.context() as patch:
        patch.setattr(server, "reload", no_answer)
        with pytest.raises(Trouble, match="no NATS server answers"):
            run("add", "bappenas", *given)
    assert {"nats.nk", "consumer.toml", "starter.py", "schemas"} <= set(modes(folder))
    assert json.loads(run("show", "bappenas", "--json"))["state"].startswith("missing")
    run("apply")
    assert json.loads(run("show", "bappenas", "--json"))["state"] == "away"


def test_who_takes_over_a_name_does_not_take_over_the_place(
    system: Embedded, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("--events", "consumer.added", "--internal", *WORD, "--folder")
    run("add", "menpan", *given, str(tmp_path / "first"))
    everything = json.loads(run("show", "menpan", "--json"))["behind"]
    run("rewind", "menpan", "--to", str(asyncio.run(end_of(system))))
    with monkeypatch.context() as patch:
        patch.setattr(server, "reload", no_answer)
        with pytest.raises(Trouble):
            run("revoke", "menpan", *WORD)
    run("add", "menpan", *given, str(tmp_path / "second"))
    assert json.loads(run("show", "menpan", "--json"))["behind"] == everything + 1


async def end_of(system: Embedded) -> int:
    async with event_log.connected(system.system.log_place()) as log:
        return await log.last_position()


def active(run: Run) -> int:
    return len([each for each in json.loads(run("list", "--json")) if each["state"] != "revoked"])


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def lets_in(system: Embedded, folder: Path) -> bool:
    try:
        async with client_of(system, folder) as client:
            return client.is_connected
    except nats.errors.Error:
        return False


def test_an_auditor_from_outside_verifies_the_log_with_its_own_key(
    system: Embedded, run: Run, tmp_path: Path
) -> None:
    """Until now it took the operator's own user."""
    folder = tmp_path / "bpk"
    given = ("--internal", "--whole-log", "--events", "all", *WORD, "--folder", str(folder))
    run("add", "bpk", *given)
    addresses = system.system.ports.addresses()
    where = {
        "SAYEMBARA_NATS_URL": addresses.nats,
        "SAYEMBARA_NATS_KEY_FILE": str(folder / "nats.nk"),
        "SAYEMBARA_RANKING_URL": addresses.services["ranking"],
        "SAYEMBARA_DATA": str(tmp_path / "nothing"),
    }
    verified = CliRunner().invoke(app, ["audit", "verify"], env=where)
    assert (verified.exit_code, verified.exception) == (0, None), verified.output
    applied = CliRunner().invoke(app, ["log", "apply"], env=where)
    assert isinstance(applied.exception, Trouble)
    own = where | {"SAYEMBARA_DATA": str(system.system.folder)}
    saved = CliRunner().invoke(app, ["backup", str(tmp_path / "backup")], env=own)
    assert (saved.exit_code, saved.exception) == (0, None), saved.output
    assert "their places are not kept" in saved.output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "../etc", "--events", "all", *WORD), "'../etc' is no id"),
        (("add", "lan", "--events", "all", "--from", "then", *WORD), "neither 'start' nor 'now'"),
        (("add", "ranking", "--events", "all", *WORD), "means a part of Sayembara"),
        (("show", "nobody"), "there is no consumer 'nobody'; `sayembara consumer list` shows all"),
        (("pause", "nobody"), "there is no consumer 'nobody'"),
        (("rewind", "guest-1", "--to", "start"), "there is no consumer 'guest-1'"),
        (("add", "lan", "--events", "all", "--from", "99999999", *WORD), "no position 99999999"),
        (("pause", "any", "--until", "2019-10-02T16:00:00+08:00"), "is over already"),
        (("pause", "any", "--until", "tomorrow"), "'tomorrow' is no time such as"),
        (("pause", "any", "--until", "2119-10-02T16:00:00"), "names no time zone"),
        (("revoke", "nobody", *WORD), "there is no consumer 'nobody'"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_told_in_a_line(
    run: Run, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    folder = tmp_path / "folder"
    given = ("--folder", str(folder)) if words[0] == "add" else ()
    with pytest.raises(Trouble) as caught:
        run(*words, *given)
    assert why in str(caught.value)
    assert not folder.exists()


def test_a_folder_that_is_there_is_left_alone(run: Run, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="is there already: name another one with --folder"):
        run("add", "lan", "--events", "all", *WORD, "--folder", str(tmp_path))
