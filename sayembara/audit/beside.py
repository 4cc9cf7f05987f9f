"""What ranking shows now, beside what the log comes to: a store that was edited shows otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from httpx import codes
from pydantic import BaseModel, ValidationError
from ranking_service.api.bodies import Results, Standings
from ranking_service.api.standings import live_results

from sayembara.audit.scratch import Scratch
from sayembara.play.api import Refusal, Services
from sayembara.trouble import Trouble

HEAD = ("final", "digest", "waiting", "decision", "amendments")


@dataclass(frozen=True)
class Shown:
    """The answers of ranking for one edition."""

    edition: str
    standings: tuple[Standings, ...]
    results: Results

    @property
    def position(self) -> int | None:
        """The position to which ranking had come; None where every stage is ranked for good."""
        live = (each.position for each in self.standings if not each.final)
        return min(live, default=None)


async def shown(services: Services, edition: str, stages: Iterable[str]) -> Shown:
    """What ranking shows of an edition; Trouble when it does not answer, or not as it should."""
    here = f"/editions/{edition}"
    try:
        standings = [await _standings_of(services, f"{here}/stages/{each}") for each in stages]
        results = Results.model_validate(await _live(services, f"{here}/results"))
    except ValidationError as error:
        raise Trouble(f"ranking answers in a form that is not known here: {error.title}") from error
    except Refusal as error:
        raise Trouble(f"ranking shows nothing of '{edition}': {error}") from error
    return Shown(edition, tuple(standings), results)


async def _standings_of(services: Services, stage: str) -> Standings:
    found = Standings.model_validate(await _live(services, f"{stage}/standings"))
    if found.frozen is not None:
        raise Trouble(f"{stage} is frozen: only an operator's token is shown what it holds back")
    return found


async def _live(services: Services, address: str) -> Any:
    """What is in ranking's store; what it shows everybody, to whoever may not see that.

    Everybody's answer is worked out once between two commits: it would not tell of an edit yet.
    """
    try:
        return await services.get("ranking", f"{address}/live")
    except Refusal as refusal:
        if refusal.status not in (codes.UNAUTHORIZED, codes.FORBIDDEN):
            raise
    return await services.get("ranking", address)


def beside(shown: Shown, scratch: Scratch) -> list[str]:
    """Where what is shown is not what the log came to; every line names its place."""
    found = [
        line
        for each in shown.standings
        for line in _standings(each, scratch.standings(shown.edition, each.stage))
    ]
    with scratch.store() as store:
        return [*found, *_results(shown.results, live_results(store, shown.edition))]


def _standings(shown: Standings, replayed: Standings) -> Iterator[str]:
    here = f"{shown.edition} {shown.stage}"
    head = [*HEAD, "position"] if shown.final and replayed.final else HEAD
    yield from _fields(here, shown, replayed, head)
    yield from _rows(
        here,
        {each.proposal: each for each in shown.rows},
        {each.proposal: each for each in replayed.rows},
    )


def _results(shown: Results, replayed: Results) -> Iterator[str]:
    here = f"{shown.edition} results"
    yield from _fields(here, shown, replayed, ("announced",))
    yield from _rows(
        here,
        {f"{each.award} {each.proposal}": each for each in shown.awards},
        {f"{each.award} {each.proposal}": each for each in replayed.awards},
    )


def _rows(here: str, shown: dict[str, Any], replayed: dict[str, Any]) -> Iterator[str]:
    for name in sorted(shown.keys() | replayed.keys()):
        place = f"{here}, {name}"
        if name not in replayed:
            yield f"{place}: ranking shows it, and it does not follow from the log"
        elif name not in shown:
            yield f"{place}: it follows from the log, and ranking does not show it"
        else:
            yield from _fields(place, shown[name], replayed[name], type(shown[name]).model_fields)


def _fields(
    here: str, shown: BaseModel, replayed: BaseModel, names: Iterable[str]
) -> Iterator[str]:
    pairs = [(name, getattr(shown, name), getattr(replayed, name)) for name in names]
    if different := [
        f"{name} is {said} in ranking's store, {found} by the log"
        for name, said, found in pairs
        if said != found
    ]:
        yield f"{here}: {'; '.join(different)}"
