"""The steps of an edition, from the first contact to the last notice."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

from contracts.rulebook import Stage

from sayembara.addresses import SERVICES
from sayembara.play.files import Sheet
from sayembara.play.folder import Folder
from sayembara.play.requests import Requests
from sayembara.play.waiting import WAIT_SECONDS, until, until_quiet
from sayembara.trouble import Trouble

Row = TypeVar("Row")
Request = Callable[[], Awaitable[None]]

ONE_BY_ONE = 20_000
TOGETHER = 500
ROWS_PER_SECOND = 50
"""How many proposals and sheets are certainly taken in a second, with the notices on them."""


@dataclass(frozen=True)
class Step:
    """One step; its requests do not wait for one another. `stage` is the one it changes."""

    title: str
    requests: tuple[Request, ...]
    stage: str | None = None


class Steps:
    """The steps of the edition in `folder`; `sheets` are its sheets in the order to hand in.

    Up to `one_by_one` sheets are handed in by a request each, more of them many at a time.
    """

    def __init__(
        self,
        folder: Folder,
        requests: Requests,
        sheets: Sequence[Sheet],
        one_by_one: int = ONE_BY_ONE,
    ) -> None:
        self.folder = folder
        self.one_by_one = one_by_one
        self.ask = requests
        self.sheets = sheets
        self._rejected = {row.proposal for row in folder.rejections}
        self._entered = {row.proposal for row in folder.proposals} - self._rejected

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
        rejections = sorted(self.folder.rejections, key=lambda row: row.proposal)
        by_proposal = groupby(rejections, key=lambda row: row.proposal)
        yield _step("Proposals rejected", self.ask.reject, [list(rows) for _, rows in by_proposal])
        admitted = [row for row in self.folder.proposals if row.proposal in self._entered]
        yield _step("Proposals admitted", self.ask.admit, admitted)

    def _judging(self, stage: Stage) -> Iterator[Step]:
        name = stage.name.en
        recusals = [row for row in self.folder.recusals if row.stage == stage.id]
        amendments = [row for row in self.folder.amendments if row.stage == stage.id]
        yield _step(f"{name}: conflicts declared", self.ask.declare, recusals)
        yield Step(f"{name}: recusals found", (partial(self._recusals, stage),))
        yield self._handing_in(f"{name}: sheets handed in", stage)
        yield _step(f"{name}: sheets amended", self.ask.hand_in, amendments, stage.id)
        minuted = next((row for row in self.folder.closings if row.stage == stage.id), None)
        yield Step(f"{name}: scoring closed", (partial(self.ask.close_scoring, stage.id, minuted),))
        yield from self._deciding(stage)
        yield Step(f"{name}: ranking final", (partial(self._ranked, stage),), stage.id)

    def _handing_in(self, title: str, stage: Stage) -> Step:
        sheets = [row for row in self.sheets if row.stage == stage.id]
        if len(self.sheets) <= self.one_by_one:
            return _step(title, self.ask.hand_in, sheets, stage.id)
        of_jurors = groupby(sorted(sheets, key=lambda row: row.juror), key=lambda row: row.juror)
        many = [rows for _, of_juror in of_jurors for rows in _batches(list(of_juror))]
        return _step(title, self.ask.hand_in_many, many, stage.id)

    def _deciding(self, stage: Stage) -> Iterator[Step]:
        rows = [row for row in self.folder.decisions if row.stage == stage.id]
        if rows:
            title = f"{stage.name.en}: decision awaited"
            yield Step(title, (partial(self._decision_awaited, stage),), stage.id)
            title = f"{stage.name.en}: decision brought"
            yield Step(title, (partial(self.ask.decide, rows),))

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
        await until(what, partial(self._counts, stage, "proposals", expected), self._patience)

    async def _recusals(self, stage: Stage) -> None:
        recused = self.folder.recused()
        expected = sum(of == stage.id and each in self._entered for of, each, _ in recused)
        what = f"evaluation has {expected} recusals in stage {stage.id}"
        await until(what, partial(self._counts, stage, "recusals", expected), self._patience)

    async def _counts(self, stage: Stage, what: str, expected: int) -> bool:
        path = f"{self.ask.path}/stages/{stage.id}"
        state = await self.ask.services.find("evaluation", path)
        return state is not None and state[what] == expected

    async def _decision_awaited(self, stage: Stage) -> None:
        what = f"ranking asks for a decision on {stage.id}"
        await until(what, partial(self._is_asked, stage), self._patience)

    async def _is_asked(self, stage: Stage) -> bool:
        standings = await self._standings(stage)
        if standings is not None and standings["final"]:
            raise Trouble(
                f"{self.folder.path / 'decisions.csv'}: decides stage '{stage.id}', and its rules"
                " ask for no decision: take its rows out"
            )
        return standings is not None and bool(standings.get("waiting"))

    async def _ranked(self, stage: Stage) -> None:
        what = f"the ranking of {stage.id} is final"
        await until(what, partial(self._is_final, stage), self._patience)

    async def _is_final(self, stage: Stage) -> bool:
        standings = await self._standings(stage)
        if standings is None or not standings["final"]:
            self._refuse_to_wait(stage, standings)
            return False
        self._entered = {row["proposal"] for row in standings["rows"] if row["advanced"]}
        return True

    def _refuse_to_wait(self, stage: Stage, standings: Mapping[str, Any] | None) -> None:
        decided = any(row.stage == stage.id for row in self.folder.decisions)
        waiting = standings.get("waiting") if standings else None
        if waiting and not decided:
            named = [*waiting["proposals"], *waiting["limits"]]
            raise Trouble(
                f"stage '{stage.id}' waits for a minuted decision"
                f" ({': '.join(filter(None, [waiting['why'], ', '.join(named)]))}), and"
                f" {self.folder.path / 'decisions.csv'} has none for it"
            )

    async def _standings(self, stage: Stage) -> Mapping[str, Any] | None:
        path = f"{self.ask.path}/stages/{stage.id}/standings/live"
        found: Mapping[str, Any] | None = await self.ask.services.find("ranking", path)
        return found

    @property
    def _patience(self) -> int:
        # What came together, and the notices on it, is still being taken when all is handed in.
        return WAIT_SECONDS + (len(self.sheets) + len(self.folder.proposals)) // ROWS_PER_SECOND

    async def _notices(self) -> None:
        await until_quiet(self.ask.services, self._patience)
        await until("no notice is queued", self._none_is_queued, self._patience)

    async def _none_is_queued(self) -> bool:
        edition = self.folder.edition
        return not await self.ask.services.get(
            "notification", "/notices", edition=edition, state="queued", limit="1"
        )


def _step(
    title: str, ask: Callable[[Row], Awaitable[None]], rows: Iterable[Row], stage: str | None = None
) -> Step:
    return Step(title, tuple(partial(ask, row) for row in rows), stage)


def _batches(rows: Sequence[Sheet]) -> list[Sequence[Sheet]]:
    return [rows[first : first + TOGETHER] for first in range(0, len(rows), TOGETHER)]
