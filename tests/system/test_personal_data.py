"""Where personal data is when an edition was played, and that it can be erased."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from contracts.notification import ContactForgotten
from contracts.submission import ProposalRedacted
from rich.console import Console

from sayembara import event_log, show
from sayembara.addresses import SERVICES
from sayembara.audit.checking import verify
from sayembara.audit.verify import Report
from sayembara.embedded.running import Embedded
from sayembara.forget import forget_contact, forget_text
from sayembara.play.api import Services
from sayembara.play.checks import load
from sayembara.play.playing import play
from sayembara.play.waiting import until_quiet
from tests.audit.played import LUWU_UTARA, log_of
from tests.support.collector import Collector, collector
from tests.support.waiting import until
from tests.system.command import Ended, sayembara
from tests.system.embedded import DIGEST, EXAMPLE, embedded, parked_counts, services_of

MARK = "bertanda"
WITH_ADDRESSES = ("agencies.csv", "panel.csv", "play.toml")
PROPOSAL = "p01"
PARTY = "dinas-kesehatan"
OPERATOR = "Bagian Organisasi"


class Played(NamedTuple):
    """A system on which the example was played with marked addresses, and its traces."""

    system: Embedded
    traces: Collector

    @property
    def folder(self) -> Path:
        return self.system.system.folder

    def files_with(self, mark: str) -> set[str]:
        """The files of the data folder that hold it, as paths below the folder."""
        files = [each for each in self.folder.rglob("*") if each.is_file()]
        found = [each for each in files if mark.encode() in bytes_of(each).lower()]
        return {str(each.relative_to(self.folder)) for each in found}


def bytes_of(path: Path) -> bytes:
    """What is in a file; nothing when the running server has put it away meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with collector() as traces, pytest.MonkeyPatch.context() as environment:
        environment.setenv("SAYEMBARA_OTLP_ENDPOINT", traces.endpoint)
        environment.setenv("SAYEMBARA_LOG_LEVEL", "debug")
        with embedded(tmp_path_factory.mktemp("personal")) as system:
            example = _marked(tmp_path_factory.mktemp("examples") / LUWU_UTARA)
            asyncio.run(_play(system, example))
            yield Played(system, traces)


def _marked(folder: Path) -> Path:
    shutil.copytree(EXAMPLE, folder)
    for name in WITH_ADDRESSES:
        text = (folder / name).read_text("utf-8")
        (folder / name).write_text(text.replace("@", f"-{MARK}@"), "utf-8")
    return folder


async def _play(system: Embedded, example: Path) -> None:
    async with services_of(system) as services:
        await play(load(example), services, Console(quiet=True))
        body = {"role": "applicant", "name": f"Nama {MARK}", "email": f"a-{MARK}@luwu.example"}
        path = f"/editions/{LUWU_UTARA}/contacts/{PARTY}"
        await services.acting("secretariat", OPERATOR).put("notification", path, body)
        await until_quiet(services)


def test_addresses_are_known(played: Played) -> None:
    assert {str(Path(each).parent) for each in played.files_with(MARK)} == {"mail"}

    async def reached() -> set[str]:
        async with services_of(played.system) as services:
            return {str(each["email"]) for each in await services.get("notification", "/notices")}

    # In whatever order these tests run, some contacts may be erased by now.
    assert {MARK in each for each in asyncio.run(reached()) - {"None"}} == {True}


def test_no_file_but_the_post_itself_holds_an_address(played: Played) -> None:
    found = played.files_with(MARK)

    assert {each for each in found if not each.startswith("mail/")} == set()
    assert played.files_with("sealed"), "the search finds what is there"


def test_no_event_holds_an_address(played: Played) -> None:
    messages = asyncio.run(log_of(played.system))

    texts = [f"{each.subject}{each.headers}".encode() + each.body for each in messages]
    assert [each for each in texts if MARK.encode() in each.lower()] == []
    assert len(texts) > 300


def test_no_metric_and_no_trace_holds_an_address(played: Played) -> None:
    async def metrics() -> list[str]:
        addresses = played.system.system.ports.addresses().services
        async with services_of(played.system) as services:
            clients = services._clients
            return [
                (await clients[each].get(f"{addresses[each]}/metrics")).text for each in SERVICES
            ]

    async def traces_arrived() -> bool:
        return len({each.service for each in played.traces.spans}) == len(SERVICES)

    texts = asyncio.run(metrics())
    asyncio.run(until(traces_arrived, "every service has sent traces"))
    assert [each for each in texts if "sayembara_ready" not in each or MARK in each.lower()] == []
    assert [each for each in played.traces.bodies if MARK.encode() in each.lower()] == []


def test_a_contact_and_a_text_are_forgotten_and_every_digest_stays(played: Played) -> None:
    before = asyncio.run(_verified(played.system))
    asyncio.run(_forget(played.system))
    asyncio.run(_forget_text(played.system))
    after = asyncio.run(_verified(played.system))

    assert (before.findings, after.findings) == ((), ())
    assert after.published == before.published
    assert after.messages > before.messages
    assert asyncio.run(_digest(played.system)) == DIGEST
    assert set(asyncio.run(parked_counts(played.system)).values()) == {0}


def test_the_command_forgets(played: Played) -> None:
    first, again = (_command(played.system, "secretariat") for _ in range(2))
    unknown = _command(played.system, "tidak-ada")
    text = _command(played.system, "--proposal", "p02")
    neither = _command(played.system)

    assert f"the contact of 'secretariat' in '{LUWU_UTARA}' is erased: event" in first.stdout
    assert "was erased before" in again.stdout
    assert f"the text of 'p02' in '{LUWU_UTARA}' is erased: event" in text.stdout
    assert [each.returncode for each in (first, again, text)] == [0, 0, 0]
    assert [each.returncode for each in (unknown, neither)] == [1, 1]
    assert "name either a party, or --proposal" in neither.stderr
    (told,) = unknown.stderr.splitlines()
    assert "there is no contact of 'tidak-ada'" in told


def _command(system: Embedded, *whose: str) -> Ended:
    order = ("--edition", LUWU_UTARA, "--by", OPERATOR, "--reason", "atas permintaan")
    return sayembara(system, "forget", *whose, *order)


async def _verified(system: Embedded) -> Report:
    async with event_log.connected(system.system.log_place()) as log:
        return await verify(Console(quiet=True), log, None)


async def _digest(system: Embedded) -> str:
    async with services_of(system) as services:
        return str((await show.find_standings(services, LUWU_UTARA))["digest"])


async def _forget(system: Embedded) -> None:
    keys = system.system.folder / "contact-keys"
    there = len(list(keys.iterdir()))
    async with services_of(system) as services:
        order = {"by": OPERATOR, "reason": "atas permintaan, surat 800/1234"}
        (said,) = await forget_contact(services, LUWU_UTARA, PARTY, **order)
        assert await forget_contact(services, LUWU_UTARA, PARTY, **order) == []
        await until_quiet(services)
        await _is_erased(services)
    assert len(list(keys.iterdir())) == there - 1
    events = {each.event_id: each.event for each in await log_of(system)}
    forgotten = events[said]
    assert isinstance(forgotten, ContactForgotten)
    assert (forgotten.party, forgotten.role, forgotten.by) == (PARTY, "applicant", OPERATOR)
    assert not (keys / forgotten.key).exists()


async def _forget_text(system: Embedded) -> None:
    path = f"/editions/{LUWU_UTARA}/proposals/{PROPOSAL}"
    async with services_of(system) as services:
        secretariat = services.acting("secretariat", OPERATOR)
        assert (await secretariat.get("submission", path))["submitted"] is not None
        order = {"by": OPERATOR, "reason": "atas permintaan, surat 800/1234"}
        (said,) = await forget_text(services, LUWU_UTARA, PROPOSAL, **order)
        assert await forget_text(services, LUWU_UTARA, PROPOSAL, **order) == []
        await until_quiet(services)
        shown = await secretariat.get("submission", path)
    assert (shown["draft"], shown["submitted"]) == (None, None)
    assert shown["redacted"]["by"] == OPERATOR
    events = {each.event_id: each.event for each in await log_of(system)}
    assert isinstance(events[said], ProposalRedacted)


async def _is_erased(services: Services) -> None:
    notices = await services.get("notification", "/notices", party=PARTY)
    assert {(each["email"], each["erased"]) for each in notices} == {(None, True)}
