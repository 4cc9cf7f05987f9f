"""Whatever fails, and whenever the process dies: each edition is sent in order, and all of it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from notification_service.webhooks import handlers

from tests.webhooks.at_work import ORDER, Hooked, closed, hooked
from tests.webhooks.endpoint import OK, Reply, Server, Taken, breaks_off, endpoint, says

EDITIONS = ("e1", "e2", "e3", "e4", "e5", "e6")
FAILURES = (says(500), says(302), breaks_off, says(429, "retry-after: 30"))
Step = tuple[str, Any]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("show"), st.lists(st.sampled_from(EDITIONS), min_size=1, max_size=6)),
        st.tuples(st.just("work"), st.none()),
        st.tuples(st.just("pass"), st.sampled_from((1, 7, 60, 3600))),
        st.tuples(st.just("die"), st.integers(0, 3)),
        st.tuples(st.sampled_from(("pause", "resume")), st.none()),
    ),
    max_size=25,
)
replies = st.lists(st.sampled_from((OK, OK, OK, *FAILURES)), max_size=40)


class Model:
    """What an endpoint may be sent next, of each edition, by what it has accepted."""

    def __init__(self, server: Server, planned: Sequence[Reply]) -> None:
        self.shown: dict[str, list[int]] = {edition: [] for edition in EDITIONS}
        self.accepted: dict[str, list[int]] = {edition: [] for edition in EDITIONS}
        self.lost = 0
        self.planned = list(planned)
        server.reply = self.reply

    def reply(self, taken: Taken) -> Reply:
        event = taken.event
        edition, position = event["data"]["edition"], event["position"]
        before, waiting = self.accepted[edition], self.shown[edition]
        if before and before[-1] == position:
            # Accepted already, and the process died before it wrote that down.
            self.lost -= 1
            assert self.lost >= 0, f"{position} was sent again for no reason"
            return OK
        assert position == waiting[len(before)], f"{position} of {edition} is out of its order"
        reply = self.planned.pop(0) if self.planned else OK
        if reply is OK:
            before.append(position)
        return reply


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notification_service.webhooks.delivering.LOOK_SECONDS", 0)


@settings(max_examples=15)
@given(steps, replies)
@example([("show", ["e1"]), ("die", 0), ("die", 0), ("work", None)], [])
def test_each_edition_is_accepted_in_order_and_whole(
    planned: list[Step], replies: list[Reply]
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), planned, replies))


async def play(folder: Path, planned: list[Step], replies: list[Reply]) -> None:
    async with hooked(f"sqlite:///{folder / 'hooks.db'}") as one, endpoint() as server:
        await one.add(server.url)
        model, position = Model(server, replies), 0
        for what, how in [*planned, ("resume", None)]:
            if what == "show":
                for edition in how:
                    position += 1
                    model.shown[edition].append(position)
                await one.show(*map(closed, how))
            else:
                await act(one, model, what, how)
        model.planned.clear()
        one.here.clock.pass_seconds(3600)
        await one.work()
        assert model.accepted == model.shown


async def act(one: Hooked, model: Model, what: str, how: Any) -> None:
    match what:
        case "work":
            await one.work()
        case "pass":
            one.here.clock.pass_seconds(how)
        case "die":
            await die_after(one, model, how)
        case step:
            await one.post(f"w1/{step}", ORDER)


async def die_after(one: Hooked, model: Model, tries: int) -> None:
    """Lose what became of every try after so many, as a process does that dies."""
    alive, left = one.here.running.command, [tries]

    async def dying(decide: Any, *more: Any, **named: Any) -> Any:
        if getattr(decide, "func", None) is not handlers.record:
            return await alive(decide, *more, **named)
        left[0] -= 1
        if left[0] >= 0:
            return await alive(decide, *more, **named)
        # Also one that was lost before, and accepted once more, may be lost again.
        model.lost += 1
        raise ConnectionError("the process dies here")

    one.here.running.command = dying  # type: ignore[method-assign]  # the crash that is played
    await one.lines.round()
    await one.idle()
    one.here.running.command = alive  # type: ignore[method-assign]  # and the start after it
