"""A backup taken while the system runs is put back elsewhere, and the system goes on."""

import asyncio
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.operations import LogRestored
from contracts.public import public_body
from rich.console import Console

from sayembara import show
from sayembara.addresses import AUDITOR, key_file
from sayembara.audit.checkpoints import Kept, public_file
from sayembara.audit.note import Checkpoint, Signer, sign
from sayembara.audit.proving import sign_log
from sayembara.backup import folder as files
from sayembara.backup import restoring, saving
from sayembara.backup.consumers import FILE
from sayembara.backup.folder import LOG, MANIFEST, manifest_of, root_of, store_file
from sayembara.backup.kept import checkpoints_in
from sayembara.backup.messages import Putting
from sayembara.backup.saying import SPEAKER
from sayembara.embedded.postgres import postgres_stores
from sayembara.embedded.running import Embedded, running
from sayembara.embedded.system import System
from sayembara.trouble import Trouble
from tests.audit.played import LUWU_UTARA, play_quietly
from tests.backup import systems
from tests.backup.systems import ORDER, QUIET, messages_of, named, system_in, verified
from tests.consumers import outside
from tests.public.stream import until_shown
from tests.support.waiting import until
from tests.system.embedded import DIGEST, services_of


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a played edition, with a signed checkpoint, taken while the system ran."""
    folder = tmp_path_factory.mktemp("taken")
    system = system_in(folder / "system")
    with pytest.MonkeyPatch.context() as patch, running(system, print) as embedded:
        asyncio.run(play_quietly(embedded, LUWU_UTARA))
        asyncio.run(outside.let_in(embedded, folder))
        data = named(system, patch)
        signed = asyncio.run(signed_now(embedded))
        saving.backup(QUIET, folder / "backup", data, with_key=False)
    assert signed in checkpoints_in(folder / "backup")
    return folder / "backup"


async def signed_now(system: Embedded) -> Kept:
    async with services_of(system) as services:
        return await sign_log(system.system.log_place(), services, system.system.folder)


def standings(system: Any, edition: str) -> Any:
    async def asking() -> Any:
        async with services_of(system) as services:
            return await show.find_standings(services, edition, None)

    return asyncio.run(asking())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """A system on which nothing ever was, on each kind of store."""
    if request.param == "sqlite":
        yield system_in(tmp_path / "elsewhere")
        return
    with postgres_stores(tmp_path / "postgresql") as stores:
        yield system_in(tmp_path / "elsewhere", stores)


async def until_it_says_that_it_signs_nothing(system: System) -> None:
    address = f"{system.ports.addresses().services[AUDITOR]}/readyz"

    async def is_so() -> bool:
        async with httpx.AsyncClient() as client:
            return "the private key to" in (await client.get(address)).text

    await until(is_so, "the auditor misses its key, and everybody else works")


def test_what_is_put_back_is_the_same_and_goes_on(
    taken: Path, elsewhere: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, manifest = named(elsewhere, monkeypatch), manifest_of(taken)
    with systems.only_broker(elsewhere):
        restoring.restore(QUIET, taken, data, ORDER)
        assert root_of(systems.root_of(elsewhere)) == manifest.root

    with running(elsewhere, print) as embedded:
        asyncio.run(until_it_says_that_it_signs_nothing(elsewhere))
        assert standings(embedded, LUWU_UTARA)["digest"] == DIGEST
        asyncio.run(systems.play_until_quiet(embedded))
        report, messages = verified(elsewhere), messages_of(elsewhere)
        views = [each.position for each in messages if public_body(each.event) is not None]
        public = systems.asked(elsewhere, lambda log: until_shown(log.client, len(views)))
        waiting = asyncio.run(outside.seen(embedded)).values()
        assert {each.state.partition(":")[0] for each in waiting} == {"waits", "revoked"}
        asyncio.run(outside.applied(embedded))
        asyncio.run(outside.goes_on(embedded, taken.parent))

    assert report.findings == ()
    # It is in no backup: it is made again, and goes on.
    assert [each.position for each in public] == views
    assert len({each.edition for each in report.published}) == 2
    restored = messages[manifest.messages].event
    assert isinstance(restored, LogRestored)
    assert (restored.by, restored.reason) == (ORDER.by, ORDER.reason)
    assert (restored.position, restored.root) == (manifest.messages, manifest.root)


def test_a_store_goes_from_one_kind_to_the_other_and_back(
    taken: Path, elsewhere: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = named(elsewhere, monkeypatch)
    with systems.only_broker(elsewhere):
        restoring.restore(QUIET, taken, data, ORDER)
        saving.backup(QUIET, tmp_path / "again", data, with_key=False)

    for name in manifest_of(taken).stores:
        again = list(files.reading(tmp_path / "again" / store_file(name)))
        if name == SPEAKER:  # it says meanwhile that the log was restored
            again = [each for each in again if ".restored" not in each]
        assert again == list(files.reading(taken / store_file(name))), name


def test_a_restore_that_broke_off_is_run_again(
    taken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = system_in(tmp_path / "elsewhere")
    data, manifest = named(system, monkeypatch), manifest_of(taken)
    put, times = Putting.put, list[int]()

    async def broken(self: Any, those: Any) -> int:
        times.append(await put(self, [each for each in those if each.position <= 700]))
        raise KeyboardInterrupt

    with systems.only_broker(system):
        with monkeypatch.context() as patch:
            patch.setattr(Putting, "put", broken)
            with pytest.raises(KeyboardInterrupt):
                restoring.restore(QUIET, taken, data, ORDER)
        page = StringIO()
        restoring.restore(Console(file=page, width=200), taken, data, ORDER)
        assert root_of(systems.root_of(system)) == manifest.root
        with pytest.raises(Trouble, match="the store of auditor is not empty"):
            restoring.restore(QUIET, taken, data, ORDER)

    assert f"log: {manifest.messages - times[0]} messages put back" in page.getvalue()
    assert "rows put back" not in page.getvalue()


@pytest.mark.parametrize("name", [LOG, store_file(AUDITOR), "audit/checkpoint-key.public", FILE])
def test_a_changed_byte_is_refused_with_its_file(taken: Path, tmp_path: Path, name: str) -> None:
    copy = copied(taken, tmp_path)
    whole = bytearray((copy / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (copy / name).write_bytes(whole)

    with pytest.raises(Trouble, match=f"{name} was changed"):
        restoring.check(QUIET, copy)


def test_a_file_that_is_missing_or_too_many_is_refused(taken: Path, tmp_path: Path) -> None:
    copy = copied(taken, tmp_path)
    (copy / "more").touch()
    with pytest.raises(Trouble, match="more is not of the backup"):
        restoring.check(QUIET, copy)
    (copy / "more").unlink()
    (copy / store_file("ranking")).unlink()
    with pytest.raises(Trouble, match=r"ranking\.jsonl\.gz is missing"):
        restoring.check(QUIET, copy)
    (copy / MANIFEST).unlink()
    with pytest.raises(Trouble, match="is no finished backup"):
        restoring.check(QUIET, copy)


def test_a_manifest_of_another_log_is_refused(taken: Path, tmp_path: Path) -> None:
    copy = copied(taken, tmp_path)
    root = manifest_of(copy).root
    text = (copy / MANIFEST).read_text()
    (copy / MANIFEST).write_text(text.replace(root, f"sha256:{'0' * 64}"))
    with pytest.raises(Trouble, match="is not the log that the manifest tells of"):
        restoring.check(QUIET, copy)


def test_a_checkpoint_that_another_key_signed_is_refused(taken: Path, tmp_path: Path) -> None:
    copy, signer = copied(taken, tmp_path), Signer.new("elsewhere/sayembara")
    with_public_key(copy, signer)
    with pytest.raises(Trouble, match=r"the checkpoint of \d+ messages is forged"):
        restoring.check(QUIET, copy)


def test_a_log_that_is_not_what_was_signed_is_refused(taken: Path, tmp_path: Path) -> None:
    copy, signer = copied(taken, tmp_path), Signer.new("elsewhere/sayembara")
    path, signed = copy / store_file(AUDITOR), checkpoints_in(copy)
    text = "".join(files.reading(path))
    for each in signed:
        said = Checkpoint(signer.name, each.checkpoint.size, bytes(32)).text()
        text = text.replace(in_json(each.note), in_json(sign(said, signer)))
    path.unlink()
    with files.writing(path) as lines:
        lines.write(text)
    with_public_key(copy, signer)
    size = signed[0].checkpoint.size
    with pytest.raises(Trouble, match=f"is not what was signed up to position {size}"):
        restoring.check(QUIET, copy)


def test_without_a_public_key_the_check_says_so(taken: Path, tmp_path: Path) -> None:
    copy, page = copied(taken, tmp_path), StringIO()
    public_file(key_file(copy)).unlink()
    sealed(copy)
    restoring.check(Console(file=page), copy)
    assert "not checked with a key" in page.getvalue()


def in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def test_a_backup_of_fewer_services_is_refused(taken: Path, tmp_path: Path) -> None:
    copy = copied(taken, tmp_path)
    (copy / store_file(AUDITOR)).unlink()
    known = manifest_of_changed(copy)
    stores = {name: facts for name, facts in known.stores.items() if name != AUDITOR}
    files.finish(copy, known.model_copy(update={"stores": stores}))
    with pytest.raises(Trouble, match="has no store of auditor: put it back with the version"):
        restoring.check(QUIET, copy)


def with_public_key(copy: Path, signer: Signer) -> None:
    public_file(key_file(copy)).write_text(f"{signer.verifier}\n")
    sealed(copy)


def sealed(copy: Path) -> None:
    """Its manifest, as somebody would write it who changed the files."""
    files.finish(copy, manifest_of_changed(copy))


def manifest_of_changed(copy: Path) -> files.Manifest:
    known = files.Manifest.model_validate_json((copy / MANIFEST).read_text("utf-8"))
    return known.model_copy(update={"files": files.digests(copy)})


def copied(taken: Path, folder: Path) -> Path:
    copy = folder / "copy"
    for source in taken.rglob("*"):
        if source.is_file():
            target = copy / source.relative_to(taken)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return copy


def test_the_signing_key_goes_along_only_when_it_is_asked_for(
    taken: Path, played: System, tmp_path: Path
) -> None:
    assert not key_file(taken).exists()
    assert public_file(key_file(taken)).exists()
    data = played.folder
    with systems.only_broker(played):
        saving.backup(QUIET, tmp_path / "backup", data, with_key=True)
    key = key_file(tmp_path / "backup")
    assert key.read_bytes() == key_file(data).read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_where_something_is_nothing_is_put_back(taken: Path, played: System) -> None:
    with systems.only_broker(played):
        before = systems.root_of(played)
        with pytest.raises(Trouble, match="the log holds something else at position 1"):
            restoring.restore(QUIET, taken, played.folder, ORDER)
        assert systems.root_of(played) == before


def test_while_a_service_runs_nothing_is_put_back(
    taken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = system_in(tmp_path / "system")
    with running(system, print), pytest.raises(Trouble, match="submission is running"):
        restoring.restore(QUIET, taken, named(system, monkeypatch), ORDER)


def test_a_backup_does_not_write_over_another_one(
    taken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = named(system_in(tmp_path / "system"), monkeypatch)
    with pytest.raises(Trouble, match="is there already"):
        saving.backup(QUIET, taken, data, with_key=False)


def test_a_store_that_is_not_there_is_told_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = named(system_in(tmp_path / "system"), monkeypatch)
    with pytest.raises(Trouble, match="submission has no store at sqlite"):
        saving.backup(QUIET, tmp_path / "backup", data, with_key=False)
    assert not list(data.glob("*.db"))
