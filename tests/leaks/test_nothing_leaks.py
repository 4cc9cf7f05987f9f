"""What is frozen does not leak: two editions that differ in who wins look the same from outside.

Both are frozen at the same point. Until they are unfrozen, every answer that everybody or an
applicant can get, every mail that leaves, and the public view of the log, is the same.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from contracts.auditor import CheckpointSigned
from contracts.freezing import StandingsFrozen
from contracts.public import public_body, public_subject
from contracts.ranking import RankingEvent

from tests.leaks.answers import ASKED, addresses, answers, unclassified
from tests.leaks.worlds import DESK, FINAL, WHY, World, held, world

RESULTS = {"advanced", "eliminated", "awarded"}
Pair = tuple[World, World]


def test_every_address_that_is_open_is_looked_at() -> None:
    assert unclassified() == [], "classify it in ASKED: what does it tell while a stage is frozen?"
    there = {f"{service} {address}" for service, address, _ in addresses()}
    there |= {f"* {address}" for _, address, _ in addresses()}
    assert ASKED.keys() - there == set()


@pytest.fixture
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    folders = [tmp_path_factory.mktemp(each) for each in "ab"]
    async with (
        world(folders[0], ("p1", "p2", "p3")) as first,
        world(folders[1], ("p3", "p1", "p2")) as second,
    ):
        yield first, second


async def events_of(one: World) -> list[str]:
    """The ids of some events that are held back, and of one that is nowhere."""
    hidden = held(await one.log())
    kinds = {each.event_type: each.event_id for each in hidden}
    return [*(kinds[each] for each in sorted(kinds)), "0190-nowhere"]


async def seen(one: World, *, writing: bool) -> dict[str, str]:
    """All that can be seen from outside."""
    await sign(one)
    found = await answers(one.urls, await events_of(one), writing=writing)
    found["mails"] = json.dumps(await mails(one))
    found["log"] = "\n".join(await shown_of_log(one))
    receipts = {re.sub(r"event \d+", "event", each) for each in receipts_in(found)}
    assert len(receipts) == 1, "what is held back is answered as what is nowhere"
    hidden = {each.event_id for each in held(await one.log())}
    assert hidden.isdisjoint(await one.public_stream())
    return found


async def sign(one: World) -> None:
    """The log is signed as it is now, so that there are receipts for all of it."""
    await one.services.once("POST", "auditor", "/checkpoints")


def receipts_in(found: dict[str, str]) -> list[str]:
    """What was answered for the receipt of each event, the one that is nowhere last."""
    return [told for name, told in found.items() if "GET auditor/receipts/{event} " in name]


async def mails(one: World) -> list[list[str]]:
    """Who was sent what."""
    sent = await one.services.get("notification", "/notices", state="delivered")
    return sorted([each["party"], each["kind"], each["subject"]] for each in sent)


async def shown_of_log(one: World) -> list[str]:
    """The public view of everything that came after the freeze, and is not held back."""
    log = await one.log()
    since = next(each.position for each in log if isinstance(each.event, StandingsFrozen))
    found = []
    for each in log[since:]:
        is_held = isinstance(each.event, RankingEvent) and each.event.held_by
        body = None if is_held else public_body(each.event)
        if body is not None and not isinstance(each.event, CheckpointSigned):
            facts = {**json.loads(body), "position": 0}
            found.append(f"{public_subject(each.subject)} {json.dumps(facts)}")
    return sorted(found)


async def together(pair: Pair, what: str, *more: str) -> None:
    await asyncio.gather(*(getattr(each, what)(*more) for each in pair))


async def compare(pair: Pair, *, writing: bool) -> dict[str, str]:
    first, second = await asyncio.gather(*(seen(each, writing=writing) for each in pair))
    assert first.keys() == second.keys()
    different = {name for name in first if first[name] != second[name]}
    assert {name: (first[name], second[name]) for name in different} == {}
    return first


async def test_who_wins_shows_nowhere_before_the_unfreezing(both: Pair) -> None:
    await together(both, "play_until_frozen")
    then = await compare(both, writing=False)
    await together(both, "play_until_ranked", DESK)
    await compare(both, writing=True)
    await together(both, "play_until_ranked", FINAL)
    await give_special(both)
    now = await compare(both, writing=True)

    # Not only alike: what the public sees of the standings has not changed since the freeze.
    shown = [name for name in then if "/standings" in name or "/results" in name]
    assert {name: now[name] for name in shown} == {name: then[name] for name in shown}
    assert not RESULTS & {kind for one in both for _, kind, _ in await mails(one)}
    for one in both:
        await one.ask_office("POST", f"stages/{DESK}/unfreeze", WHY)
        await one.quiet()
    for each, winner in zip(both, ("p1", "p3"), strict=True):
        await everything_is_shown(each, winner)


async def give_special(pair: Pair) -> None:
    for one, receiver in zip(pair, ("p3", "p2"), strict=True):
        await one.ask_office("POST", "awards", {**WHY, "award": "khusus", "proposal": receiver})
        await one.quiet()


async def everything_is_shown(one: World, winner: str) -> None:
    """After the unfreezing the same looks tell who won: they are no blind ones."""
    await sign(one)
    found = await answers(one.urls, await events_of(one), writing=False)
    standings = found[f"everybody: GET ranking/editions/beku-2026/stages/{FINAL}/standings "]
    row = next(each for each in _body(standings)["rows"] if each["rank"] == 1)
    assert row["proposal"] == winner
    awards = _body(found["everybody: GET ranking/editions/beku-2026/results "])["awards"]
    assert {each["award"] for each in awards} == {"terbaik", "juara", "khusus"}
    agency = f"dinas-{winner[1]}"
    own = found[f"{agency}: GET submission/editions/beku-2026/proposals/{winner} "]
    assert _body(own)["result"]["stage"] == FINAL
    assert {each["award"] for each in _body(own)["awards"]} == {"terbaik", "juara"}
    assert RESULTS <= {kind for _, kind, _ in await mails(one)}
    receipts = receipts_in(found)
    assert [told[:3] for told in receipts[:-1]] == ["200"] * (len(receipts) - 1)
    assert receipts[-1].startswith("404")


def _body(told: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told.partition(" ")[2].partition(" ")[2])
    return found
