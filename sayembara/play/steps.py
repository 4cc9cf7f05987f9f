"""The steps of an edition, from the first contact to the last notice."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from contracts.rulebook import Stage

from sayembara.addresses import SERVICES
from sayembara.play.files import Sheet
from sayembara.play.folder import Folder
from sayembara.play.requests import Requests
from sayembara.play.waiting import until, until_quiet

Row = TypeVar("Row")
Request = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Step:
    """One step; its requests do not wait for one another. `stage` is the one it changes."""

    title: str
    requests: tuple[Request, ...]
    stage: str | None = None


class Steps:
    """The steps of the edition in `folder`; `sheets` are its sheets in the order to hand in."""

    def __init__(self, folder: Folder, requests: Requests, sheets: Sequence[Sheet]) -> None:
        self.folder = folder
        self.ask = requests
        self.sheets = sheets
        self._entered = {row.proposal for row in folder.proposals}

    def all(self) -> Iterator[Step]:
        """All steps, in order."""
        first, *later = self.folder.rulebook.stages
        yield from self._intake()
        yield from self._admission()
        yield self._arrival(first)
        yield _step("Panel seated", self.ask.seat, self.folder.panel)
        yield self._clock("Clock: the panel judges", self.folder.play.clock.scoring)
        yield from self._judging(first)
        for stage in later:
            yield self._arrival(stage)
            yield from self._judging(stage)
        yield from self._end()

    def _intake(self) -> Iterator[Step]:
        yield self._clock("Clock: the intake", self.folder.play.clock.intake)
        yield _step("Contacts noted", self.ask.put_contact, self.ask.contacts())
        yield Step("Rulebook handed in", (self.ask.put_rulebook,))
        yield Step("Edition opened", (self.ask.open_edition,))
        yield _step("Agencies named", self.ask.put_agency, self.folder.agencies)
        yield _step("Proposals written", self.ask.write, self.folder.proposals)
        yield _step("Proposals handed in", self.ask.submit, self.folder.proposals)

    def _admission(self) -> Iterator[Step]:
        yield self._clock("Clock: after the intake", self.folder.play.clock.closed)
        yield Step("Intake closed", (self.ask.close_intake,))
        yield _step("Proposals admitted", self.ask.admit, self.folder.proposals)

    def _judging(self, stage: Stage) -> Iterator[Step]:
        name = stage.name.en
        sheets = [row for row in self.sheets if row.stage == stage.id]
        amendments = [row for row in self.folder.amendments if row.stage == stage.id]
        yield Step(f"{name}: recusals found", (partial(self._recusals, stage),))
        yield _step(f"{name}: sheets handed in", self.ask.hand_in, sheets, stage.id)
        yield _step(f"{name}: sheets amended", self.ask.hand_in, amendments, stage.id)
        yield Step(f"{name}: scoring closed", (partial(self.ask.close_scoring, stage.id),))
        yield Step(f"{name}: ranking final", (partial(self._ranked, stage),), stage.id)

    def _end(self) -> Iterator[Step]:
        yield _step("Awards decided", self.ask.award, self.folder.awards)
        yield self._clock("Clock: the announcement", self.folder.play.clock.announced)
        yield Step("Results announced", (self.ask.announce,))
        yield Step("Notices delivered", (self._notices,))

    def _clock(self, title: str, moment: datetime) -> Step:
        return Step(title, tuple(partial(self.ask.set_clock, each, moment) for each in SERVICES))

    def _arrival(self, stage: Stage) -> Step:
        title = f"{stage.name.en}: proposals arrived"
        return Step(title, (partial(self._arrived, stage),))

    async def _arrived(self, stage: Stage) -> None:
        expected = len(self._entered)
        what = f"evaluation has {expected} proposals in stage {stage.id}"
        await until(what, partial(self._counts, stage, "proposals", expected))

    async def _recusals(self, stage: Stage) -> None:
        expected = sum(
            seat.stage == stage.id and proposal.proposal in self._entered
            for seat, proposal in self.folder.conflicts()
        )
        what = f"evaluation has {expected} recusals in stage {stage.id}"
        await until(what, partial(self._counts, stage, "recusals", expected))

    async def _counts(self, stage: Stage, what: str, expected: int) -> bool:
        path = f"{self.ask.path}/stages/{stage.id}"
        state = await self.ask.services.find("evaluation", path)
        return state is not None and state[what] == expected

    async def _ranked(self, stage: Stage) -> None:
        await until(f"the ranking of {stage.id} is final", partial(self._is_final, stage))

    async def _is_final(self, stage: Stage) -> bool:
        path = f"{self.ask.path}/stages/{stage.id}/standings"
        standings = await self.ask.services.find("ranking", path)
        if standings is None or not standings["final"]:
            return False
        self._entered = {row["proposal"] for row in standings["rows"] if row["advanced"]}
        return True

    async def _notices(self) -> None:
        await until_quiet(self.ask.services)
        await until("no notice is queued", self._none_is_queued)

    async def _none_is_queued(self) -> bool:
        edition = self.folder.edition
        return not await self.ask.services.get(
            "notification", "/notices", edition=edition, state="queued"
        )


def _step(
    title: str, ask: Callable[[Row], Awaitable[None]], rows: Iterable[Row], stage: str | None = None
) -> Step:
    return Step(title, tuple(partial(ask, row) for row in rows), stage)
