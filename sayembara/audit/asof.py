"""An edition as it was at any moment: the log replayed up to there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from contracts.event import SUBJECT_ROOT
from contracts.outcomes import NotFound
from kit.heard import Heard
from kit.log import Log
from ranking_service.api.bodies import Standings

from sayembara import event_log, moments
from sayembara.addresses import LogPlace
from sayembara.audit.frames import read_frames
from sayembara.audit.reading import Logged, read
from sayembara.audit.replay import Replay
from sayembara.audit.scratch import Scratch, scratch
from sayembara.audit.sheets import sheet_of
from sayembara.audit.swift import Swift
from sayembara.audit.timing import Timing, act_subjects
from sayembara.audit.wire import Wire, beside, position_of
from sayembara.moments import POSITION_OR_TIME
from sayembara.trouble import Trouble

Result = TypeVar("Result")
CATCH_UP_SECONDS = 5


def of_edition(edition: str) -> tuple[str, ...]:
    """The subjects of everything that was said of an edition."""
    return (f"{SUBJECT_ROOT}.*.{edition}.>",)


def ask_log(question: Callable[[Log], Awaitable[Result]]) -> Result:
    """What the log that the environment names answers."""

    async def asking() -> Result:
        async with event_log.connected(LogPlace.from_environment()) as log:
            return await question(log)

    return asyncio.run(asking())


async def position_at(log: Log, edition: str, moment: str | None) -> int:
    """The position that a moment stands for: itself, or the last event said by that time.

    The time is the one that the services said, which a rehearsal sets. Without a moment it is the
    end of the log.
    """
    last = await log.last_position()
    if moment is None:
        return last
    if moment.isdecimal():
        if not last:
            raise Trouble(f"the log is empty: it has no position {moment}")
        if not 1 <= int(moment) <= last:
            raise Trouble(f"the log has no position {moment}: it goes from 1 to {last}")
        return int(moment)
    time, found = moments.moment(moment, POSITION_OR_TIME), 0
    async for batch in read(log, of_edition(edition), last=last):
        found = max([found, *(each.position for each in batch if _said_by(each, time))])
    if not found:
        raise Trouble(f"nothing was said of '{edition}' up to {moment}")
    return found


def _said_by(message: Heard, time: datetime) -> bool:
    try:
        return datetime.fromisoformat(message.headers.get("ce-time", "")) <= time
    except ValueError:
        return False


async def replayed_up_to(
    log: Log,
    store: Scratch,
    edition: str,
    last: int,
    *,
    seen: Callable[[Replay, int], bool] = lambda *_: False,
) -> Replay:
    """The edition replayed up to there.

    `seen` is told before each batch to where it goes, and ends the replay there by True.
    """
    acts = [each async for batch in read(log, act_subjects(edition)) for each in batch]
    replay = Replay(store, Timing(acts), until=last)
    if log.only_reads:
        return await _replayed(log, replay, edition, last, seen)
    async with beside(log.client, sheet_of(edition)) as wire:
        if wire is None:
            return await _replayed(log, replay, edition, last, seen)
        swift = Swift(replay, edition)
        if await _take_all(log, wire, swift, last, partial(seen, replay)):
            swift.settle()
    return replay


async def _take_all(
    log: Log, wire: Wire, swift: Swift, last: int, seen: Callable[[int], bool]
) -> bool:
    async for messages in read_frames(log, wire, swift.edition, last=last):
        if seen(position_of(messages[-1])):
            return False
        swift.take(messages)
    return True


async def _replayed(
    log: Log, replay: Replay, edition: str, last: int, seen: Callable[[Replay, int], bool]
) -> Replay:
    async for batch in read(log, of_edition(edition), last=last):
        if seen(replay, batch[-1].position):
            return replay
        replay.take(batch)
    replay.settle()
    return replay


async def what_follows(
    log: Log, after: int, is_awaited: Callable[[], bool]
) -> AsyncIterator[list[Logged]]:
    """What comes on the log after that position while something is awaited, for some seconds.

    A service says what follows from an event a moment after it.
    """
    for _ in range(CATCH_UP_SECONDS):
        if not is_awaited():
            return
        await asyncio.sleep(1)
        async for batch in read(log, first=after + 1):
            after = batch[-1].position
            yield batch


def shown_at(edition: str, stage: str | None, moment: str) -> dict[str, Any]:
    """The standings at that moment in the form in which ranking answers them."""
    found = ask_log(lambda log: standings_at(log, edition, stage, moment))
    return found.model_dump(mode="json")


async def standings_at(log: Log, edition: str, stage: str | None, moment: str | None) -> Standings:
    """The standings of a stage at that moment; without one, of the last that had any. Trouble."""
    last = await position_at(log, edition, moment)
    with scratch() as store:
        replay = await replayed_up_to(log, store, edition, last)
        for each in [stage] if stage else reversed(stages(replay, edition)):
            found = _standings(store, edition, each)
            if stage or found.rows:
                return found
    raise Trouble(f"'{edition}' had no standings at position {last}: no proposal was admitted")


def stages(replay: Replay, edition: str) -> list[str]:
    """The stages of the edition; Trouble where it is not open by then."""
    with replay.scratch.store() as store:
        rulebook = store.rulebook(edition)
    if rulebook is None:
        text = f"the log opens no edition '{edition}' up to position {replay.until}"
        raise Trouble(f"{text}: is it written so?")
    return [each.id for each in rulebook.stages]


def _standings(store: Scratch, edition: str, stage: str) -> Standings:
    try:
        return store.standings(edition, stage)
    except NotFound as error:
        raise Trouble(str(error)) from error
