"""An edition played on a whole system inside the test, to a point where the test looks around."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
from contracts.ranking import RankingEvent
from kit.heard import Heard
from kit.log import Log
from kit.stored import messages_between

from sayembara.addresses import Addresses
from sayembara.documents.sources import SERVICES, SETTINGS
from sayembara.play.api import Services
from sayembara.play.folder import Folder
from sayembara.play.requests import Requests
from sayembara.play.steps import Step, Steps
from sayembara.play.waiting import until_quiet
from tests.support.access import SIGNER
from tests.support.editions import Row, made, rulebook
from tests.support.nats import NatsServer
from tests.support.system import connected, started
from tests.support.waiting import until

EDITION = "beku-2026"
DESK, FINAL = "meja", "akhir"
STAGES = (DESK, FINAL)
PROPOSALS = ("p1", "p2", "p3")
AGENCY = {"p1": "dinas-1", "p2": "dinas-2", "p3": "dinas-3"}
WHY = {"by": "Panitia", "reason": "menuju malam penganugerahan"}
RULEBOOK = rulebook(
    EDITION,
    "Lomba beku",
    "Frozen competition",
    """\
[[stages]]
id = "meja"
name = { id = "Meja", en = "Desk" }
cut = 2

[[stages.criteria]]
id = "gagasan"
name = { id = "Gagasan", en = "Idea" }

[[stages]]
id = "akhir"
name = { id = "Akhir", en = "Final" }

[[stages.criteria]]
id = "gagasan"
name = { id = "Gagasan", en = "Idea" }

[[awards]]
id = "terbaik"
name = { id = "Terbaik di meja", en = "Best at the desk" }
by = "rank"
stage = "meja"
top = 1

[[awards]]
id = "juara"
name = { id = "Juara", en = "Winner" }
by = "rank"
stage = "akhir"
top = 1

[[awards]]
id = "khusus"
name = { id = "Khusus", en = "Special" }
by = "decision"
count = 1
""",
)
FIRST_SHEETS = (DESK, "juri-1")
SHARED = {"p1": "60", "p2": "70", "p3": "60"}
"""What the first juror marks before the freeze, whoever wins in the end."""


def edition(order: tuple[str, str, str], text: str = RULEBOOK) -> Folder:
    """The edition in which the proposals come in this order, by what is marked after the freeze."""
    jurors = ("juri-1", "juri-2")
    seats = [
        {"stage": stage, "juror": each, "agency": "panel"} for stage in STAGES for each in jurors
    ]
    return made(EDITION, text, seats, _sheets(order), AGENCY)


def _sheets(order: tuple[str, str, str]) -> Iterable[Row]:
    for proposal, mark in SHARED.items():
        yield _sheet(DESK, proposal, "juri-1", mark)
    for proposal, mark in zip(order, ("95", "85", "20"), strict=True):
        yield _sheet(DESK, proposal, "juri-2", mark)
    for proposal, mark in zip(order[:2], ("90", "80"), strict=True):
        for juror in ("juri-1", "juri-2"):
            yield _sheet(FINAL, proposal, juror, mark)


def _sheet(stage: str, proposal: str, juror: str, mark: str) -> Row:
    return {"stage": stage, "proposal": proposal, "juror": juror, "gagasan": mark}


@dataclass
class World:
    """A whole system and the edition that is played on it."""

    folder: Folder
    services: Services
    urls: dict[str, str]
    nats_url: str

    def __post_init__(self) -> None:
        requests = Requests(self.folder, self.services)
        # Sheets that are there already are taken once more without effect.
        self._steps = iter(Steps(self.folder, requests, self.folder.sheets).all())

    async def play_until_frozen(self) -> None:
        """Up to the first sheets of the first stage, which is then frozen."""
        await self._take_up_to("Desk: recusals found")
        for each in self.folder.sheets:
            if (each.stage, each.juror) == FIRST_SHEETS:
                await Requests(self.folder, self.services).hand_in(each)
        await self.quiet()
        await self.ask_office("POST", f"stages/{DESK}/freeze", WHY)
        await self.quiet()

    async def play_until_frozen_in_time(self) -> None:
        """Up to the first sheets of the first stage, which the rulebook has frozen by then."""
        await self._take_up_to("Desk: recusals found")
        await until(self._is_frozen, "the moment of the rulebook has come")

    async def _is_frozen(self) -> bool:
        shown = await self.services.get("ranking", f"/editions/{EDITION}/stages/{DESK}/standings")
        return shown["frozen"] is not None

    async def play_until_ranked(self, stage: str) -> None:
        """Until the ranking of that stage is final, behind the frozen standings."""
        await self._take_up_to(f"{'Desk' if stage == DESK else 'Final'}: ranking final")
        await self.quiet()

    async def _take_up_to(self, title: str) -> None:
        for step in self._steps:
            await _take(step)
            if step.title == title:
                return
        raise AssertionError(f"a play has no step '{title}'")

    async def ask_office(self, method: str, path: str, body: Any) -> Any:
        office = self.services.acting("secretariat", "Panitia", EDITION)
        return await office.once(method, "ranking", f"/editions/{EDITION}/{path}", json=body)  # type: ignore[arg-type] # a method

    async def quiet(self) -> None:
        """Everything that follows has followed, and every mail that may go has gone."""
        await until_quiet(self.services)
        await until(self._mails_are_out, "what is not held back is sent")
        await until_quiet(self.services)

    async def _mails_are_out(self) -> bool:
        waiting = await self.services.get("notification", "/notices", state="queued")
        return all("held back" in (each["reason"] or "") for each in waiting)

    async def log(self) -> list[Heard]:
        """Every message of the log."""
        client = await nats.connect(self.nats_url)
        try:
            log = Log(client)
            last = (await client.jetstream().stream_info("SAYEMBARA")).state.last_seq
            return await messages_between(log, 1, last)
        finally:
            await client.close()

    async def public_stream(self) -> list[str]:
        """The ids of the events on the public stream; none where there is no such stream."""
        client = await nats.connect(self.nats_url)
        try:
            found = client.jetstream()
            try:
                last = (await found.stream_info("SAYEMBARA_PUBLIC")).state.last_seq
            except nats.js.errors.NotFoundError:
                return []
            messages = [await found.get_msg("SAYEMBARA_PUBLIC", seq=n + 1) for n in range(last)]
            return [(each.headers or {})["ce-id"] for each in messages]
        finally:
            await client.close()


async def _take(step: Step) -> None:
    for request in step.requests:
        await request()


def held(messages: Iterable[Heard]) -> list[Heard]:
    """Those that a frozen stage holds back."""
    return [
        each for each in messages if isinstance(each.event, RankingEvent) and each.event.held_by
    ]


@asynccontextmanager
async def world(folder: Path, order: tuple[str, str, str]) -> AsyncIterator[World]:
    """A system of its own in an empty folder, on which nothing is played yet."""
    server = NatsServer(folder)
    server.start()
    try:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(connected(server))
            urls = {}
            for service in SERVICES:
                one = await stack.enter_async_context(
                    started(
                        service,
                        server,
                        f"sqlite:///{folder / service.name}.db",
                        kind=SETTINGS[service.name],
                        clock="rehearsal",
                        **_more(service.name, folder),
                    )
                )
                urls[service.name] = one.url
            services = Services(Addresses(urls, server.url), SIGNER.token)
            async with services:
                yield World(edition(order), services, urls, server.url)
    finally:
        server.stop()


def _more(service: str, folder: Path) -> dict[str, Any]:
    if service == "notification":
        return {"mail_folder": folder / "mail", "contact_keys": folder / "contact-keys"}
    if service == "auditor":
        return {"checkpoint_key": folder / "audit" / "checkpoint-key"}
    return {}
