"""A real jury's edition: made from its published sheets, played through the running services."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from contracts.rulebook import Stage

from sayembara.play.api import Services
from sayembara.play.files import Proposal, Seat
from sayembara.play.folder import Folder
from sayembara.play.requests import Requests
from sayembara.play.steps import Step, Steps

DATASETS = Path(__file__).parents[3] / "shared" / "datasets"

Key = tuple[str, str]
"""A stage and a proposal."""

StepNumbers = dict[str, dict[tuple[str, ...], Fraction]]
"""The numbers of each step: one in all, under (), or one for each juror."""


@dataclass(frozen=True)
class Jury(Folder):
    """An edition whose jurors step aside by their own word, as the published sheets show it."""

    recused: frozenset[tuple[str, str, str]]
    """Stage, proposal and juror."""

    def conflicts(self) -> Iterator[tuple[Seat, Proposal]]:
        for seat in self.panel:
            for proposal in self.proposals:
                if (seat.stage, proposal.proposal, seat.juror) in self.recused:
                    yield seat, proposal


class JurySteps(Steps):
    """The steps of every edition; at the beginning of a stage jurors declare their conflicts."""

    def _judging(self, stage: Stage) -> Iterator[Step]:
        declared = [each for each in self.folder.conflicts() if each[0].stage == stage.id]
        requests = tuple(partial(self._declare, *each) for each in declared)
        yield Step(f"{stage.name.en}: conflicts declared", requests)
        yield from super()._judging(stage)

    async def _declare(self, seat: Seat, proposal: Proposal) -> None:
        juror = self.ask.services.acting("juror", seat.juror, self.folder.edition)
        path = f"{self.ask.path}/stages/{seat.stage}/proposals/{proposal.proposal}/conflicts"
        await juror.post("evaluation", path, {"juror": seat.juror, "reason": "Teacher and pupil"})


async def play(jury: Jury, services: Services) -> None:
    """Play it to its end, by HTTP alone."""
    for step in JurySteps(jury, Requests(jury, services), jury.sheets).all():
        await asyncio.gather(*(request() for request in step.requests))


async def standings(jury: Jury, services: Services) -> dict[Key, dict[str, Any]]:
    """The rows of the final standings of every stage, as anyone may read them."""
    found = {}
    for stage in jury.rulebook.stages:
        path = f"/editions/{jury.edition}/stages/{stage.id}/standings"
        answer = await services.get("ranking", path)
        assert answer["final"]
        found.update({(stage.id, row["proposal"]): row for row in answer["rows"]})
    return found


async def calculations(
    jury: Jury, services: Services, keys: Iterable[Key]
) -> dict[Key, StepNumbers]:
    """What each step of the stage came to for each of these, as the secretariat may read it."""
    secretariat = services.acting("secretariat", "office", jury.edition)

    async def ask(key: Key) -> StepNumbers:
        stage, proposal = key
        path = f"/editions/{jury.edition}/stages/{stage}/proposals/{proposal}/calculation"
        answer = await secretariat.get("ranking", path)
        return {each["step"]: _numbers(each["work"]["cells"]) for each in answer["steps"]}

    asked = tuple(keys)
    return dict(zip(asked, await asyncio.gather(*map(ask, asked)), strict=True))


def _numbers(cells: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Fraction]:
    return {tuple(cell["of"]): Fraction(cell["number"]) for cell in cells}
